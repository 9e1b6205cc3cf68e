"""Figure 4 of the paper: Figure 2 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import MAIN

FIGURE = curves_figure(
    setting=MAIN,
    against="KL divergence",
    title="Accurate reward models are more KL-efficient",
    paper="Figure 4 of the paper, which supplements its Figure 2",
    remark="The divergence is exact; the paper's is an average over an epoch's last 20 batches.",
    published=(
        "at a given ground-truth reward, the divergence under a perfectly accurate model is significantly smaller "
        "than under less accurate ones."
    ),
)
