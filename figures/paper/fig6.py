"""Figure 6 of the paper: Figure 5 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import SMALL

FIGURE = curves_figure(
    id="fig6",
    module=__name__,
    setting=SMALL,
    against="KL divergence",
    title="The same with a smaller model, against KL divergence",
    corresponds_to=(
        "Figure 6 of the paper, which supplements its Figure 5. Here: a log-linear policy over 24 enumerated "
        "outputs per prompt instead of a language model; everything but RLOO's samples is exact; 12 of 24 "
        "features are seen."
    ),
    published=("as Figure 4, for Pythia-1B."),
)
