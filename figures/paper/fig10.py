"""Figure 10 of the paper: Figure 9 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import OTHER_TRUTH

FIGURE = curves_figure(
    setting=OTHER_TRUTH,
    against="KL divergence",
    title="The same with another ground truth, against KL divergence",
    paper="Figure 10 of the paper, which supplements its Figure 9",
    differs="setting as in fig9",
    published=("as Figure 4, for the ground truth of Figure 9."),
)
