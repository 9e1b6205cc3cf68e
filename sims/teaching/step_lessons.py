"""Blocks of prompts taught by steps: gradient ascent, and the mean updates of sampled policy gradients."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Float, Int

from sims.teaching.group_integral import GroupIntegral, integral_advantages
from sims.teaching.measures import Lesson, Measures, measure
from sims.teaching.two_values import TwoValues, two_value_advantages
from theory.arrays import AnyArray

Advantages = TwoValues | GroupIntegral | None
"""What mean advantages are computed from; None where they are the rewards themselves."""


class StepRule(NamedTuple):
    """**Fields**: `step_size`; `gradient_share`, by how much the reward's gradient is scaled; `advantages`."""

    step_size: Float[AnyArray, ""]
    gradient_share: Float[AnyArray, ""]
    advantages: Advantages


class StepLesson(NamedTuple):
    """**Fields**: `measures`, as of `taught_by_flow`; `curve`, the truth's mean gain summed over prompts at every step
    from zero on, `(steps + 1, models)`; `reached`, the first step at which a prompt's truth had risen by each gain, -1
    if it had not, `(gains, models, block)`; `finite`, whether all numbers are."""

    measures: Measures
    curve: Float[AnyArray, "steps_and_start models"]
    reached: Int[AnyArray, "gains models block"]
    finite: AnyArray


class _Walk(NamedTuple):
    """`moved` is `theta - theta_0`, `(outputs, lanes)`: zero for ever where there is no output."""

    moved: jax.Array
    curve: jax.Array
    reached: jax.Array


def _policy(start: jax.Array, moved: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`pi` and `ln(pi / pi_0)`."""
    logits = start + moved
    largest = jnp.max(logits, axis=0, keepdims=True)
    weights = jnp.exp(logits - largest)
    total = jnp.sum(weights, axis=0, keepdims=True)
    return weights / total, moved - (largest + jnp.log(total))


def _advantages(rule: StepRule, policy: jax.Array, proxy: jax.Array, group_size: int) -> AnyArray:
    match rule.advantages:
        case TwoValues():
            return two_value_advantages(policy, rule.advantages)
        case GroupIntegral():
            return integral_advantages(policy, rule.advantages, group_size)
    return proxy


@partial(jax.jit, static_argnames=("last_step", "group_size"))
def taught_by_steps(
    lesson: Lesson,
    rule: StepRule,
    steps: Int[AnyArray, " times"],
    kept: Int[AnyArray, " kept"],
    gains: Float[AnyArray, " gains"],
    *,
    last_step: int,
    group_size: int,
) -> StepLesson:
    """The measures at the given steps, and the truth's gain at every step; the truth is the last judge.

    A step adds `step_size p (h - E h)`, `h = share advantage - lambda ln(pi / pi_0)`: the gradient (paper, Lemma 7) if
    the advantages are the rewards themselves.

    **Arguments**: `steps`, increasing, up to `last_step`; `kept`, as of `taught_by_flow`; `group_size`, where there are
    advantages.
    """
    start, proxy = lesson.start_lanes, lesson.lanes(lesson.proxy_reward)
    initial = jnp.exp(lesson.initial_log_probabilities)
    truth = lesson.judges[:, -1]
    truth = (truth - jnp.sum(initial * truth, axis=0, keepdims=True))[:, None]

    def watch(step: jax.Array, walk: _Walk, policy: jax.Array) -> _Walk:
        gain = jnp.sum(lesson.by_model(policy) * truth, axis=0)
        curve = walk.curve.at[step].set(jnp.sum(lesson.weight[None] * gain, axis=-1))
        first = (walk.reached < 0) & (gain[None] >= gains[:, None, None])
        return walk._replace(curve=curve, reached=jnp.where(first, step.astype(walk.reached.dtype), walk.reached))

    def one_step(step: jax.Array, walk: _Walk) -> _Walk:
        policy, log_ratio = _policy(start, walk.moved)
        walk = watch(step, walk, policy)
        driving = rule.gradient_share * _advantages(rule, policy, proxy, group_size)
        driving = driving - lesson.kl_coefficient * log_ratio
        centred = driving - jnp.sum(policy * driving, axis=0, keepdims=True)
        return walk._replace(moved=walk.moved + rule.step_size * policy * centred)

    def to_next(carry: tuple[jax.Array, _Walk], step: jax.Array) -> tuple[tuple[jax.Array, _Walk], Measures]:
        walk = lax.fori_loop(carry[0], step, one_step, carry[1])
        return (step, walk), measure(lesson, _policy(start, walk.moved)[0])

    models, block = lesson.proxy_reward.shape[1:]
    walk = _Walk(
        jnp.zeros_like(start),
        jnp.zeros((last_step + 1, models), start.dtype),
        jnp.full((len(gains), models, block), -1, jnp.int32),
    )
    (step, walk), measured = lax.scan(to_next, (jnp.asarray(0, steps.dtype), walk), jnp.asarray(steps))
    walk = watch(step, walk, _policy(start, walk.moved)[0])
    finite = jnp.all(jnp.isfinite(walk.moved))
    return StepLesson(measured._replace(expected=measured.expected[kept]), walk.curve, walk.reached, finite)
