"""The data of lanes in few arrays: a lane that waits is gathered once, and one that is done is scattered once.

Arrays over outputs are stacked in front, single numbers of a lane are rows; flags are one or zero, counts whole.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float

from sims.regularized_flow.lanes import FlowState, Lanes, Snapshot
from theory.arrays import AnyArray


class LaneData(NamedTuple):
    """**Fields**, float64: `columns`, shape `(arrays, outputs, lanes)`; `numbers`, `(numbers, lanes)`."""

    columns: Float[AnyArray, "arrays outputs lanes"]
    numbers: Float[AnyArray, "numbers lanes"]


class Limits(NamedTuple):
    """**Fields**, shape `(1, lanes)`: `attempts`, after which a lane stops for now; `time`, in `tau`, at which it
    stops for good."""

    attempts: AnyArray
    time: AnyArray


class Progress(NamedTuple):
    """What a lane has behind it, shape `(1, lanes)`: JAX's arrays inside the steps, NumPy's outside.

    `time` in `tau`, `step` in the clock of the method; `time_error` accumulates delays, `state_error` local errors of
    `ln p`, which shrink as the flow slows down towards its limit; `safe_time`: up to here the target was certainly not
    reached; `doubtful`: a maximum was let pass that touches the target up to rounding; `code` is a `Status`, `RUNNING`
    or `STIFF` (`sims.regularized_flow.steps`).
    """

    time: Any
    step: Any
    time_error: Any
    state_error: Any
    relative_error: Any
    safe_time: Any
    doubtful: Any
    attempts: Any
    evaluations: Any
    code: Any


_FIXED = ("initial_log_probabilities", "proxy_reward", "watched_reward", "gaps")
_FIXED_NUMBERS = tuple(name for name in Lanes._fields if name not in _FIXED)
_MOVING = ("policy", "most_likely", "centred", "advantage")
_MOVING_NUMBERS = tuple(name for name in Snapshot._fields if name not in ("state", *_MOVING))
_KINDS = {"doubtful": bool, "attempts": np.int64, "evaluations": np.int64, "code": np.int8}
CODE = len(_MOVING_NUMBERS) + Progress._fields.index("code")
"""The row of `LaneData.numbers` in which the code of a moving lane stands."""


def chosen_lanes(lanes: Lanes, numbers: np.ndarray) -> Lanes:
    """Some of the lanes, of NumPy arrays."""
    return jax.tree.map(lambda array: np.take(array, numbers, axis=1), lanes)


def fixed_data(lanes: Lanes, limits: Limits) -> LaneData:
    """What stays fixed of the lanes; of NumPy arrays, NumPy arrays."""
    columns = np.stack([getattr(lanes, name) for name in _FIXED])
    return LaneData(columns, np.concatenate([*(getattr(lanes, name) for name in _FIXED_NUMBERS), *limits]))


def read_fixed(data: LaneData) -> tuple[Lanes, Limits]:
    """`fixed_data` taken apart."""
    rows = [row[None] for row in data.numbers]
    lanes = Lanes(**dict(zip(_FIXED, data.columns, strict=True)), **dict(zip(_FIXED_NUMBERS, rows, strict=False)))
    return lanes, Limits(*rows[len(_FIXED_NUMBERS) :])


def moving_data(progress: Progress, now: Snapshot) -> LaneData:
    """What moves of the lanes (traceable)."""
    # A barrier: XLA would otherwise compute what several rows have in common afresh for each of them.
    progress, now = lax.optimization_barrier((progress, now))
    columns = jnp.stack([*now.state, *(getattr(now, name) for name in _MOVING)])
    numbers = [*(getattr(now, name) for name in _MOVING_NUMBERS), *progress]
    return LaneData(columns, jnp.concatenate([row.astype(columns.dtype) for row in numbers]))


def read_moving(data: LaneData) -> tuple[Progress, Snapshot]:
    """`moving_data` taken apart."""
    state = FlowState(*data.columns[: len(FlowState._fields)])
    columns = dict(zip(_MOVING, data.columns[len(state) :], strict=True))
    rows = [row[None] for row in data.numbers]
    now = Snapshot(state=state, **columns, **dict(zip(_MOVING_NUMBERS, rows, strict=False)))
    return read_progress(data), now


def read_progress(data: LaneData) -> Progress:
    """The progress alone; of NumPy arrays, NumPy arrays."""
    rows = data.numbers[len(_MOVING_NUMBERS) :, None]
    return Progress(
        *(row.astype(_KINDS.get(name, row.dtype)) for name, row in zip(Progress._fields, rows, strict=True))
    )
