"""The policy along the KL-regularised flow at given times, for one problem."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float
from scipy.special import log_softmax

from sims.exact_flow.curve_sums import padded_outputs
from sims.regularized_flow.lanes import (
    ROUNDING,
    FlowState,
    Lanes,
    attempt_step,
    moved_state,
    start_state,
    take_snapshot,
)
from sims.regularized_flow.step_control import COLUMNS, IMPLICIT_CAUTION, first_step, rounding_floor, step_change
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

MOST_ATTEMPTS = 20_000


class _Walk(NamedTuple):
    """Where the integration is; all but `state` are numbers. `state_error` and `delay` as in `steps`;
    `speed` is the largest `|d ln p / d tau|`."""

    state: FlowState
    step: jax.Array
    state_error: jax.Array
    delay: jax.Array
    speed: jax.Array
    attempts: jax.Array


def _attempt(lanes: Lanes, tolerance: jax.Array, carry: tuple[_Walk, jax.Array]) -> tuple[_Walk, jax.Array]:
    """One step, no longer than what is left of the duration; and what is left after it."""
    walk, left = carry
    taken = jnp.minimum(walk.step, left)
    start = take_snapshot(lanes, walk.state)
    result = attempt_step(lanes, start, taken, COLUMNS)
    floor = rounding_floor(lanes, start, taken, result.movement, COLUMNS)
    # Beyond what float64 holds of a logarithm nothing need be resolved: at the limit steps grow without end.
    ratio = result.error / (tolerance * result.movement + floor + ROUNDING)
    finite = jnp.all(jnp.isfinite(result.change)) & jnp.isfinite(ratio)
    ratio = jnp.where(finite, ratio, jnp.inf)
    growth = step_change(ratio, COLUMNS)
    accepted = ratio <= 1
    # A step cut short to land on a requested time says nothing against the longer one.
    following = jnp.where(accepted, jnp.maximum(taken * growth, walk.step * (taken < walk.step)), taken * growth)
    end = take_snapshot(lanes, moved_state(lanes, walk.state, jnp.where(finite, result.change, 0.0)))
    reported = IMPLICIT_CAUTION * (result.error + floor)
    delay = walk.delay + taken * reported / jnp.where(result.movement > 0, result.movement, 1.0)
    state_error = walk.state_error * jnp.minimum(end.speed / start.speed, 1.0) + reported
    gone = _Walk(end.state, following, state_error, delay, end.speed, walk.attempts)
    stayed = walk._replace(step=following)
    chosen = jax.tree.map(lambda new, old: jnp.where(accepted, new, old), gone, stayed)
    return chosen._replace(attempts=walk.attempts + 1), jnp.where(accepted, left - taken, left)


@jax.jit
def _follow(lanes: Lanes, durations: jax.Array, tolerance: jax.Array) -> tuple[AnyArray, jax.Array, jax.Array]:
    """`ln(p / p0)` after each of the consecutive `durations` (in `tau`), up to a constant; its estimated error; whether
    all of them were completed."""

    def one_duration(walk: _Walk, duration: jax.Array) -> tuple[_Walk, tuple[AnyArray, jax.Array, jax.Array]]:
        def going(carry: tuple[_Walk, jax.Array]) -> jax.Array:
            return (carry[1][0, 0] > 0) & (carry[0].attempts < MOST_ATTEMPTS)

        walk, left = lax.while_loop(going, partial(_attempt, lanes, tolerance), (walk, duration))
        error = walk.state_error + walk.delay * walk.speed
        return walk, (walk.state.log_ratio[:, 0], error[0, 0], left[0, 0] <= 0)

    start = take_snapshot(lanes, start_state(lanes))
    zero = jnp.zeros_like(lanes.coefficient)
    initial = _Walk(start.state, first_step(lanes, start), zero, zero, start.speed, jnp.asarray(0))
    _, (ratios, errors, done) = lax.scan(one_duration, initial, durations[:, None, None])
    return ratios, errors, jnp.all(done)


def regularized_log_probabilities(
    initial_log_probabilities: Float[AnyArray, " outputs"],
    proxy_reward: Float[AnyArray, " outputs"],
    prompts: float,
    kl_coefficient: float,
    times: Float[AnyArray, " times"],
    *,
    relative_tolerance: float = 1e-10,
) -> tuple[Float[np.ndarray, "times outputs"], Float[np.ndarray, " times"]]:
    """`ln pi(t)` along the KL-regularised flow (paper, Eq (4)) at the given times, by the linearly implicit method.

    **Arguments** (float64)

    - `initial_log_probabilities`: `ln pi(0)`, normalised; also the reference policy.
    - `proxy_reward`: `r_RM`, of any scale. `prompts`: `|S|`.
    - `kl_coefficient`: `lambda >= 0`, in units of `proxy_reward`.
    - `times`: nonnegative, nondecreasing.

    **Returns** float64 of shape `(times, outputs)`, normalised, and an estimate of its largest error at each time (of
    any `ln pi`, in nats), shape `(times,)`.

    **Raises** `InvalidInputError` if the times decrease or are negative; `RuntimeError` if they lie beyond what
    20,000 steps reach.
    """
    initial_log_probabilities = np.array(initial_log_probabilities, np.float64)
    proxy = np.array(proxy_reward, np.float64)
    times = np.asarray(times, np.float64)
    durations = np.diff(times, prepend=0.0)
    if not (np.isfinite(times).all() and (durations >= 0).all()):
        raise InvalidInputError("times", times[:3].tolist(), "Give finite, nonnegative times in nondecreasing order.")
    spread = float(np.ptp(proxy))
    if spread == 0:
        return np.tile(initial_log_probabilities, (len(times), 1)), np.zeros(len(times))
    size = 2.0 ** np.floor(np.log2(spread))
    outputs = padded_outputs(len(proxy))
    # Places without an output fill up the array, so that few shapes are compiled.
    places = (0, outputs - len(proxy))
    with jax.enable_x64(True):
        column, nothing = jnp.zeros((outputs, 1)), jnp.zeros((1, 1))
        lanes = Lanes(
            initial_log_probabilities=jnp.asarray(
                np.pad(initial_log_probabilities, places, constant_values=-np.inf)[:, None]
            ),
            proxy_reward=jnp.asarray(np.pad(proxy / size, places, "edge")[:, None]),
            watched_reward=column,
            gaps=column,
            gap_error=nothing,
            increase=nothing,
            limit_gap=nothing,
            limit_error=nothing,
            coefficient=jnp.full((1, 1), kl_coefficient / size),
        )
        scaled = jnp.asarray(durations * (size / prompts))
        ratios, errors, done = _follow(lanes, scaled, jnp.asarray(relative_tolerance))
        if not bool(done):
            raise RuntimeError(f"The flow could not be followed to time {times[-1]:g} in {MOST_ATTEMPTS} steps.")
    path = np.asarray(
        log_softmax(initial_log_probabilities + np.asarray(ratios)[:, : len(initial_log_probabilities)], axis=-1)
    )
    # What float64 itself rounds off a logarithm.
    rounding = 4 * np.finfo(np.float64).eps * np.abs(path).max(axis=-1)
    return path, np.where(times > 0, np.asarray(errors) + rounding, 0.0)
