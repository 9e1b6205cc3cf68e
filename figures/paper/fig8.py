"""Figure 8 of the paper: Figure 7 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import ALIKE

FIGURE = curves_figure(
    setting=ALIKE,
    against="KL divergence",
    title="Where on- and off-policy outputs are similar, against KL divergence",
    paper="Figure 8 of the paper, which supplements its Figure 7",
    differs="setting as in fig7",
    published=("as Figure 4, for the policy of Figure 7."),
)
