"""Rows of a table as problems: the same that JSON gives, and one error that names the file, the row and the column."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from flatscape.sweep.given_rows import given_rows
from flatscape.sweep.problem_table import open_problem_table
from tests.flatscape.sweep.problem_files import mixed_problems, write_problems
from theory.errors import InvalidInputError
from theory.tabular.padding import pad_outputs
from theory.tabular.problem_record import problem_from_record

PAIR = {
    "initial_probabilities": [0.25, 0.75],
    "proxy_reward": [1.0, -1.0],
    "ground_truth_reward": [1.0, 0.0],
    "gamma": 0.1,
}


def read(path, gamma=None, first=0, count=None):
    table = open_problem_table(path)
    count = table.rows - first if count is None else count
    return given_rows(table, table.read(first, count), first, gamma)


def test_the_problems_are_those_of_the_records(tmp_path):
    records = mixed_problems(40)
    for k in (3, 4, 17):
        weights = np.exp(records[k].pop("initial_logits"))
        records[k]["initial_probabilities"] = (weights / weights.sum()).tolist()
        del records[k]["prompts"]
    rows = read(write_problems(tmp_path / "p.parquet", records), first=2, count=30)
    assert (rows.first, rows.rows) == (2, 30)
    assert sorted(np.concatenate([b.places for b in rows.batches])) == list(range(30))
    assert [b.problem.outputs for b in rows.batches] == [4, 8]
    assert list(rows.names) == [f"problem {k}" for k in range(2, 32)]
    for batch in rows.batches:
        for place, problem, increase in zip(batch.places, batch.problem, batch.increase, strict=True):
            expected, gamma = problem_from_record(records[2 + place])
            expected = pad_outputs(expected, problem.outputs)
            assert increase == gamma
            assert (problem.prompts, problem.kl_coefficient) == (expected.prompts, expected.kl_coefficient)
            np.testing.assert_array_equal(problem.proxy_reward, expected.proxy_reward)
            np.testing.assert_array_equal(problem.ground_truth_reward, expected.ground_truth_reward)
            np.testing.assert_allclose(
                problem.initial_log_probabilities, expected.initial_log_probabilities, rtol=1e-15, atol=1e-15
            )


def test_gamma_may_come_from_the_command(tmp_path):
    record = {name: value for name, value in PAIR.items() if name != "gamma"}
    path = write_problems(tmp_path / "p.parquet", [record, record])
    (batch,) = read(path, gamma=0.2).batches
    assert batch.increase.tolist() == [0.2, 0.2]
    with pytest.raises(InvalidInputError, match=r"row 0 .*column gamma: got nothing. Give it in the file, or as"):
        read(path)


def test_rounded_probabilities_are_told(tmp_path):
    rounded = PAIR | {"initial_probabilities": [0.25, 0.7500004]}
    notes = read(write_problems(tmp_path / "p.parquet", [PAIR, rounded])).notes
    assert notes[0] is None
    assert "sum to 1.0000004" in notes[1]


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"proxy_reward": [1.0, 2.0]}, "proxy_reward", "The theorems take rewards in"),
        ({"proxy_reward": [1.0, math.nan]}, "proxy_reward", "finite"),
        ({"proxy_reward": [1.0, None]}, "proxy_reward", "real numbers"),
        ({"proxy_reward": [1.0, 0.5, 0.0]}, "proxy_reward", "shape"),
        ({"proxy_reward": None}, "proxy_reward", "nothing"),
        ({"initial_probabilities": [0.5, 0.6]}, "initial_probabilities", "normalise"),
        ({"initial_probabilities": [0.0, 1.0]}, "initial_probabilities", "positive"),
        ({"initial_probabilities": []}, "initial_probabilities", "at least two"),
        ({"initial_probabilities": None}, "initial_probabilities / initial_logits", "exactly one"),
        ({"kl_coefficient": -1.0}, "kl_coefficient", "negative"),
        ({"prompts": 1.5}, "prompts", "whole number"),
        ({"gamma": 0.0}, "gamma", "greater than zero"),
        ({"gamma": None}, "gamma", "Give it in the file"),
        ({"name": "two\nlines"}, "name", "Give a line"),
    ],
)
def test_the_first_row_that_is_no_problem_is_named(tmp_path, changed, column, said):
    fine = PAIR | {"kl_coefficient": 0.0, "prompts": 1.0, "name": "fine"}
    schema = pl.DataFrame([fine]).schema
    rows = [fine] * 5 + [fine | changed, fine, fine | changed]
    path = tmp_path / "p.parquet"
    pl.DataFrame(rows, schema=schema).write_parquet(path)
    with pytest.raises(InvalidInputError, match=said) as caught:
        read(path, first=2)
    assert caught.value.argument == f"{path}: row 5 (counted from 0), column {column}"
