from .scored_table import Exclusion as Exclusion
from .scored_table import ScoredTable as ScoredTable
from .scored_table import read_scored as read_scored
