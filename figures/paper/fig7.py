"""Figure 7 of the paper: as Figure 5, where on- and off-policy outputs are alike."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import ALIKE

FIGURE = curves_figure(
    setting=ALIKE,
    against="epochs",
    title="Where on- and off-policy outputs are similar, reward models differ less",
    paper="Figure 7 of the paper (Pythia-1B tuned on the reward models' own training set)",
    differs="the initial policy hardly prefers its own style and already follows the ground truth a little",
    published=(
        "the lead of a proxy over the ground truth is even larger than in Figure 2; reward models induce similar "
        "variances."
    ),
)
