"""Figure 6 of the paper: Figure 5 against KL divergence."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import SMALL

FIGURE = curves_figure(
    setting=SMALL,
    against="KL divergence",
    title="The same with a smaller model, against KL divergence",
    paper="Figure 6 of the paper, which supplements its Figure 5",
    published="as Figure 4, for Pythia-1B.",
)
