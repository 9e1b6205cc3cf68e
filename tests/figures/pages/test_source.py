"""The code beside a figure: its module, what that rests on, and whether the figure is as old as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import figures
from figures.catalog import MODULES
from figures.pages.gallery import render_code
from figures.pages.source import module_text, sources
from figures.pipeline.provenance import source_checksum
from figures.pipeline.result import FigureResult

ROOT = Path(figures.__file__).parent


def result(id: str) -> FigureResult:
    return FigureResult(id, id, "c", "t", "a", f"flatscape figures {id}", 1.0, source_checksum(MODULES[id]))


def test_the_module_and_what_it_rests_on_are_there() -> None:
    (found,), shared = sources([result("fig2")])
    assert found.module == "figures.paper.fig2"
    assert found.text == (ROOT / "paper/fig2.py").read_text(encoding="utf-8")
    assert {"figures.paper.builders.teacher_curves", "figures.paper.experiment.settings"} <= set(found.uses)
    # Found through the builder.
    assert "figures.paper.experiment.repetitions" in found.uses
    assert not [name for name in found.uses if name.startswith(("figures.drawing", "figures.pipeline"))]
    assert list(shared) == sorted(found.uses)
    assert shared["figures.paper.experiment.settings"] == module_text("figures.paper.experiment.settings")


def test_every_figure_of_the_catalog_has_code() -> None:
    found, shared = sources([result(id) for id in MODULES])
    assert all(one.text and not one.changed for one in found)
    assert all(shared.values())


def test_a_figure_that_another_version_has_made_is_told() -> None:
    old = replace(result("race"), module_sha256="0" * 64)
    (found,), _ = sources([old])
    assert found.changed
    assert "another version of this module" in render_code([old])
    assert "another version of this module" not in render_code([result("race")])
    # Of a record that does not say, nothing is known.
    assert not sources([replace(old, module_sha256=None)])[0][0].changed


def test_a_module_that_cannot_be_read_has_no_text() -> None:
    assert module_text("sys") == ""
