"""Two runs that found the same are told from two that did not."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from tools import compare_runs


def run(folder: Path, *, ratio: float = 2.0, seconds: float = 1.0, data: str = "x\n1\n") -> Path:
    folder.mkdir()
    evidence = [{"statement": "prop3", "method": "sampling", "tightness": ratio, "seconds": seconds, "families": ["a"]}]
    record = {"evidence": evidence, "simulator": {"inside": 3}}
    (folder / "ledger.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "race.csv").write_text(data, encoding="utf-8")
    return folder


def compared(tmp_path: Path, **other) -> tuple[int, str]:
    before, after = run(tmp_path / "before"), run(tmp_path / "after", **other)
    app = compare_runs.typer.Typer()
    app.command()(compare_runs.main)
    result = CliRunner().invoke(app, [str(before), str(after)])
    return result.exit_code, result.output


def test_seconds_do_not_count(tmp_path):
    code, said = compared(tmp_path, seconds=9.0)
    assert code == 0
    assert "2 rows of the ledger, 0 differences; 1 figures, 0 differences" in said


def test_another_number_is_named(tmp_path):
    code, said = compared(tmp_path, ratio=2.5)
    assert code == 1
    assert "prop3 / sampling.tightness: 2.0 became 2.5" in said


def test_other_data_are_named(tmp_path):
    code, said = compared(tmp_path, data="x\n2\n")
    assert code == 1
    assert "race.csv: other data" in said
