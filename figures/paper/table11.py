"""Table 11 of the paper: the numbers behind Figure 13."""

from figures.paper.builders.comparison_table import comparison_table
from figures.paper.experiment.settings import LARGER_COMPARISON

FIGURE = comparison_table(
    number=11,
    module=__name__,
    setting=LARGER_COMPARISON,
    title="Increases, variance and accuracy for larger policies",
    corresponds_to=(
        "Table 11 of the paper, whose own numbers follow below ours. Here: the experiment of fig13; rows do not "
        "correspond one to one."
    ),
)
