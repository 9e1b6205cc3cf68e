"""Table 12 of the paper: the numbers behind Figure 14."""

from figures.paper.builders.comparison_table import comparison_table
from figures.paper.experiment.settings import GRPO_COMPARISON

FIGURE = comparison_table(
    number=12,
    setting=GRPO_COMPARISON,
    title="Increases, variance and accuracy by GRPO",
    experiment_of="fig14",
)
