"""Figure 8 of the paper: Figure 7 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import ALIKE

FIGURE = curves_figure(
    id="fig8",
    module=__name__,
    setting=ALIKE,
    against="KL divergence",
    title="Where on- and off-policy outputs are similar, against KL divergence",
    corresponds_to=(
        "Figure 8 of the paper, which supplements its Figure 7. Here: a log-linear policy over 24 enumerated "
        "outputs per prompt instead of a language model; everything but RLOO's samples is exact; setting as in "
        "fig7."
    ),
    published=("as Figure 4, for the policy of Figure 7."),
)
