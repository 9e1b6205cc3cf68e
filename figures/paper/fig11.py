"""Figure 11 of the paper: as Figure 5, with reward models normalised another way."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import BY_VARIANCE

FIGURE = curves_figure(
    setting=BY_VARIANCE,
    against="epochs",
    title="The same with reward models divided by the root of their mean reward variance",
    paper=(
        "Figure 11 of the paper (as Figure 5, but each reward model is divided by the root of its mean reward variance "
        "over prompts)"
    ),
    remark="All models then have the same mean variance; the flat one has it on half of the prompts only.",
    published=("the relation between reward variance, in the original normalisation, and optimisation persists."),
)
