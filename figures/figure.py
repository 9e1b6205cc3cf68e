"""A figure: the computation of its numbers, their drawing, and their description for a reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args

import jax
import matplotlib.figure
import numpy as np

from figures.table import Columns
from theory.errors import InvalidInputError

Level: TypeAlias = Literal["smoke", "quick", "full"]
"""The amount that is computed: for a test, for a first look, for a paper."""

Canvas: TypeAlias = matplotlib.figure.Figure
"""Matplotlib's own idea of a figure: what is drawn on."""

Number: TypeAlias = float | int | str | bool


@dataclass(frozen=True)
class FigureData:
    """The numbers behind one figure.

    **Fields**

    - `columns`: the one table that is drawn and saved as CSV: each row is a point of a curve or a mark.
    - `settings`: the parameters it was computed with, the seed of anything random among them.
    - `facts`: numbers read off the table that the caption quotes.
    """

    columns: Columns
    settings: Mapping[str, Any]
    facts: Mapping[str, Number] = field(default_factory=dict)

    def where(self, **wanted: object) -> dict[str, np.ndarray]:
        """The rows whose columns have the wanted values, such as `where(mark="curve")`."""
        chosen = np.ones(len(next(iter(self.columns.values()))), dtype=bool)
        for name, value in wanted.items():
            chosen &= self.columns[name] == value
        return {name: values[chosen] for name, values in self.columns.items()}

    def values(self, column: str, **wanted: object) -> list[str]:
        """The different texts in a column, in the order in which they first occur."""
        return list(dict.fromkeys(str(v) for v in self.where(**wanted)[column]))


def known_level(level: str) -> Level:
    """The level. **Raises** `InvalidInputError` for one that there is not."""
    if level not in get_args(Level):
        raise InvalidInputError("level", repr(level), f"Give one of {', '.join(get_args(Level))}.")
    return cast(Level, level)


@dataclass(frozen=True)
class Figure:
    """A figure of the paper, or one of ours.

    **Fields**

    - `title`: a headline.
    - `corresponds_to`: the figure or theorem of the paper that it belongs to, and how its setting differs.
    - `compute(level)`: the numbers; `draw(data, canvas)`: the picture, from those numbers alone.
    - `caption(data)` and `alternative_text(data)`: what is shown, and what it looks like for those who cannot see it.
    - `height`: over width, the width being the text width of a NeurIPS paper.
    - `id`: its handle on the command line and the stem of its files; `module`: the one that declares it. Both are
      given by the catalog (`figures.catalog`).
    - `setting` of the experiment that it shows, and the figure `under` another one; None for figures without one.
      `options`: what the command that makes it has to be given besides its id and level. `note`: what stands below the
      picture, such as what was changed; nothing if empty.
    """

    title: str
    corresponds_to: str
    compute: Callable[[Level], FigureData]
    draw: Callable[[FigureData, Canvas], None]
    caption: Callable[[FigureData], str]
    alternative_text: Callable[[FigureData], str]
    height: float = 0.5
    id: str = ""
    module: str = ""
    setting: Any = None
    under: Callable[[Any], Figure] | None = None
    options: str = ""
    note: str = ""

    def make(self, level: Level = "quick") -> FigureData:
        """The numbers, in float64 whatever JAX's default precision is.

        **Raises** `InvalidInputError` for an unknown level.
        """
        known_level(level)
        with jax.enable_x64(True):
            return self.compute(level)
