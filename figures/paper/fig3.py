"""Figure 3 of the paper: increases of reward by initial policy and reward model."""

from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.experiment.settings import COMPARISON

FIGURE = bars_figure(
    number=3,
    table=10,
    module=__name__,
    setting=COMPARISON,
    title="For different policies, different reward models are better teachers",
    corresponds_to=(
        "Figure 3 of the paper (three policies of about 1B parameters, four public reward models). Here: three "
        "log-linear policies, which prefer one style of outputs, none, or the other, and four linear reward "
        "models made without knowing them."
    ),
)
