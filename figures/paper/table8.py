"""Table 8 of the paper: what correlates with the increase of reward in Figure 9."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import OTHER_TRUTH

FIGURE = correlation_table(
    number=8,
    setting=OTHER_TRUTH,
    title="What correlates with the increase of reward, with another ground truth",
    paper="Figure 9's experiment",
    experiment_of="fig9",
)
