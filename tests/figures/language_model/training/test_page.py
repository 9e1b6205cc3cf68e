"""The generated parts of docs/language-models.md: whole tables with every row, each with its place in the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from figures.figure import FigureData
from figures.language_model.training_data import kept_training
from figures.table import to_csv
from proofs_check.markdown import tables
from sims.llm.experiment.presets import FULL
from tools.language_model_tables import SAID, language_model_parts
from tools.update_readme import ROOT, replaced

IDS = ("lm-fig2", "lm-table1", "lm-table2", "lm-effects")


@pytest.fixture(scope="module")
def parts(smoke_data: Callable[[str], FigureData]) -> dict[str, str]:
    rows = {id: list(csv.DictReader(io.StringIO(to_csv(smoke_data(id).columns)))) for id in IDS}
    return language_model_parts(kept_training(), rows)


def test_every_part_has_its_place_in_the_page(parts: dict[str, str]) -> None:
    page = (ROOT / "docs" / "language-models.md").read_text(encoding="utf-8")
    for name, body in parts.items():
        assert body in replaced(page, name, body)
    assert page.count("<!-- begin: lm-") == len(parts)


def test_tables_have_a_row_for_everything(parts: dict[str, str]) -> None:
    runs = sum(len(course.rewards) for course in FULL.courses)
    counts = {"lm-characteristics": len(FULL.rewards), "lm-increases": runs, "lm-correlations": 12, "lm-effects": 14}
    counts["lm-steps"] = runs
    for name, count in counts.items():
        (found,) = tables(parts[name])
        assert len(found) == count + 2
        assert len({len(row) for row in found}) == 1
        assert "nan" not in parts[name]


def test_every_effect_is_said_in_words_once(parts: dict[str, str]) -> None:
    listed = [line for line in parts["lm-effects"].splitlines() if line.startswith("- **")]
    assert [line.removeprefix("- **").split("**")[0] for line in listed] == list(SAID.values())
    assert sum(line.count("updates)") for line in listed) == 14
