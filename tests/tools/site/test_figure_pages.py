"""The gallery: a page for every figure, with its files where they were made and the command where they were not."""

from __future__ import annotations

import json

import pytest

from figures.catalog import MODULES, select_figures
from figures.pipeline.provenance import FORMAT
from tools.site.figure_pages import figure_pages

RECORD = {
    "format": FORMAT,
    "figure": "race",
    "title": "A race",
    "corresponds_to": "Theorem 5",
    "caption": "Two curves, *starred* and [bracketed].",
    "alternative_text": "Curves.",
    "command": "flatscape figures race --level quick",
    "module": "figures.theorems.race",
    "module_sha256": "old",
    "level": "quick",
    "rows": 1234,
    "seconds": 1.5,
    "settings": {},
    "versions": {"jax": "1"},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    for kind in ("png", "pdf", "csv"):
        (out / f"race.{kind}").write_bytes(b"")
    (out / "race.provenance.json").write_text(json.dumps(RECORD), encoding="utf-8")
    return figure_pages(out)


def test_every_figure_has_a_page_with_its_code(pages):
    assert set(pages) == {"gallery/index.md"} | {f"gallery/{id}.md" for id in MODULES}
    for figure in select_figures():
        page = pages[f"gallery/{figure.id}.md"]
        assert f"flatscape figures {figure.id}" in page
        assert f"../../{figure.module.replace('.', '/')}.py" in page
        assert f"({figure.id}.md)" in pages["gallery/index.md"]


def test_a_figure_that_was_made_is_shown_with_its_files(pages):
    page = pages["gallery/race.md"]
    assert all(f"race.{kind})" in page for kind in ("png", "pdf", "csv", "provenance.json"))
    assert r"Two curves, \*starred\* and \[bracketed\]." in page
    assert "1,234 rows" in page
    assert "has changed since" in page


def test_one_that_was_not_made_says_how(pages):
    assert "It has not been made" in pages["gallery/crossover.md"]
    assert "(../plateau.png)" in pages["gallery/plateau.md"], "the picture that docs/ keeps"
    assert f"{len(MODULES) - 1} of {len(MODULES)} figures" in pages["gallery/index.md"]
