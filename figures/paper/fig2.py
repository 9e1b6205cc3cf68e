"""Figure 2 of the paper: rewards along training under seven reward models."""

from figures.paper.builders.teacher_curves import curves_figure
from figures.paper.experiment.settings import MAIN

FIGURE = curves_figure(
    setting=MAIN,
    against="epochs",
    title="More accurate reward models are not necessarily better teachers",
    paper="Figure 2 of the paper (Pythia-2.8B, AlpacaFarm, ArmoRM, three runs)",
    differs="the horizon is longer",
    published=(
        "over six epochs proxy reward rises in the order of reward variance, and the perfectly accurate model of "
        "low variance is overtaken by less accurate ones; in the first couple of epochs a proxy beats the ground "
        "truth."
    ),
)
