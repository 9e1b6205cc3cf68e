"""The provenance of a figure: enough to make it again, and to see that it was made from what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax

from figures.figure import Figure, FigureData, Level

FORMAT = "flatscape figure 1"
SOFTWARE = ("jax", "jaxlib", "numpy", "scipy", "matplotlib", "tueplots")


def provenance(
    figure: Figure, data: FigureData, *, level: Level, seconds: float, files: Mapping[str, bytes]
) -> dict[str, Any]:
    """The record that is saved beside a figure, ready for JSON; it names no machine and no path on one.

    **Arguments**

    - `level`, `seconds`: how much was computed, and how long that took.
    - `files`: the figure's files by name; their checksums go into the record.
    """
    return {
        "format": FORMAT,
        "figure": figure.id,
        "title": figure.title,
        "corresponds_to": figure.corresponds_to,
        "caption": figure.caption(data),
        "alternative_text": figure.alternative_text(data),
        "command": f"flatscape figures {figure.id} --level {level}{figure.options}",
        "module": figure.module,
        "module_sha256": source_checksum(figure.module),
        "level": level,
        "settings": dict(data.settings),
        "facts": dict(data.facts),
        "rows": len(next(iter(data.columns.values()))),
        "precision": "float64",
        "backend": jax.default_backend(),
        "versions": {name: version(name) for name in SOFTWARE},
        "seconds": round(seconds, 3),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }


def source_checksum(module: str) -> str | None:
    """SHA-256 of a module's source; None for a module that has none to read."""
    found = find_spec(module) if module else None
    if found is None or not found.origin or not Path(found.origin).is_file():
        return None
    return hashlib.sha256(Path(found.origin).read_bytes()).hexdigest()
