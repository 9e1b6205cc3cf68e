"""Figure 14 of the paper: as Figure 3, by GRPO."""

from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.experiment.settings import GRPO_COMPARISON

FIGURE = bars_figure(
    table=12,
    setting=GRPO_COMPARISON,
    title="The same by GRPO: different reward models are better for different policies",
    paper="Figure 14 of the paper (as Figure 3, by GRPO)",
)
