"""Table 6 of the paper: what correlates with the increase of reward in Figure 7."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import ALIKE

FIGURE = correlation_table(
    number=6,
    setting=ALIKE,
    title="What correlates with the increase of reward, where outputs are similar",
    paper="Figure 7's experiment",
    experiment_of="fig7",
)
