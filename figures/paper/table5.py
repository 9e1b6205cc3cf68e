"""Table 5 of the paper: characteristics of the seven reward models behind Figures 7 and 8."""

from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import ALIKE

FIGURE = characteristics_table(
    number=5,
    setting=ALIKE,
    title="Accuracy and reward variance where on- and off-policy outputs are similar",
    paper="Pythia-1B tuned on the reward models' own training set",
    models_of="fig7",
)
