"""The look of all figures: sizes and fonts as plain rcParams dictionaries, and colours for all kinds of eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from tueplots import axes, bundles

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#7F7F7F"
"""Okabe and Ito's palette for all kinds of colour vision, without its yellow (too pale on white), and a grey."""

GRADES = (BLACK, BLUE, GREEN, ORANGE, VERMILION, PURPLE)
"""Colours for up to six grades of a quantity; each grade also has a line style of its own, from `LINE_STYLES`."""

LINE_STYLES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.2)),
    (0, (3, 1, 1, 1)),
    (0, (1, 1)),
    (0, (6, 1, 1, 1, 1, 1)),
    (0, (8, 2)),
)

DOTS_PER_INCH = 200
"""Of the PNG, and of point clouds inside the PDF."""


def paper_style(*, height: float) -> dict[str, Any]:
    """rcParams of a figure as wide as the text of a NeurIPS paper (5.5 inches).

    **Arguments**: `height` over width.
    """
    bundle = bundles.neurips2024(usetex=False, rel_width=1.0)
    width, _ = bundle["figure.figsize"]
    return bundle | axes.lines(base_width=0.6) | {"figure.figsize": (width, height * width)} | _FONTS | _PDF | _DETAILS


# STIX comes with Matplotlib: the figures look the same on a machine that has no fonts of its own.
_FONTS = {"font.family": "serif", "font.serif": ["STIXGeneral"], "mathtext.fontset": "stix"}
# TrueType: publishers refuse Type 3 fonts, and text stays selectable.
_PDF = {"pdf.fonttype": 42, "ps.fonttype": 42}
_DETAILS = {
    "lines.linewidth": 1.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.4,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.borderaxespad": 0.2,
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "savefig.dpi": DOTS_PER_INCH,
    "figure.dpi": DOTS_PER_INCH,
}


@contextmanager
def styled(*, height: float) -> Iterator[None]:
    """Draws without a display and in `paper_style`, and leaves Matplotlib's settings as they were."""
    matplotlib.use("Agg", force=False)
    settings: Any = dict(matplotlib.rcParamsDefault) | paper_style(height=height) | {"backend": "Agg"}
    with plt.rc_context(settings):
        yield


NOTE_HEIGHT = 0.16
"""Of a note below a picture, inches."""


def write_note(canvas: Figure, note: str) -> None:
    """Writes a line below a picture, which becomes higher by it."""
    width, height = canvas.get_size_inches()
    canvas.set_size_inches(width, height + NOTE_HEIGHT)
    share = NOTE_HEIGHT / (height + NOTE_HEIGHT)
    layout = canvas.get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine):
        layout.set(rect=(0, share, 1, 1 - share))
    canvas.text(0.01, share / 4, note, fontsize=6, color=GREY, va="bottom")
