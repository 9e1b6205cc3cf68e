"""Table 12 of the paper: the numbers behind Figure 14."""

from figures.paper.builders.comparison_table import comparison_table
from figures.paper.experiment.settings import GRPO_COMPARISON

FIGURE = comparison_table(
    number=12,
    module=__name__,
    setting=GRPO_COMPARISON,
    title="Increases, variance and accuracy by GRPO",
    corresponds_to=(
        "Table 12 of the paper, whose own numbers follow below ours. Here: the experiment of fig14; rows do not "
        "correspond one to one."
    ),
)
