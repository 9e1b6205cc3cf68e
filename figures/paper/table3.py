"""Table 3 of the paper: characteristics of the seven reward models behind Figures 5 and 6."""

from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import SMALL

FIGURE = characteristics_table(
    number=3,
    module=__name__,
    setting=SMALL,
    title="Accuracy and reward variance with a smaller model",
    corresponds_to=("Table 3 of the paper (Pythia-1B). Here: the models of fig5, which see half of the features."),
)
