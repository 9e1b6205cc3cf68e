"""Figure 5 of the paper: as Figure 2, for a smaller model."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import SMALL

FIGURE = curves_figure(
    setting=SMALL,
    against="epochs",
    title="The same with a smaller model: a policy and reward models that see half of the features",
    paper="Figure 5 of the paper (Pythia-1B instead of Pythia-2.8B)",
    published="findings as in Figure 2.",
)
