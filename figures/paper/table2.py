"""Table 2 of the paper: what correlates with the increase of reward in Figure 2."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import MAIN

FIGURE = correlation_table(
    number=2,
    module=__name__,
    setting=MAIN,
    title="Reward variance correlates with the increase of reward, accuracy alone may not",
    corresponds_to=(
        "Table 2 of the paper (Figure 2's experiment). Here: the experiment of fig2, whose correlations are taken "
        "in every repetition."
    ),
)
