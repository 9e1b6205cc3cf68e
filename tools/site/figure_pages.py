"""The gallery: a page for every figure of the catalog, with its picture, numbers, provenance and code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures.catalog import CHAPTERS, MODULES, select_figures
from figures.figure import Figure
from figures.pipeline.provenance import source_checksum
from figures.pipeline.result import FigureResult, read_results
from tools.site.markdown import escaped, fenced, folded, joined, toctree

ROOT = Path(__file__).resolve().parents[2]


def figure_pages(out: Path) -> dict[str, str]:
    """Every page by its path below docs/.

    **Arguments**: `out`: the folder in which figures were made; one that is not there is described without its picture.
    """
    results = {result.id: result for result in read_results(out, MODULES)}
    figures = {figure.id: figure for figure in select_figures()}
    pages = {f"gallery/{id}.md": _page(figure, results.get(id), out) for id, figure in figures.items()}
    return {"gallery/index.md": _index(figures, results, out), **pages}


def _file(name: str, out: Path) -> str:
    """The path from a page of the gallery to a figure's file."""
    return os.path.relpath(out / name, ROOT / "docs" / "gallery")


def _kept(id: str) -> str:
    """The path to the picture that docs/ keeps of a figure; empty if it keeps none."""
    return f"../{id}.png" if (ROOT / "docs" / f"{id}.png").is_file() else ""


def _picture(id: str, result: FigureResult | None, out: Path) -> str:
    return _file(result.file("png"), out) if result else _kept(id)


def _index(figures: dict[str, Figure], results: dict[str, FigureResult], out: Path) -> str:
    missing = len(figures) - len(results)
    note = (
        f"{missing} of {len(figures)} figures have not been made beside this site: `make paper docs` makes them, or "
        "`flatscape figures ID` one of them. What the checkout keeps of them is shown."
    )
    parts = [
        "# Gallery",
        "Every figure and table, with the numbers that are drawn, where they come from, and the code that computes and "
        "draws them.",
        note if missing else "",
    ]
    for chapter, ids in CHAPTERS.items():
        parts.append(f"## {chapter}")
        parts.append(_cards(figures, results, list(ids), out))
        parts.append(toctree(list(ids), caption=chapter))
    return joined(parts)


def _cards(figures: dict[str, Figure], results: dict[str, FigureResult], ids: list[str], out: Path) -> str:
    """Links with small pictures, as one list."""
    lines = []
    for id in ids:
        picture = _picture(id, results.get(id), out)
        shown = f"![]({picture})<br>" if picture else ""
        lines.append(f"- {shown}[{escaped(figures[id].title)}]({id}.md) (`{id}`)")
    return "\n".join(["::::{container} gallery", *lines, "::::"])


def _page(figure: Figure, result: FigureResult | None, out: Path) -> str:
    return joined(
        [
            f"# {escaped(figure.title)}",
            *(_shown(result, out) if result else _described(figure)),
            "## What it corresponds to",
            escaped(figure.corresponds_to),
            "## How to make it",
            fenced(result.command if result else f"flatscape figures {figure.id}", "sh"),
            "Its numbers without drawing it:",
            fenced(f'from figures import compute\n\ntable = compute("{figure.id}").columns', "python"),
            "## Code",
            f"`{figure.module}`",
            *_code(figure.module),
        ]
    )


def _shown(result: FigureResult, out: Path) -> Iterator[str]:
    yield f"![{escaped(result.alternative_text)}]({_file(result.file('png'), out)})"
    yield escaped(result.caption)
    files = {"data (CSV)": "csv", "picture (PDF)": "pdf", "provenance (JSON)": "provenance.json"}
    yield " · ".join(f"[{what}]({_file(result.file(kind), out)})" for what, kind in files.items())
    yield from _provenance(json.loads((out / result.file("provenance.json")).read_text(encoding="utf-8")))


def _provenance(record: dict[str, Any]) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    yield f"Level *{record['level']}*, {record['rows']:,} rows, {record['seconds']:.0f} seconds; {versions}."
    if source_checksum(record["module"]) != record["module_sha256"]:
        yield "**Its module has changed since it was made**: the command below makes it again."


def _described(figure: Figure) -> Iterator[str]:
    if _kept(figure.id):
        yield f"![{escaped(figure.title)}]({_kept(figure.id)})"
        yield "The picture that the checkout keeps; the command below makes it with its numbers and caption."
    else:
        yield "It has not been made beside this site: the command below makes it, and `make paper docs` all of them."


def _code(module: str) -> Iterator[str]:
    path = f"{module.replace('.', '/')}.py"
    yield folded(f"`{path}`", fenced("", f"{{literalinclude}} ../../{path}", options=[":language: python"]))
