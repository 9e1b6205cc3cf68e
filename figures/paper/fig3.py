"""Figure 3 of the paper: increases of reward by initial policy and reward model."""

from figures.paper.builders.comparison_bars import bars_figure
from figures.paper.experiment.settings import COMPARISON

FIGURE = bars_figure(
    table=10,
    setting=COMPARISON,
    title="For different policies, different reward models are better teachers",
    paper="Figure 3 of the paper (three policies of about 1B parameters, four public reward models)",
)
