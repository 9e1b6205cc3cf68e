"""Lane compaction: many independent iterations of very different lengths, without waiting for the longest.

A *lane* is one problem of a batch; it is the last axis of every array here. Advancing a whole batch in lock-step until
its slowest lane is done wastes most of the work (in batches of hitting-time problems the longest lane takes 25 times
the mean). `run_compacted` therefore works tile by tile: it gathers a fixed number of unfinished lanes into a tile small
enough for the processor's cache, advances the tile until half of its lanes are done, scatters it back, and starts a new
round over the lanes that are still unfinished. Everything happens inside one compiled computation of fixed shapes,
with loops of data-dependent length, so that it compiles once per shape of the batch and runs alike on any device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Bool

from theory.arrays import AnyArray

State = TypeVar("State")
Constants = TypeVar("Constants")
Mask = Bool[AnyArray, " lanes"]
Advance = Callable[[Constants, State, Mask], tuple[State, Mask]]


def run_compacted(
    advance: Advance,
    constants: Constants,
    state: State,
    active: Mask,
    *,
    tile_lanes: int,
    keep_fraction: float = 0.75,
) -> State:
    """Advance every active lane until it is done; to be traced inside `jax.jit`.

    **Arguments**

    - `advance(constants, state, active) -> (state, active)`: one step of a tile. It must treat lanes independently and
      leave the state of inactive lanes as it is; a lane that it reports inactive is done. It must end: every lane
      has to become inactive after finitely many steps (count steps in the state and stop at a limit).
    - `constants`: a pytree of arrays whose last axis runs over the lanes; only read.
    - `state`: likewise; read and written.
    - `active`: shape `(lanes,)`, the lanes to advance (padding lanes are inactive from the start and cost nothing).
    - `tile_lanes`: lanes advanced together. One tile should fit the cache on a CPU; on a GPU take several thousand. (A
      second, smaller tile for the few longest lanes saved nothing measurable and doubled the compilation.)
    - `keep_fraction`: a tile is scattered back once at most this fraction of the lanes that it started with is
      active.

    **Returns** the final state.
    """
    one_round = _make_round(advance, constants, min(tile_lanes, active.shape[0]), keep_fraction)
    state, _ = lax.while_loop(lambda carry: jnp.any(carry[1]), one_round, (state, active))
    return state


def _gather(tree: State, index: jax.Array) -> State:
    return jax.tree.map(lambda leaf: jnp.take(leaf, index, axis=-1, mode="clip"), tree)


def _make_round(advance: Advance, constants: Constants, tile_lanes: int, keep_fraction: float) -> Callable:
    positions = jnp.arange(tile_lanes)

    def one_tile(k: jax.Array, carry: tuple) -> tuple:
        order, count, state, active = carry
        lanes = active.shape[0]
        index = lax.dynamic_slice(order, (k * tile_lanes,), (tile_lanes,))
        occupied = k * tile_lanes + positions < count
        tile_constants, tile_state = _gather(constants, index), _gather(state, index)
        keep = keep_fraction * jnp.sum(occupied)

        # A loop that tests after its body: every round makes progress with every active lane.
        def step(carry: tuple) -> tuple:
            state, active, _ = carry
            state, active = advance(tile_constants, state, active)
            return state, active, jnp.sum(active) > keep

        tile_state, tile_active, _ = lax.while_loop(
            lambda carry: carry[2], step, (tile_state, occupied, jnp.array(True))
        )
        # Places beyond the last active lane are given an index outside the batch, which a scatter drops.
        target = jnp.where(occupied, index, lanes)
        state = jax.tree.map(lambda whole, tile: whole.at[..., target].set(tile, mode="drop"), state, tile_state)
        return order, count, state, active.at[target].set(tile_active, mode="drop")

    def one_round(carry: tuple) -> tuple:
        state, active = carry
        order = jnp.nonzero(active, size=active.shape[0] + tile_lanes, fill_value=0)[0]
        count = jnp.sum(active)
        tiles = (count + tile_lanes - 1) // tile_lanes
        _, _, state, active = lax.fori_loop(0, tiles, one_tile, (order, count, state, active))
        return state, active

    return one_round
