"""Table 10 of the paper: the numbers behind Figure 3."""

from figures.paper.builders.comparison_table import comparison_table
from figures.paper.experiment.settings import COMPARISON

FIGURE = comparison_table(
    number=10,
    module=__name__,
    setting=COMPARISON,
    title="Increases, variance and accuracy by initial policy and reward model",
    corresponds_to=(
        "Table 10 of the paper, whose own numbers follow below ours. Here: the experiment of fig3; rows do not "
        "correspond one to one."
    ),
)
