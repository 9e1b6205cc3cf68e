"""Table 3 of the paper: characteristics of the seven reward models behind Figures 5 and 6."""

from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import SMALL

FIGURE = characteristics_table(
    number=3,
    setting=SMALL,
    title="Accuracy and reward variance with a smaller model",
    paper="Pythia-1B",
    models_of="fig5",
)
