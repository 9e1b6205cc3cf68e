"""Table 6 of the paper: what correlates with the increase of reward in Figure 7."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import ALIKE

FIGURE = correlation_table(
    number=6,
    module=__name__,
    setting=ALIKE,
    title="What correlates with the increase of reward, where outputs are similar",
    corresponds_to=("Table 6 of the paper (Figure 7's experiment). Here: the experiment of fig7."),
)
