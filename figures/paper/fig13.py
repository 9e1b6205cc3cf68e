"""Figure 13 of the paper: as Figure 3, for larger models."""

from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.experiment.settings import LARGER_COMPARISON

FIGURE = bars_figure(
    table=11,
    setting=LARGER_COMPARISON,
    title="For different larger policies, different reward models are better teachers",
    paper="Figure 13 of the paper (as Figure 3, about 3B parameters)",
)
