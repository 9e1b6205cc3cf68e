"""Table 1 of the paper: characteristics of the seven reward models behind Figures 2 and 4."""

from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import MAIN

FIGURE = characteristics_table(
    number=1,
    setting=MAIN,
    title="Accuracy and reward variance of the seven reward models",
    paper="Pythia-2.8B",
    models_of="fig2",
)
