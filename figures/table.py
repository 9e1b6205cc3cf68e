"""Tables of named columns, as CSV that reads back to the last bit."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Columns = Mapping[str, np.ndarray]
"""Columns of one length by name: float64 (NaN is an empty cell), int64 or text."""


def stack_rows(*blocks: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Joins blocks of rows into one table.

    **Arguments**

    - `blocks`: columns by name; a single value is repeated to the block's length. A column that a block lacks is
      empty there: NaN, or an empty text if other blocks have text in it.

    **Returns** the columns, in the order in which they first occur.
    """
    names = list(dict.fromkeys(name for block in blocks for name in block))
    text = {n for block in blocks for n, values in block.items() if np.asarray(values).dtype.kind == "U"}
    columns: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for block in blocks:
        length = max((np.size(values) for values in block.values() if np.ndim(values)), default=1)
        for name in names:
            values = np.asarray(block.get(name, "" if name in text else math.nan))
            columns[name].append(np.broadcast_to(values, (length,)))
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def to_csv(columns: Columns) -> str:
    """The table as CSV (RFC 4180 with bare newlines), every float in the shortest form that reads back exactly."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    cells = [[_cell(value) for value in values.tolist()] for values in columns.values()]
    writer.writerows(zip(*cells, strict=True))
    return buffer.getvalue()


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and math.isnan(value) else str(value)


def from_csv(text: str) -> dict[str, np.ndarray]:
    """The columns of a table that `to_csv` wrote: numbers where every cell is one or empty, text elsewhere."""
    names, *rows = csv.reader(io.StringIO(text))
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: _column(list(column)) for name, column in zip(names, cells, strict=True)}


def _column(cells: list[str]) -> np.ndarray:
    try:
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    except ValueError:
        pass
    try:
        return np.array([float(cell) if cell else math.nan for cell in cells])
    except ValueError:
        return np.array(cells, dtype=str)
