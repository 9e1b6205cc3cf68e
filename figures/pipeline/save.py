"""A figure's four files: PDF, PNG, the plotted data as CSV, and the provenance as JSON."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from figures.drawing.style import styled, write_note
from figures.figure import Figure, FigureData, Level
from figures.pipeline.files import write_together
from figures.pipeline.provenance import provenance
from figures.pipeline.result import FigureResult, result_from_record
from figures.table import to_csv


def make_and_save(figure: Figure, folder: Path, *, level: Level = "quick") -> FigureResult:
    """Computes and draws a figure and writes its files; if anything fails, nothing is written.

    **Arguments**

    - `folder`: made if it is missing. The files are `ID.pdf`, `ID.png`, `ID.csv` and `ID.provenance.json`.
    - `level`: how much to compute.

    **Returns** what the gallery needs.

    **Raises** `InvalidInputError` for a folder that cannot be written to.
    """
    started = time.perf_counter()
    data = figure.make(level)
    return save(figure, data, folder, level=level, seconds=time.perf_counter() - started)


def save(figure: Figure, data: FigureData, folder: Path, *, level: Level, seconds: float) -> FigureResult:
    """Draws a figure from its numbers and writes its files; `seconds` is how long the numbers took."""
    started = time.perf_counter()
    pictures = render(figure, data)
    seconds += time.perf_counter() - started
    files = {f"{figure.id}.{kind}": content for kind, content in pictures.items()}
    files[f"{figure.id}.csv"] = to_csv(data.columns).encode()
    record = provenance(figure, data, level=level, seconds=seconds, files=files)
    text = json.dumps(record, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_together(folder, files | {f"{figure.id}.provenance.json": text.encode()})
    return result_from_record(record)


def render(figure: Figure, data: FigureData) -> dict[str, bytes]:
    """The picture as `pdf` and `png`: the same bytes for the same data, since no time of day is put into them."""
    metadata: dict[str, dict[str, Any]] = {
        "pdf": {"Title": figure.title, "CreationDate": None},
        "png": {"Title": figure.title},
    }
    with styled(height=figure.height):
        canvas = plt.figure()
        try:
            figure.draw(data, canvas)
            if figure.note:
                write_note(canvas, figure.note)
            return {kind: _saved(canvas, kind, metadata[kind]) for kind in ("pdf", "png")}
        finally:
            plt.close(canvas)


def _saved(canvas: plt.Figure, kind: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    canvas.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
