"""Figure 5 of the paper: as Figure 2, for a smaller model."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import SMALL

FIGURE = curves_figure(
    id="fig5",
    module=__name__,
    setting=SMALL,
    against="epochs",
    title="The same with a smaller model: a policy and reward models that see half of the features",
    corresponds_to=(
        "Figure 5 of the paper (Pythia-1B instead of Pythia-2.8B). Here: a log-linear policy over 24 enumerated "
        "outputs per prompt instead of a language model; everything but RLOO's samples is exact; of 24 features, "
        "policy and reward models see 12."
    ),
    published=("findings as in Figure 2."),
)
