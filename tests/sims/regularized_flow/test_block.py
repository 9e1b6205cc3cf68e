"""One block of lanes: each ends, whatever its neighbours, its tile and the places that only fill up."""

from __future__ import annotations

import numpy as np
import pytest

from sims.hitting import Status
from sims.regularized_flow.block import run_block
from sims.regularized_flow.lane_data import Progress, chosen_lanes
from tests.sims.regularized_flow.lane_cases import random_lanes

LANES = random_lanes(5, 12)
"""Rises of half of what there is are reached."""

FAR = random_lanes(5, 12, share=0.99, coefficient=1.0)
"""Rises of nearly all of it are not, where the KL term is as large as the rewards."""


def ended(lanes=LANES, *, live: int = 12, limit: float = 1e9, tile_lanes: int = 4) -> tuple[Progress, list[int]]:
    said: list[int] = []
    return run_block(lanes, live, np.full(12, limit), 1e-10, tile_lanes, said.append), said


def test_every_lane_arrives_and_is_reported_once() -> None:
    progress, said = ended()
    assert set(progress.code[0]) == {Status.REACHED}
    assert sum(said) == 12
    assert (progress.attempts > 0).all()
    assert (progress.relative_error < 1e-8).all()


@pytest.mark.parametrize("tile_lanes", [1, 12])
def test_times_do_not_depend_on_the_tile(tile_lanes: int) -> None:
    np.testing.assert_allclose(ended(tile_lanes=tile_lanes)[0].time, ended()[0].time, rtol=1e-9)


def test_places_that_only_fill_up_are_not_stepped() -> None:
    order = np.arange(12)[::-1]
    progress, said = ended(chosen_lanes(LANES, order), live=5)
    assert sum(said) == 5
    np.testing.assert_allclose(progress.time[0, :5], ended()[0].time[0, order[:5]], rtol=1e-9)
    assert (progress.attempts[0, 5:] == 0).all()


def test_a_target_above_the_limit_of_the_flow_is_proven_never_to_be_reached() -> None:
    assert set(ended(FAR)[0].code[0]) == {Status.NEVER}


def test_a_lane_that_is_out_of_time_is_censored_where_it_is() -> None:
    full = ended()[0].time[0]
    progress, said = ended(limit=float(np.median(full)) / 1e3)
    early = progress.code[0] == Status.CENSORED
    assert sum(said) == 12
    assert early.any()
    assert (progress.time[0, early] < full[early]).all()
