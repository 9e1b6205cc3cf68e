"""Lanes packed into few arrays: what is read is what was written, and single numbers keep their kind."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from sims.regularized_flow.lane_data import (
    CODE,
    LaneData,
    Limits,
    chosen_lanes,
    fixed_data,
    moving_data,
    read_fixed,
    read_moving,
    read_progress,
)
from sims.regularized_flow.lanes import Lanes
from sims.regularized_flow.steps import begin_lanes
from tests.sims.regularized_flow.lane_cases import random_lanes


@pytest.fixture
def lanes() -> Lanes:
    return random_lanes(5, 3)


def same(first: Any, second: Any) -> bool:
    return bool(
        jax.tree.all(
            jax.tree.map(lambda a, b: np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True), first, second)
        )
    )


def test_what_stays_fixed_is_read_as_it_was_written(lanes: Lanes) -> None:
    limits = Limits(np.arange(3.0)[None], np.full((1, 3), 7.0))
    data = fixed_data(lanes, limits)
    assert data.columns.shape == (4, 5, 3)
    assert same(read_fixed(data), (lanes, limits))
    # The limits stand in the last rows: the host writes those of attempts without reading the rest.
    np.testing.assert_array_equal(data.numbers[-2:], np.concatenate(limits))


def test_what_moves_is_read_as_it_was_written(lanes: Lanes) -> None:
    begun = begin_lanes(fixed_data(lanes, Limits(np.zeros((1, 3)), np.ones((1, 3)))))
    progress, now = read_moving(begun)
    assert same(moving_data(progress, now), begun)
    assert now.policy.shape == (5, 3)
    np.testing.assert_allclose(np.asarray(now.policy).sum(axis=0), 1.0, rtol=1e-14)


def test_numbers_of_the_progress_keep_their_kind(lanes: Lanes) -> None:
    begun = begin_lanes(fixed_data(lanes, Limits(np.zeros((1, 3)), np.ones((1, 3)))))
    numbers = np.array(begun.numbers)
    numbers[CODE] = [-1, 0, 3]
    progress = read_progress(LaneData(begun.columns, numbers))
    assert (progress.code.dtype, progress.doubtful.dtype, progress.attempts.dtype) == (np.int8, bool, np.int64)
    assert progress.code.tolist() == [[-1, 0, 3]]
    assert all(row.shape == (1, 3) for row in progress)


def test_some_of_the_lanes(lanes: Lanes) -> None:
    found = chosen_lanes(lanes, np.array([2, 0, 2]))
    for name in Lanes._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(lanes, name)[:, [2, 0, 2]])
