"""Figure 10 of the paper: Figure 9 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import OTHER_TRUTH

FIGURE = curves_figure(
    id="fig10",
    module=__name__,
    setting=OTHER_TRUTH,
    against="KL divergence",
    title="The same with another ground truth, against KL divergence",
    corresponds_to=(
        "Figure 10 of the paper, which supplements its Figure 9. Here: a log-linear policy over 24 enumerated "
        "outputs per prompt instead of a language model; everything but RLOO's samples is exact; setting as in "
        "fig9."
    ),
    published=("as Figure 4, for the ground truth of Figure 9."),
)
