"""Lane compaction: many independent iterations of very different lengths, without waiting for the longest.

A *lane* is one problem of a batch; it is the last axis of every array here. Advancing a whole batch in lock-step until
its slowest lane is done wastes most of the work (in batches of hitting-time problems the longest lane takes 25 times
the mean). `run_compacted` therefore advances a tile of a fixed number of lanes, small enough for the processor's cache,
and gives the places of lanes that are done to lanes that wait, some at a time. Everything happens inside one compiled
computation of fixed shapes, with loops of data-dependent length, so that it compiles once per shape of the batch and
runs alike on any device. Every leaf of a lane's data costs a gather or a scatter to compile: keep them few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

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
    - `keep_fraction`: lanes that wait are given places once at most this fraction of the tile is active.

    **Returns** the final state.
    """
    lanes = active.shape[0]
    tile_lanes = min(tile_lanes, lanes)
    slots = jnp.arange(tile_lanes)
    end = jnp.max(jnp.where(active, jnp.arange(lanes) + 1, 0))

    def refill(tile: _Tile) -> _Tile:
        """Takes back the lanes that are done, and begins as many that wait."""
        free = ~tile.active
        # Places without a lane that is done are given an index outside the batch, which a scatter drops.
        target = jnp.where(tile.occupied & free, tile.number, lanes)
        whole = jax.tree.map(lambda all_, own: all_.at[..., target].set(own, mode="drop"), tile.whole, tile.state)
        next_lane = tile.following + jnp.sum(free[:, None] & (slots[:, None] < slots[None]), axis=0)
        begun = free & (next_lane < end)
        number = jnp.where(begun, next_lane, tile.number)
        first = jnp.minimum(tile.following, lanes - tile_lanes)

        def begin(all_: AnyArray, own: AnyArray) -> jax.Array:
            # The next lanes lie side by side: they are read at once, and only then distributed over the free places.
            following = lax.optimization_barrier(lax.dynamic_slice_in_dim(all_, first, tile_lanes, -1))
            given = jnp.take(following, next_lane - first, -1, mode="clip")
            return jnp.where(jnp.expand_dims(begun, range(own.ndim - 1)), given, own)

        return _Tile(
            number=number,
            occupied=begun | tile.active,
            active=begin(active, tile.active),
            constants=jax.tree.map(begin, constants, tile.constants),
            state=jax.tree.map(begin, whole, tile.state),
            following=tile.following + jnp.sum(begun),
            whole=whole,
        )

    def one_round(tile: _Tile) -> _Tile:
        tile = refill(tile)
        keep = jnp.where(tile.following < end, keep_fraction * tile_lanes, 0.0)

        def step(carry: tuple) -> tuple:
            return advance(tile.constants, *carry)

        own, still = lax.while_loop(lambda carry: jnp.sum(carry[1]) > keep, step, (tile.state, tile.active))
        return tile._replace(state=own, active=still)

    own_constants, own_state = jax.tree.map(lambda leaf: jnp.asarray(leaf[..., :tile_lanes]), (constants, state))
    none = jnp.zeros(tile_lanes, bool)
    whole = jax.tree.map(jnp.asarray, state)
    tile = _Tile(slots, none, none, own_constants, own_state, jnp.zeros_like(end), whole)
    return lax.while_loop(lambda tile: jnp.any(tile.occupied) | (tile.following < end), one_round, tile).whole


class _Tile(NamedTuple):
    """The lanes that are advanced together, shape `(tile lanes,)`: whose `number` is that in the batch, if the place
    is `occupied`; `following` is the next lane to begin, and `whole` the state of all lanes."""

    number: jax.Array
    occupied: jax.Array
    active: jax.Array
    constants: Any
    state: Any
    following: jax.Array
    whole: Any
