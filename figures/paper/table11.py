"""Table 11 of the paper: the numbers behind Figure 13."""

from figures.paper.builders.comparison_table import comparison_table
from figures.paper.experiment.settings import LARGER_COMPARISON

FIGURE = comparison_table(
    number=11,
    setting=LARGER_COMPARISON,
    title="Increases, variance and accuracy for larger policies",
    experiment_of="fig13",
)
