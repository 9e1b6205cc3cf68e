"""What is read of a Parquet file of problems: its parts, and what is refused before any row is read."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from flatscape.sweep import problem_table
from flatscape.sweep.problem_table import open_problem_table
from tests.flatscape.sweep.problem_files import mixed_problems, write_problems
from theory.errors import InvalidInputError

PAIR = {"initial_logits": [0.0, 1.0], "proxy_reward": [1.0, -1.0], "ground_truth_reward": [1.0, 0.0], "gamma": 0.1}


def test_parts_cover_all_rows_in_order_whatever_the_row_groups_are(tmp_path, monkeypatch):
    problems = mixed_problems(101)
    monkeypatch.setattr(problem_table, "PART_ROWS", 7)
    monkeypatch.setattr(problem_table, "PART_OUTPUTS", 21)
    found = []
    for groups, counted in ((1, 1000), (10, 3), (1000, 50)):
        monkeypatch.setattr(problem_table, "COUNTED_ROWS", counted)
        table = open_problem_table(write_problems(tmp_path / f"{groups}.parquet", problems, row_group_size=groups))
        found.append(list(table.parts()))
    assert found[0] == found[1] == found[2]
    assert found[0][0][0] == 0
    assert [first + rows for first, rows in found[0]] == [*(first for first, _ in found[0][1:]), 101]
    for first, rows in found[0]:
        outputs = sum(len(problem["proxy_reward"]) for problem in problems[first : first + rows])
        assert rows <= 7
        assert outputs <= 21
        # No part could have had one problem more.
        if first + rows < 101:
            assert rows == 7 or outputs + len(problems[first + rows]["proxy_reward"]) > 21


def test_a_problem_larger_than_a_part_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(problem_table, "PART_OUTPUTS", 1)
    table = open_problem_table(write_problems(tmp_path / "p.parquet", mixed_problems(3)))
    assert list(table.parts()) == [(0, 1), (1, 1), (2, 1)]


def test_numbers_of_any_type_are_read_as_float64(tmp_path):
    frame = pl.DataFrame(
        {
            "initial_probabilities": pl.Series(np.full((2, 2), 0.5, np.float32)),
            "proxy_reward": pl.Series([[1, 0], [0, 1]], dtype=pl.List(pl.Int8)),
            "ground_truth_reward": pl.Series([[True, False], [False, True]]),
            "prompts": pl.Series([1, 2], dtype=pl.UInt16),
            "gamma": pl.Series([0.25, 0.5], dtype=pl.Float32),
        }
    )
    frame.write_parquet(tmp_path / "p.parquet")
    read = open_problem_table(tmp_path / "p.parquet").read(1, 1)
    assert read.to_dicts() == [
        {
            "initial_probabilities": [0.5, 0.5],
            "proxy_reward": [0.0, 1.0],
            "ground_truth_reward": [0.0, 1.0],
            "prompts": 2.0,
            "gamma": 0.5,
        }
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"proxy": [[0.0, 1.0]]}, "column proxy: got a column that no problem has. Known: initial_probabilities"),
        ({"proxy_reward": [["a", "b"]]}, r"column proxy_reward: got values of type List\(String\). Give lists"),
        ({"ground_truth_reward": [0.5]}, "column ground_truth_reward: got values of type Float64. Give lists"),
        ({"initial_logits": [[True, False]]}, r"column initial_logits: got values of type List\(Boolean\)"),
        ({"gamma": ["0.1"]}, "column gamma: got values of type String. Give numbers."),
        ({"prompts": [True]}, "column prompts: got values of type Boolean. Give numbers."),
        ({"name": [1]}, "column name: got values of type Int64. Give texts."),
        ({"proxy_reward": None}, "column proxy_reward: got nothing. Every problem needs this column."),
        ({"initial_logits": None}, "column initial_probabilities or initial_logits: got nothing."),
    ],
)
def test_a_column_that_does_not_fit_is_named(tmp_path, changed, said):
    columns = {name: [value] for name, value in PAIR.items()} | changed
    path = tmp_path / "p.parquet"
    frame = {name: pl.Series(values, strict=False) for name, values in columns.items() if values is not None}
    pl.DataFrame(frame).write_parquet(path)
    with pytest.raises(InvalidInputError, match=said) as caught:
        open_problem_table(path)
    assert str(path) in str(caught.value)


def test_what_is_no_table_of_problems_is_refused(tmp_path):
    path = tmp_path / "p.parquet"
    with pytest.raises(InvalidInputError, match="no such file"):
        open_problem_table(path)
    with pytest.raises(InvalidInputError, match="folder"):
        open_problem_table(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(InvalidInputError, match="no Parquet file"):
        open_problem_table(path)
    path.write_text('{"initial_logits": [0, 1]}')
    with pytest.raises(InvalidInputError, match="no Parquet file"):
        open_problem_table(path)
    whole = write_problems(path, mixed_problems(50)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInputError, match="no Parquet file"):
        open_problem_table(path)
    pl.DataFrame([PAIR]).clear().write_parquet(path)
    with pytest.raises(InvalidInputError, match="no rows"):
        open_problem_table(path)


def test_damage_amid_the_rows_is_told_when_it_is_read(tmp_path):
    path = write_problems(tmp_path / "p.parquet", mixed_problems(200), compression="zstd", row_group_size=50)
    content = bytearray(path.read_bytes())
    content[200:2000] = bytes(1800)
    path.write_bytes(content)
    table = open_problem_table(path)
    with pytest.raises(InvalidInputError, match=r"rows 0 to 49.*damaged"):
        table.read(0, 50)
