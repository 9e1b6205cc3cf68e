from .changing import changed_figure as changed_figure
from .computing import compute as compute
from .figure import FigureData as FigureData
from .figure import Level as Level
