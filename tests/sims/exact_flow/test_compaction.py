"""Lane compaction: every lane is advanced exactly as often as it needs, whatever its neighbours do."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.exact_flow.compaction import run_compacted
from theory.arrays import AnyArray


def _count_down(constants: AnyArray, state: tuple, active: AnyArray) -> tuple:
    matrix, steps = state
    matrix = jnp.where(active[None], matrix + constants[None], matrix)
    steps = steps + active
    return (matrix, steps), active & (steps < constants)


@pytest.mark.parametrize(("lanes", "tile"), [(1, 4), (7, 3), (100, 16), (256, 64), (50, 64)])
def test_every_lane_takes_its_own_number_of_steps(lanes: int, tile: int) -> None:
    needed = np.minimum(np.random.default_rng(lanes).geometric(0.1, lanes), 80)
    active = np.arange(lanes) % 5 != 3
    state = (np.zeros((3, lanes), int), np.zeros(lanes, int))
    run = jax.jit(lambda c, s, a: run_compacted(_count_down, c, s, a, tile_lanes=tile))
    matrix, steps = run(needed, state, active)
    np.testing.assert_array_equal(steps, needed * active)
    np.testing.assert_array_equal(matrix, np.broadcast_to(needed**2 * active, (3, lanes)))


def test_nothing_to_do() -> None:
    state = (np.ones((2, 6), int), np.full(6, 5))
    matrix, steps = run_compacted(_count_down, np.ones(6, int), state, np.zeros(6, bool), tile_lanes=4)
    np.testing.assert_array_equal(matrix, 1)
    np.testing.assert_array_equal(steps, 5)
