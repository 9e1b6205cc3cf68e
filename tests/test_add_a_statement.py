"""The recipe of docs/contribute/statement.md, followed literally: a toy is checked like any other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.followed_recipe import PACKAGES, ROOT, copied, follow, recipe, run


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("copy"))
    follow("statement", folder)
    return folder


def test_a_statement_is_added_in_five_files(copy: Path) -> None:
    writes, _ = recipe("statement")
    assert len({step.file for step in writes}) == 5
    evidence = json.loads((copy / "ledger.json").read_text(encoding="utf-8"))["evidence"]
    of_toy = {item["method"]: item for item in evidence if item["statement"] == "toy"}
    assert of_toy["proof"]["verdict"] == "proved"
    assert any(item["control"]["refuted"] for item in of_toy.values())
    assert sum(item["instances"] for item in of_toy.values()) > 1000


def test_a_step_that_is_left_out_is_noticed(copy: Path, tmp_path: Path) -> None:
    """Without its restatement the toy is not compared with anything: that is no proof."""
    for package in PACKAGES:
        shutil.copytree(copy / package, tmp_path / package)
    printed = tmp_path / "proofs_check/conformance/printed_tabular.py"
    text = printed.read_text(encoding="utf-8").replace("2 * _smallest(point))", "3 * _smallest(point))")
    printed.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    done = run(tmp_path, "flatscape verify toy --workers 1 --json ledger.json")
    assert done.returncode == 1, done.stdout + done.stderr
