"""The policy along the KL-regularised flow at given times, for one problem."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float

from sims.curve_sums import padded_outputs
from sims.regularized_lanes import Lanes, attempt_step, take_snapshot
from sims.regularized_steps import first_step, rounding_floor
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

COLUMNS = 10
MOST_ATTEMPTS = 20_000


@jax.jit
def _follow(lanes: Lanes, durations: jax.Array, tolerance: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`ln(p / p0)` after each of the consecutive `durations` (in `tau`); whether all of them were completed."""
    order = COLUMNS - 1

    def one_duration(carry: tuple, duration: jax.Array) -> tuple[tuple, tuple[jax.Array, jax.Array]]:
        def going(state: tuple) -> jax.Array:
            _, left, _, attempts = state
            return (left[0, 0] > 0) & (attempts < MOST_ATTEMPTS)

        def attempt(state: tuple) -> tuple:
            log_ratio, left, step, attempts = state
            taken = jnp.minimum(step, left)
            start = take_snapshot(lanes, log_ratio)
            result = attempt_step(lanes, start, taken, COLUMNS)
            floor = rounding_floor(lanes, start, taken, result.movement, COLUMNS)
            ratio = result.error / (tolerance * result.movement + floor)
            finite = jnp.all(jnp.isfinite(result.log_ratio)) & jnp.isfinite(ratio)
            ratio = jnp.where(finite, ratio, jnp.inf)
            growth = jnp.clip(0.9 * jnp.maximum(ratio, 1e-30) ** (-1 / order), 0.1, 8.0)
            accepted = ratio <= 1
            # A step cut short to land on a requested time says nothing against the longer one.
            following = jnp.where(accepted, jnp.maximum(taken * growth, step * (taken < step)), taken * growth)
            end = take_snapshot(lanes, jnp.where(finite, result.log_ratio, log_ratio)).log_ratio
            return (
                jnp.where(accepted, end, log_ratio),
                jnp.where(accepted, left - taken, left),
                following,
                attempts + 1,
            )

        log_ratio, step, attempts = carry
        log_ratio, left, step, attempts = lax.while_loop(going, attempt, (log_ratio, duration, step, attempts))
        return (log_ratio, step, attempts), (log_ratio[:, 0], left[0, 0] <= 0)

    start = take_snapshot(lanes, jnp.zeros_like(lanes.log_initial))
    initial = (start.log_ratio, first_step(lanes, start), jnp.asarray(0))
    _, (ratios, done) = lax.scan(one_duration, initial, durations[:, None, None])
    return ratios, jnp.all(done)


def regularized_log_probabilities(
    initial_log_probabilities: Float[AnyArray, " outputs"],
    proxy_reward: Float[AnyArray, " outputs"],
    prompts: float,
    kl_coefficient: float,
    times: Float[AnyArray, " times"],
    *,
    relative_tolerance: float = 1e-10,
) -> Float[np.ndarray, "times outputs"]:
    """`ln pi(t)` along the KL-regularised flow (paper, Eq (4)) at the given times, by the linearly implicit method.

    **Arguments** (float64)

    - `initial_log_probabilities`: `ln pi(0)`, normalised; also the reference policy.
    - `proxy_reward`: `r_RM`, of any scale. `prompts`: `|S|`.
    - `kl_coefficient`: `lambda >= 0`, in units of `proxy_reward`.
    - `times`: nonnegative, nondecreasing.

    **Returns** shape `(times, outputs)`, float64.

    **Raises** `InvalidInputError` if the times decrease or are negative; `RuntimeError` if they lie beyond what
    20,000 steps reach.
    """
    log_initial = np.array(initial_log_probabilities, np.float64)
    proxy = np.array(proxy_reward, np.float64)
    proxy -= proxy[np.argmax(log_initial)]
    times = np.asarray(times, np.float64)
    durations = np.diff(times, prepend=0.0)
    if not (np.isfinite(times).all() and (durations >= 0).all()):
        raise InvalidInputError("times", times[:3].tolist(), "Give finite, nonnegative times in nondecreasing order.")
    spread = float(np.ptp(proxy))
    if spread == 0:
        return np.tile(log_initial, (len(times), 1))
    outputs = padded_outputs(len(proxy))
    # Places without an output fill up the array, so that few shapes are compiled.
    places = (0, outputs - len(proxy))
    with jax.enable_x64(True):
        lanes = Lanes(
            jnp.asarray(np.pad(log_initial, places, constant_values=-np.inf)[:, None]),
            jnp.asarray(np.pad(proxy / spread, places, "edge")[:, None]),
            jnp.zeros((outputs, 1)),
            jnp.zeros((1, 1)),
            jnp.full((1, 1), kl_coefficient / spread),
        )
        ratios, done = _follow(lanes, jnp.asarray(durations * (spread / prompts)), jnp.asarray(relative_tolerance))
        if not bool(done):
            raise RuntimeError(f"The flow could not be followed to time {times[-1]:g} in {MOST_ATTEMPTS} steps.")
        return log_initial + np.asarray(ratios)[:, : len(log_initial)]
