"""Pictures of a notebook: SVG in the page itself, as wide as its column, with words for those who cannot see it."""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from figures.drawing.numbers import plain_power_of_ten
from figures.drawing.style import paper_style

WIDTH = 4.6
"""Inches: on the narrowest screen letters are then hardly smaller than they are here."""

BELOW = 0.5
"""Inches below the axes."""

SCREEN: dict[str, Any] = {
    "font.size": 10,
    # The first has no raised figures.
    "font.family": ["STIXGeneral", "DejaVu Serif"],
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "flatscape",
    # Margins that fit labels of one line: finding them anew takes as long as the drawing.
    "figure.constrained_layout.use": False,
    "figure.subplot.left": 0.145,
    "figure.subplot.right": 0.98,
    "figure.subplot.top": 0.97,
}

_DRAWING = threading.Lock()
"""Held while a picture is drawn: Matplotlib's settings are those of the whole process, and each page has a thread."""


class Picture:
    """One picture while it is drawn. **Fields**: `axes`; `svg`, once it is finished."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.svg = Markup("")


def _plain_powers(axis: Axis) -> None:
    """Powers of ten of a logarithmic axis in letters, no ticks between: formulas take half of the drawing's time."""
    low, high = sorted(axis.get_view_interval())
    if axis.get_scale() == "log" and high >= 100 * low > 0:
        axis.set_major_formatter(FuncFormatter(lambda value, _: plain_power_of_ten(round(math.log10(value)))))
        axis.set_minor_locator(NullLocator())


@contextmanager
def picture(words: str, *, height: float = 0.72) -> Iterator[Picture]:
    """Draws a picture of one pair of axes.

    **Arguments**: `words`, what is seen; `height` over width.

    >>> with picture("A straight line.") as drawn:
    ...     _ = drawn.axes.plot([0, 1], [0, 1])
    >>> drawn.svg.startswith('<figure class="picture" role="img" aria-label="A straight line."><svg')
    True
    """
    size = {"figure.figsize": (WIDTH, height * WIDTH)}
    settings: Any = dict(matplotlib.rcParamsDefault) | paper_style(height=height) | SCREEN | size
    with _DRAWING, matplotlib.rc_context(settings):
        figure = Figure()
        drawn = Picture(figure.subplots())
        figure.subplots_adjust(bottom=BELOW / (height * WIDTH))
        yield drawn
        for axis in (drawn.axes.xaxis, drawn.axes.yaxis):
            _plain_powers(axis)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    # Ids are those of all pictures on a page: each gets its own by what it is about.
    svg = stream.getvalue()[stream.getvalue().index("<svg") :]
    svg = re.sub(
        r'^<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" xmlns:xlink="http://www.w3.org/1999/xlink">', svg
    )
    drawn.svg = Markup('<figure class="picture" role="img" aria-label="{}">{}</figure>').format(
        words, Markup(re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL))
    )
