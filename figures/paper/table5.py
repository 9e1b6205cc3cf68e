"""Table 5 of the paper: characteristics of the seven reward models behind Figures 7 and 8."""

from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import ALIKE

FIGURE = characteristics_table(
    number=5,
    module=__name__,
    setting=ALIKE,
    title="Accuracy and reward variance where on- and off-policy outputs are similar",
    corresponds_to=(
        "Table 5 of the paper (Pythia-1B tuned on the reward models' own training set). Here: the models of fig7."
    ),
)
