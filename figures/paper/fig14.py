"""Figure 14 of the paper: as Figure 3, by GRPO."""

from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.experiment.settings import GRPO_COMPARISON

FIGURE = bars_figure(
    number=14,
    table=12,
    module=__name__,
    setting=GRPO_COMPARISON,
    title="The same by GRPO: different reward models are better for different policies",
    corresponds_to=(
        "Figure 14 of the paper (as Figure 3, by GRPO). Here: three log-linear policies, which prefer one style "
        "of outputs, none, or the other, and four linear reward models made without knowing them; groups of four "
        "samples, advantages divided by the group's standard deviation."
    ),
)
