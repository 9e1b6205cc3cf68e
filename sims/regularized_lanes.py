"""The KL-regularised tabular flow in the variables that its integrators step: one column ("lane") per problem.

With rewards centred at the most likely output and divided by their range `a`, `s_i = r_i - lambda ln(p_i / p0_i)` and
`tau = a t / |S|`, the flow (paper, Lemma 7) is `d theta_i / d tau = p_i (s_i - E_p s)`; the sum of `theta` is
conserved. A step that starts at the policy `p` is taken in `1 + x_i = exp(theta_i(start) - theta_i)`, so that

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
that only fill up the array have `log_initial = -inf`: they stay at `x = 0`, weigh nothing, and are left out of means
and maxima over outputs (`is_output`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims.linearly_implicit import linearly_implicit_step
from sims.runge_kutta import Position, dormand_prince_step


class Lanes(NamedTuple):
    """What stays fixed; `log_initial`, `reward` and `values` have shape `(outputs, lanes)`, the rest `(1, lanes)`.

    `reward` is the proxy reward, centred and scaled to unit range; `values` is the reward whose
    rise is awaited, minus its initial expectation; `increase` the rise; `coefficient` is `lambda / a`.
    """

    log_initial: jax.Array
    reward: jax.Array
    values: jax.Array
    increase: jax.Array
    coefficient: jax.Array


class Snapshot(NamedTuple):
    """Everything about one policy that steps, events and error measures use; `log_ratio` is `ln(p / p0)`.

    `drift` is `sum_i p_i d theta_i / d tau`; `gain` is the rise of the awaited expectation, `gain_rate` and
    `gain_curvature` its derivatives by `tau`; `value_spread` its mean absolute deviation.
    """

    log_ratio: jax.Array
    policy: jax.Array
    most_likely: jax.Array
    centred: jax.Array
    advantage: jax.Array
    drift: jax.Array
    gain: jax.Array
    gain_rate: jax.Array
    gain_curvature: jax.Array
    value_spread: jax.Array


def total(array: jax.Array) -> jax.Array:
    """The sum over outputs, shape `(1, lanes)`."""
    return jnp.sum(array, axis=0, keepdims=True)


def is_output(lanes: Lanes) -> jax.Array:
    """One where a lane has an output, zero where a place only fills up the array; shape `(outputs, lanes)`."""
    return (lanes.log_initial > -jnp.inf).astype(lanes.log_initial.dtype)


def take_snapshot(lanes: Lanes, log_ratio: jax.Array) -> Snapshot:
    """The quantities at a policy `p0 exp(log_ratio)`, which is normalised first (rounding drifts from it otherwise)."""
    initial = jnp.exp(lanes.log_initial)
    log_ratio = log_ratio - jnp.log1p(total(initial * jnp.expm1(log_ratio)))
    policy = initial * jnp.exp(log_ratio)
    outputs = jnp.arange(policy.shape[0])[:, None]
    most_likely = (outputs == jnp.argmax(policy, axis=0)[None, :]).astype(policy.dtype)
    # Differences to the most likely output keep their digits where a mean would agree with it to twelve digits.
    centred = lanes.reward - lanes.coefficient * log_ratio
    centred = centred - total(most_likely * centred)
    advantage = centred - total(policy * centred)
    gradient = policy * advantage
    drift = total(policy * gradient)
    velocity = gradient - drift  # d ln p / d tau
    values = lanes.values - total(most_likely * lanes.values)
    advantage_rate = -lanes.coefficient * velocity
    advantage_rate = advantage_rate - total(policy * velocity * advantage) - total(policy * advantage_rate)
    gradient_rate = policy * (velocity * advantage + advantage_rate)
    drift_rate = total(policy * (velocity * gradient + gradient_rate))
    return Snapshot(
        log_ratio=log_ratio,
        policy=policy,
        most_likely=most_likely,
        centred=centred,
        advantage=advantage,
        drift=drift,
        gain=total(initial * lanes.values * jnp.expm1(log_ratio)),
        gain_rate=total(policy * values * velocity),
        gain_curvature=total(policy * values * (velocity**2 + gradient_rate - drift_rate)),
        value_spread=total(policy * jnp.abs(values - total(policy * values))),
    )


def step_velocity(lanes: Lanes, start: Snapshot) -> Callable[[jax.Array], Position]:
    """The right-hand side `x -> (dx / dA, d tau / dA)` of a step that begins at `start`; NaN once some `x <= -1`."""
    outputs = total(is_output(lanes))

    def velocity(position: jax.Array) -> Position:
        weight = start.policy / (1 + position)
        normalizer = total(weight)
        log_inverse = jnp.log1p(position)
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
        log_inverse = jnp.log1p(position)
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
    """The outcome of one attempted step: `log_ratio` `(outputs, lanes)`, the rest `(1, lanes)`.

    `duration` in `tau`; `rate` is `d tau` by the clock of the step at its end (one at its start);
    `error` and `movement` the largest estimated error and the largest change of any `ln p`; `duration_error` the
    estimated error of `duration`.
    """

    log_ratio: jax.Array
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
    log_inverse = jnp.log1p(position)
    change = present * (-log_inverse - jnp.log1p(-total(weight * position)))
    relative = error / (1 + position)
    relative = present * (relative - total(weight * relative) / normalizer)
    return Attempt(
        log_ratio=start.log_ratio + change,
        duration=duration,
        rate=jnp.ones_like(step) if columns else normalizer * jnp.exp(total(log_inverse) / total(present)),
        error=jnp.max(jnp.abs(relative), axis=0, keepdims=True),
        movement=jnp.max(jnp.abs(change), axis=0, keepdims=True),
        duration_error=jnp.abs(duration_error),
    )
