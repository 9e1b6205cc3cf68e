"""Scores that do not mean what they seem to are told, and others are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from flatscape.audit.reading import read_scored


def warnings(scores: list[float], size: int = 4, **columns: Any) -> str:
    prompts = [f"p{i // size}" for i in range(len(scores))]
    return "\n".join(read_scored({"prompt": prompts, "rm": scores, **columns}).warnings)


def normal(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=count)


@pytest.mark.parametrize("decimals", [0, 1, 2, 3, 4])
def test_rounding_is_told_with_its_step(decimals: int) -> None:
    said = warnings(np.round(10 * normal(400), decimals).tolist())
    assert ("whole numbers" if decimals == 0 else f"multiples of {10.0**-decimals:g}") in said


def test_rounding_is_told_in_single_precision() -> None:
    assert "multiples of 0.01" in warnings(np.round(normal(400), 2).astype(np.float32).astype(float).tolist())


def test_scores_of_all_digits_and_verdicts_are_not_rounded() -> None:
    assert not warnings(normal(400).tolist())
    assert "rounded" not in warnings([0.0, 1.0, 1.0, 0.0] * 40)
    assert "rounded" not in warnings([0.1, 0.2, 0.3, 0.4])


def test_groups_that_were_filtered_are_told() -> None:
    assert "left out before" in warnings([0.0, 1.0, 1.0, 0.0] * 50)


def test_groups_that_were_not_filtered_are_not() -> None:
    draws = np.random.default_rng(0).integers(0, 2, 400).astype(float).tolist()
    assert "left out before" not in warnings(draws)


def test_few_groups_without_a_constant_one_say_nothing() -> None:
    assert "left out before" not in warnings([0.0, 1.0, 1.0, 0.0] * 5)


def test_a_log_that_ends_in_a_group_is_told() -> None:
    assert "1 of 10 groups have fewer than the usual 4" in warnings(normal(39).tolist())


def test_groups_of_one_completion_are_told() -> None:
    assert "1 of 2 groups have one completion" in warnings([0.1, 0.2, 0.3], size=2)


def test_completions_of_several_policies_are_told() -> None:
    mixed = ["x", "y"] * 4
    assert "not on-policy" in warnings(normal(8).tolist(), policy=mixed)
    assert "one a group" in warnings(normal(8).tolist(), policy=["x"] * 4 + ["y"] * 4)
    assert "polic" not in warnings(normal(8).tolist(), policy=["x"] * 8)


def test_rows_that_repeat_another_are_told_and_kept() -> None:
    frame = pl.DataFrame({"prompt": ["a"] * 3, "completion": ["x", "x", "y"], "rm": [1.0, 1.0, 0.0]})
    table = read_scored(frame)
    assert table.frame.height == 3
    assert any("1 of 3 rows repeat" in warning for warning in table.warnings)
