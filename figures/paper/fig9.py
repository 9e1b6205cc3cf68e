"""Figure 9 of the paper: as Figure 5, with another ground truth."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import OTHER_TRUTH

FIGURE = curves_figure(
    setting=OTHER_TRUTH,
    against="epochs",
    title="The same with another ground truth",
    paper="Figure 9 of the paper (Pythia-1B, GRM-gemma2-2B as the ground truth)",
    differs="features explain more of the ground truth, whose mean is further from zero",
    published=("findings as in Figure 2."),
)
