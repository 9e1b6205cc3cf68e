"""The code of figures for a page: the module of each, and the modules that several of them share."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from figures.catalog import MODULES
from figures.pipeline.provenance import source_checksum
from figures.pipeline.result import FigureResult

SHARED = ("figures.paper.", "figures.practice.", "figures.theorems.", "figures.published.", "figures.language_model.")
"""Modules that begin so belong to figures; others (styles, tables, the pipeline) are beside the point."""


@dataclass(frozen=True)
class SourceOfFigure:
    """The code that a figure is made by.

    **Fields**: `id` and `title` of the figure; `module`, which declares it, and its `text`; `uses`, the shared modules
    that it rests on, however indirectly; `changed`: the figure was made by another version of the module.
    """

    id: str
    title: str
    module: str
    text: str
    uses: tuple[str, ...]
    changed: bool


def sources(results: Iterable[FigureResult]) -> tuple[list[SourceOfFigure], dict[str, str]]:
    """The code of each figure, and the text of every shared module by its name, in alphabetic order."""
    found = [_source(result) for result in results]
    shared = sorted({name for source in found for name in source.uses})
    return found, {name: module_text(name) for name in shared}


def _source(result: FigureResult) -> SourceOfFigure:
    module = MODULES[result.id]
    return SourceOfFigure(
        id=result.id,
        title=result.title,
        module=module,
        text=module_text(module),
        uses=tuple(sorted(_rests_on(module, set()))),
        changed=result.module_sha256 not in (None, source_checksum(module)),
    )


def module_text(module: str) -> str:
    """A module's source; empty if it cannot be read."""
    found = find_spec(module)
    path = None if found is None or found.origin is None else Path(found.origin)
    return "" if path is None or not path.is_file() else path.read_text(encoding="utf-8")


def _rests_on(module: str, seen: set[str]) -> set[str]:
    """Adds to `seen` the shared modules that a module imports, and those that they import."""
    for node in ast.walk(ast.parse(module_text(module))):
        name = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
        if f"{name}.".startswith(SHARED) and name not in {*seen, module}:
            seen.add(name)
            _rests_on(name, seen)
    return seen
