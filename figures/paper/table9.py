"""Table 9 of the paper: what correlates with the increase of reward in Figure 11."""

from figures.paper.builders.correlation_table import correlation_table
from figures.paper.experiment.settings import BY_VARIANCE

FIGURE = correlation_table(
    number=9,
    setting=BY_VARIANCE,
    title="What correlates with the increase of reward, normalised another way",
    paper="Figure 11's experiment; variances are those of the original normalisation",
    experiment_of="fig11",
)
