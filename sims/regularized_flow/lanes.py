"""The KL-regularised tabular flow in the variables that its integrators step: one column ("lane") per problem.

With rewards divided by their range `a` (rounded to a power of two, so that no digit is lost),
`s_i = r_i - lambda ln(p_i / p0_i)` and `tau = a t / |S|`, the flow (paper, Lemma 7) is
`d theta_i / d tau = p_i (s_i - E_p s)`; the sum of `theta` is conserved. A step that starts at the policy `p` is taken
in `1 + x_i = exp(theta_i(start) - theta_i)`, so that

    q_i = p_i / (1 + x_i) / Z,      Z = sum_j p_j / (1 + x_j),      sum_i ln(1 + x_i) = 0

is the current policy, and in the clock `dA = d tau / Z`. With `sigma_i = s_i(start) + lambda ln(1 + x_i)`, `beta = E_q
sigma`:

    d x_i / dA = -p_i (sigma_i - beta) e^m,      d tau / dA = Z e^m,      m = mean_i ln(1 + x_i) = 0.

(ours; for `lambda = 0` the same clock makes the flow integrable: reciprocal probabilities of outputs that grow from
nothing fall along straight lines, whereas their logits blow up hyperbolically.) The factor `e^m`, one on the exact
flow, makes the equations equivariant under a common factor of all `1 + x_i`, which changes no policy: rounding errors
along that direction then change no time either. This is what the explicit method steps.

A common factor that varies in time is free to choose (a gauge), and so is the clock. On a quasi-equilibrium the gauge
above makes the likely outputs move together although their probabilities rest, which costs a stiff method its order
(measured: 10 times the steps). The implicit method therefore steps the gauge with `Z = 1`, in which
`1 + x_i = p_i / q_i`, directly in `tau`:

    d x_i / d tau = drift (1 + x_i) - p_i (sigma_i - beta) / Z,      drift = sum_j q_j^2 (sigma_j - beta).

The stiff part of its Jacobian at `x = 0` is a diagonal plus one outer product, `-lambda diag(p) + p c^T` with
`c = p (lambda - s + E_p s)`, hence linear solves in `O(outputs)`.

Lane layout: arrays over outputs have shape `(outputs, lanes)`, scalars of a lane `(1, lanes)`; float64. Places
that only fill up the array have `initial_log_probabilities = -inf`: they stay at `x = 0`, weigh nothing, and are left
out of means and maxima over outputs (`is_output`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims.double_double import two_sum
from sims.regularized_flow.linearly_implicit import linearly_implicit_step
from sims.regularized_flow.logarithm import log1p
from sims.regularized_flow.runge_kutta import Position, dormand_prince_step
from theory.arrays import AnyArray

ROUNDING = 2.0**-52


class Lanes(NamedTuple):
    """What stays fixed: `initial_log_probabilities`, `proxy_reward`, `watched_reward` and `gaps` have the shape
    `(outputs, lanes)`, the rest `(1, lanes)`.

    `proxy_reward`, which drives the flow, is as given times a power of two; `watched_reward` is the one whose rise is
    awaited; `gaps` is that less the target, and `limit_gap` the gap of its expectation in the limit
    (`sims.target_gaps`), with bounds on their absolute errors; `increase` is the rise that is awaited; `coefficient`
    is `lambda` in the scale of `proxy_reward`.
    """

    initial_log_probabilities: jax.Array
    proxy_reward: jax.Array
    watched_reward: jax.Array
    gaps: jax.Array
    gap_error: jax.Array
    increase: jax.Array
    limit_gap: jax.Array
    limit_error: jax.Array
    coefficient: jax.Array


class FlowState(NamedTuple):
    """A point of the flow, shape `(outputs, lanes)`: `log_ratio` is `ln(p / p0)` up to a constant, `residual` is
    `r - lambda ln(p / p0)` up to a constant; each with the digits that float64 rounds off (`sims.double_double`).

    Near its limit the flow is driven by differences of residuals that are tiny beside the two terms they come from.
    Summed up step by step with all digits, they keep a relative precision however close the limit is.
    """

    log_ratio: AnyArray
    log_ratio_low: AnyArray
    residual: AnyArray
    residual_low: AnyArray


def start_state(lanes: Lanes) -> FlowState:
    """The initial policy."""
    nothing = jnp.zeros_like(lanes.proxy_reward)
    return FlowState(nothing, nothing, lanes.proxy_reward, nothing)


def moved_state(lanes: Lanes, state: FlowState, change: jax.Array) -> FlowState:
    """The state after `ln p` has changed, by `change` up to a constant."""
    log_ratio, lost = two_sum(state.log_ratio, change)
    residual, residual_lost = two_sum(state.residual, -lanes.coefficient * change)
    return FlowState(log_ratio, state.log_ratio_low + lost, residual, state.residual_low + residual_lost)


class Snapshot(NamedTuple):
    """Everything about one policy that steps, events and error measures use.

    `centred` are the differences of residuals to the most likely output's, `advantage` those to their mean; `drift` is
    `sum_i p_i d theta_i / d tau`; `speed` the largest `|d ln p / d tau|`. `gap` is the awaited expectation less its
    target, `gap_error` what rounding may have changed it by, `gain_rate` and `gain_curvature` its derivatives by `tau`;
    `watched_spread` its mean absolute deviation.
    """

    state: FlowState
    policy: jax.Array
    most_likely: jax.Array
    centred: jax.Array
    advantage: jax.Array
    drift: jax.Array
    speed: jax.Array
    gap: jax.Array
    gap_error: jax.Array
    gain_rate: jax.Array
    gain_curvature: jax.Array
    watched_spread: jax.Array


def total(array: jax.Array) -> jax.Array:
    """The sum over outputs, shape `(1, lanes)`."""
    return jnp.sum(array, axis=0, keepdims=True)


def is_output(lanes: Lanes) -> jax.Array:
    """One where a lane has an output, zero where a place only fills up the array; shape `(outputs, lanes)`."""
    return (lanes.initial_log_probabilities > -jnp.inf).astype(lanes.initial_log_probabilities.dtype)


def take_snapshot(lanes: Lanes, state: FlowState) -> Snapshot:
    """The quantities at a point of the flow."""
    weight = jnp.exp(lanes.initial_log_probabilities + state.log_ratio) * (1 + state.log_ratio_low)
    policy = weight / total(weight)
    outputs = jnp.arange(policy.shape[0])[:, None]
    most_likely = (outputs == jnp.argmax(policy, axis=0)[None, :]).astype(policy.dtype)
    # Differences to the most likely output keep their digits where a mean would agree with it to twelve digits.
    difference, lost = two_sum(state.residual, -total(most_likely * state.residual))
    centred = difference + (lost + (state.residual_low - total(most_likely * state.residual_low)))
    advantage = centred - total(policy * centred)
    gradient = policy * advantage
    drift = total(policy * gradient)
    velocity = gradient - drift  # d ln p / d tau
    watched = lanes.watched_reward - total(most_likely * lanes.watched_reward)
    advantage_rate = -lanes.coefficient * velocity
    advantage_rate = advantage_rate - total(policy * velocity * advantage) - total(policy * advantage_rate)
    gradient_rate = policy * (velocity * advantage + advantage_rate)
    drift_rate = total(policy * (velocity * gradient + gradient_rate))
    gap, gap_error = _gap_to_target(lanes, state, policy, most_likely, centred, watched)
    return Snapshot(
        state=state,
        policy=policy,
        most_likely=most_likely,
        centred=centred,
        advantage=advantage,
        drift=drift,
        speed=jnp.max(is_output(lanes) * jnp.abs(velocity), axis=0, keepdims=True),
        gap=gap,
        gap_error=gap_error,
        gain_rate=total(policy * watched * velocity),
        gain_curvature=total(policy * watched * (velocity**2 + gradient_rate - drift_rate)),
        watched_spread=total(policy * jnp.abs(watched - total(policy * watched))),
    )


def _gap_to_target(
    lanes: Lanes,
    state: FlowState,
    policy: jax.Array,
    most_likely: jax.Array,
    centred: jax.Array,
    watched: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """The awaited expectation less its target, and its rounding error: the best of three sums.

    From the most likely output, which is all there is in the limit of a small `lambda`; or from a policy nearby whose
    gap is known, the initial one or the Gibbs policy. With `e_i = p'_i / p_i - 1` for that policy `p'` up to a common
    factor, the expectation differs from its own by `sum_i (p_i - p'_i) values_i = sum_i p_i (E_p[e] - e_i) values_i /
    (1 + E_p[e])`, in which everything is as small as the distance.
    """
    own = total(most_likely * lanes.gaps)
    near = own + total(policy * watched)
    near_error = 4 * ROUNDING * (jnp.abs(own) + total(policy * jnp.abs(watched))) + lanes.gap_error
    moved = state.log_ratio - total(most_likely * state.log_ratio)
    moved = moved + (state.log_ratio_low - total(most_likely * state.log_ratio_low))
    to_go = centred / lanes.coefficient
    from_start = ~(total(policy * jnp.abs(to_go)) < total(policy * jnp.abs(moved)))
    excess = jnp.expm1(jnp.clip(jnp.where(from_start, -moved, to_go), -700.0, 700.0))
    known = jnp.where(from_start, -lanes.increase, lanes.limit_gap)
    mean = total(policy * excess)
    terms = policy * (mean - excess) / (1 + mean) * watched
    far = known + total(terms)
    far_error = 8 * ROUNDING * (jnp.abs(known) + total(jnp.abs(terms))) + jnp.where(from_start, 0.0, lanes.limit_error)
    better = far_error < near_error
    return jnp.where(better, far, near), jnp.where(better, far_error, near_error)


def step_velocity(lanes: Lanes, start: Snapshot) -> Callable[[jax.Array], Position]:
    """The right-hand side `x -> (dx / dA, d tau / dA)` of a step that begins at `start`; NaN once some `x <= -1`."""
    outputs = total(is_output(lanes))

    def velocity(position: jax.Array) -> Position:
        weight = start.policy / (1 + position)
        normalizer = total(weight)
        log_inverse = log1p(position)
        shifted = start.centred + lanes.coefficient * (log_inverse - total(start.most_likely * log_inverse))
        mean = total(weight * shifted) / normalizer
        gauge = jnp.exp(total(log_inverse) / outputs)
        return -start.policy * (shifted - mean) * gauge, normalizer * gauge

    return velocity


def normalized_velocity(lanes: Lanes, start: Snapshot) -> Callable[[jax.Array], jax.Array]:
    """The right-hand side `x -> dx / d tau` in the gauge that keeps `Z = 1`, in which outputs at rest have `x = 0`."""
    present = is_output(lanes)

    def velocity(position: jax.Array) -> jax.Array:
        weight = start.policy / (1 + position)
        normalizer = total(weight)
        log_inverse = log1p(position)
        shifted = start.centred + lanes.coefficient * (log_inverse - total(start.most_likely * log_inverse))
        advantage = shifted - total(weight * shifted) / normalizer
        drift = total(weight**2 * advantage) / normalizer**2
        return drift * (present + position) - start.policy * advantage / normalizer

    return velocity


def step_solver(lanes: Lanes, start: Snapshot) -> Callable[[jax.Array], Callable[[jax.Array], jax.Array]]:
    """`h -> (b -> (I - h J)^-1 b)`, with the stiff part of the Jacobian at `x = 0`: `J = -lambda diag(p) + p c^T`.

    By the Sherman-Morrison formula: `O(outputs)`. Extrapolation keeps its order with any fixed `J`.
    """
    policy, advantage = start.policy, start.advantage
    row = policy * (lanes.coefficient - advantage)

    def make_solver(step: jax.Array) -> Callable[[jax.Array], jax.Array]:
        inverse = 1 / (1 + step * lanes.coefficient * policy)
        # 1 - h c^T D^-1 p, written so that nothing cancels when stiff.
        determinant = total(policy * (1 + step * policy * advantage) * inverse)

        def solve(right: jax.Array) -> jax.Array:
            scaled = right * inverse
            return scaled + inverse * policy * (step * total(row * scaled) / determinant)

        return solve

    return make_solver


class Attempt(NamedTuple):
    """The outcome of one attempted step: `change` of `ln p`, up to a constant, `(outputs, lanes)`, the rest
    `(1, lanes)`.

    `duration` in `tau`; `rate` is `d tau` by the clock of the step at its end (one at its start);
    `error` and `movement` the largest estimated error and the largest change of any `ln p`; `duration_error` the
    estimated error of `duration`.
    """

    change: jax.Array
    duration: jax.Array
    rate: jax.Array
    error: jax.Array
    movement: jax.Array
    duration_error: jax.Array


def attempt_step(lanes: Lanes, start: Snapshot, step: jax.Array, columns: int) -> Attempt:
    """One step of length `step`: explicit (in `A`) if `columns == 0`, else linearly implicit (in `tau`)."""
    first = -start.policy * start.advantage
    present = is_output(lanes)
    if columns:
        velocity = normalized_velocity(lanes, start)
        position, error = linearly_implicit_step(
            velocity, step_solver(lanes, start), first + start.drift * present, step, columns
        )
        duration, duration_error = step, jnp.zeros_like(step)
    else:
        end, errors = dormand_prince_step(step_velocity(lanes, start), (first, jnp.ones_like(step)), step)
        (position, duration), (error, duration_error) = end, errors
    weight = start.policy / (1 + position)
    normalizer = total(weight)
    log_inverse = log1p(position)
    change = present * (-log_inverse - log1p(-total(weight * position)))
    relative = error / (1 + position)
    relative = present * (relative - total(weight * relative) / normalizer)
    return Attempt(
        change=change,
        duration=duration,
        rate=jnp.ones_like(step) if columns else normalizer * jnp.exp(total(log_inverse) / total(present)),
        error=jnp.max(jnp.abs(relative), axis=0, keepdims=True),
        movement=jnp.max(jnp.abs(change), axis=0, keepdims=True),
        duration_error=jnp.abs(duration_error),
    )
