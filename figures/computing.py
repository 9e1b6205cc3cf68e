"""The numbers behind a figure, without drawing it."""

from __future__ import annotations

from figures.catalog import select_figures
from figures.figure import FigureData, known_level


def compute(id: str, level: str = "quick") -> FigureData:
    """The numbers behind one figure or table: what is drawn, saved as CSV, and quoted in the caption.

    **Arguments**

    - `id`: as on the command line and in the gallery, such as `"fig2"`, `"table1"` or `"plateau"`
      (`figures.catalog.MODULES` has them all).
    - `level`: how much is computed: `"smoke"` for a test, `"quick"` for a first look, `"full"` for a paper.

    **Returns** a `FigureData`: its table `columns` (NumPy arrays by name), the `settings` it was computed with, and the
    `facts` read off it. Float64 whatever JAX's default precision is; nothing is drawn and no file is written.

    **Raises** `InvalidInputError` for an unknown id or level, naming the known ones.

    >>> found = compute("published-correlations")
    >>> print(found.columns["property"][1], round(float(found.columns["recomputed"][1]), 2))
    reward variance & accuracy 0.68
    """
    (figure,) = select_figures([id])
    return figure.make(known_level(level))
