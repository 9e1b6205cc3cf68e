"""Table 10 of the paper: the numbers behind Figure 3."""

from figures.paper.builders.comparison_table import comparison_table
from figures.paper.experiment.settings import COMPARISON

FIGURE = comparison_table(
    number=10,
    setting=COMPARISON,
    title="Increases, variance and accuracy by initial policy and reward model",
    experiment_of="fig3",
)
