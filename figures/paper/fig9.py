"""Figure 9 of the paper: as Figure 5, with another ground truth."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import OTHER_TRUTH

FIGURE = curves_figure(
    id="fig9",
    module=__name__,
    setting=OTHER_TRUTH,
    against="epochs",
    title="The same with another ground truth",
    corresponds_to=(
        "Figure 9 of the paper (Pythia-1B, GRM-gemma2-2B as the ground truth). Here: a log-linear policy over 24 "
        "enumerated outputs per prompt instead of a language model; everything but RLOO's samples is exact; "
        "features tell more of the ground truth, whose mean is further from zero."
    ),
    published=("findings as in Figure 2."),
)
