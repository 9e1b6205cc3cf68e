"""Table 4 of the paper: what correlates with the increase of reward in Figure 5."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import SMALL

FIGURE = correlation_table(
    number=4,
    setting=SMALL,
    title="What correlates with the increase of reward, with a smaller model",
    paper="Figure 5's experiment",
    experiment_of="fig5",
)
