"""Table 2 of the paper: what correlates with the increase of reward in Figure 2."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import MAIN

FIGURE = correlation_table(
    number=2,
    setting=MAIN,
    title="Reward variance correlates with the increase of reward, accuracy alone may not",
    paper="Figure 2's experiment",
    experiment_of="fig2",
)
