"""Figure 4 of the paper: Figure 2 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import MAIN

FIGURE = curves_figure(
    id="fig4",
    module=__name__,
    setting=MAIN,
    against="KL divergence",
    title="Accurate reward models are more KL-efficient",
    corresponds_to=(
        "Figure 4 of the paper, which supplements its Figure 2. Here: a log-linear policy over 24 enumerated "
        "outputs per prompt instead of a language model; everything but RLOO's samples is exact. The divergence "
        "is exact; the paper's is an average over an epoch's last 20 batches."
    ),
    published=(
        "at a given ground-truth reward, the divergence under a perfectly accurate model is significantly smaller "
        "than under less accurate ones."
    ),
)
