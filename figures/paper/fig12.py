"""Figure 12 of the paper: Figure 11 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import BY_VARIANCE

FIGURE = curves_figure(
    setting=BY_VARIANCE,
    against="KL divergence",
    title="Reward models divided by the root of their mean reward variance, against KL divergence",
    paper="Figure 12 of the paper, which supplements its Figure 11",
    differs="setting as in fig11",
    published=("as Figure 6, under the other normalisation."),
)
