"""Table 7 of the paper: characteristics of the seven reward models behind Figures 9 and 10."""

from figures.paper.builders.teacher_table import characteristics_table
from figures.paper.experiment.settings import OTHER_TRUTH

FIGURE = characteristics_table(
    number=7,
    setting=OTHER_TRUTH,
    title="Accuracy and reward variance with another ground truth",
    paper="GRM-gemma2-2B as the ground truth",
    models_of="fig9",
)
