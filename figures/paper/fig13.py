"""Figure 13 of the paper: as Figure 3, for larger models."""

from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.experiment.settings import LARGER_COMPARISON

FIGURE = bars_figure(
    number=13,
    table=11,
    module=__name__,
    setting=LARGER_COMPARISON,
    title="For different larger policies, different reward models are better teachers",
    corresponds_to=(
        "Figure 13 of the paper (as Figure 3, about 3B parameters). Here: three log-linear policies, which prefer "
        "one style of outputs, none, or the other, and four linear reward models made without knowing them; they "
        "see all of the features rather than half."
    ),
)
