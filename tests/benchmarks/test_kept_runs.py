"""Kept runs of benchmarks: which rows are compared, and what counts as worse."""

from __future__ import annotations

import importlib
import json

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.kept_runs import LABELS, RATIOS, keep_run, kept_runs, rows_of, worse_rows
from tests.benchmarks.recorded import report, run


def test_rows_with_a_ratio_are_compared_and_no_others():
    found = rows_of(run("2026-01-01", speed=report({"scipy": "1,234x", "triad": "1.5x memory", "torch": "", "x": "-"})))
    assert {key: (row.ratio, row.larger_is_better) for key, row in found.items()} == {
        ("speed", "8 outputs, scipy", False): (1234.0, True),
        ("speed", "8 outputs, triad", False): (1.5, False),
    }


def test_rows_of_one_name_are_told_apart_by_their_order():
    twice = {
        "quick": False,
        "columns": ["method", "steps per second", "flatscape over it", "check", "first call, s"],
        "rows": [["NumPy", "1", "10.0x", "", ""], ["NumPy", "1", "20.0x", "", ""]],
    }
    found = rows_of(run("2026-01-01", steps=twice))
    assert [(row.label, row.ratio) for row in found.values()] == [("NumPy", 10.0), ("NumPy (2)", 20.0)]


def test_worse_by_more_than_a_fifth_is_told_the_worst_first():
    before = run("2026-01-01", speed=report({"a": "100x", "b": "100x", "c": "100x", "d": "2.0x memory", "gone": "5x"}))
    after = run("2026-01-02", speed=report({"a": "84x", "b": "83x", "c": "10x", "d": "2.5x memory", "new": "1x"}))
    assert [(worse.row.label, round(worse.factor, 3)) for worse in worse_rows(after, [before])] == [
        ("8 outputs, c", 10.0),
        ("8 outputs, d", 1.25),
        ("8 outputs, b", 1.205),
    ]
    assert not worse_rows(before, [after])


def test_a_row_is_compared_with_the_last_run_that_has_it():
    first = run("2026-01-01", speed=report({"a": "100x"}))
    second = run("2026-01-02", speed=report({"a": "50x"}))
    other = run("2026-01-03", memory=report({"a": "1x"}))
    quick = run("2026-01-04", speed=report({"a": "1000x"}, quick=True))
    after = run("2026-01-05", speed=report({"a": "45x"}))
    assert worse_rows(second, [first])
    assert not worse_rows(after, [first, second, other, quick])


def test_runs_are_kept_in_order_and_never_replaced(tmp_path):
    dates = ["2026-01-02", *["2026-01-01"] * 11]
    for number, date in enumerate(dates):
        keep_run(run(date, speed=report({"a": f"{number + 1}x"})), tmp_path)
    read = kept_runs(tmp_path)
    assert [next(iter(rows_of(own).values())).ratio for own in read] == [*range(2, 13), 1]
    assert len(list(tmp_path.iterdir())) == 12
    assert kept_runs(tmp_path / "nothing") == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"benchmarks": {"a": {"columns": ["case"]}}}', "x"])
def test_a_file_that_is_no_run_is_named(tmp_path, content):
    (tmp_path / "2026-01-01.json").write_text(content)
    with pytest.raises(ValueError, match=r"2026-01-01\.json is no kept run"):
        kept_runs(tmp_path)


def test_what_is_committed_can_be_read():
    for own in kept_runs():
        assert json.loads(json.dumps(own)) == own
        assert rows_of(own)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_says_what_its_rows_are_and_what_they_are_compared_with(name):
    pytest.importorskip("optimistix")
    columns = importlib.import_module(f"benchmarks.{name}").COLUMNS
    assert set(columns) & set(LABELS)
    assert len(set(columns) & set(RATIOS)) == 1
