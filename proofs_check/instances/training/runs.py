"""Runs of training in steps: gradient ascent, its signs, standardised groups; each step written out again."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax

from proofs_check.instances.draws import log_uniform
from proofs_check.instances.tabular_families import Family
from theory.arrays import AnyArray
from theory.compilation import compiled_sooner
from theory.instances.runs import RUN_GROUP, RUN_STEPS, RunInstance
from theory.tabular.problem import Problem

SHORTEST, LONGEST = 1e-3, 1e3
"""Of the steps of a run, in units of the flow's time."""

Changes: TypeAlias = tuple[jax.Array, jax.Array, jax.Array]
"""Of the logits, by gradient ascent, by signs, by standardised groups."""


def _gradient(problem: Problem, logits: AnyArray) -> jax.Array:
    """Lemma 7 without KL, written out again."""
    policy = jnp.exp(log_softmax(logits, axis=-1))
    best = jnp.argmax(policy, axis=-1, keepdims=True)
    gap = problem.proxy_reward - jnp.take_along_axis(jnp.asarray(problem.proxy_reward), best, axis=-1)
    return policy * (gap - jnp.sum(policy * gap, axis=-1, keepdims=True))


def _standardised(problem: Problem, samples: AnyArray, epsilon: AnyArray) -> jax.Array:
    """`g_y`: the advantages of a group's samples over their standard deviation, added up by output, over its size."""
    rewards = jnp.take_along_axis(jnp.asarray(problem.proxy_reward), samples, axis=-1)
    # Centred at one of them first: the mean of rewards that nearly agree is rounded by as much as they differ.
    gaps = rewards - rewards[..., :1]
    centred = gaps - jnp.mean(gaps, axis=-1, keepdims=True)
    spread = jnp.sqrt(jnp.mean(centred**2, axis=-1, keepdims=True))
    equal = jnp.max(rewards, axis=-1, keepdims=True) == jnp.min(rewards, axis=-1, keepdims=True)
    advantages = jnp.where(equal, 0.0, centred / jnp.where(equal, 1.0, spread + epsilon[:, None]))
    drawn = jax.nn.one_hot(samples, problem.outputs)
    return jnp.sum(advantages[..., None] * drawn, axis=-2) / samples.shape[-1]


@compiled_sooner()
def _ends(problem: Problem, step_sizes: AnyArray, samples: AnyArray, epsilon: AnyArray) -> tuple[AnyArray, ...]:
    share, start = 1 / jnp.asarray(problem.prompts)[:, None], jnp.asarray(problem.initial_log_probabilities)

    def step(change: Changes, here: tuple[jax.Array, jax.Array]) -> tuple[Changes, None]:
        size, group = here[0][:, None], here[1]
        plain, signs, groups = change
        return (
            plain + size * share * _gradient(problem, start + plain),
            signs + size * jnp.sign(_gradient(problem, start + signs)),
            groups + size * share * _standardised(problem, group, epsilon),
        ), None

    order = (jnp.moveaxis(step_sizes, -1, 0), jnp.moveaxis(samples, -2, 0))
    nothing = jnp.zeros_like(start)
    return jax.lax.scan(step, (nothing, nothing, nothing), order)[0]


def take_steps(instance: RunInstance) -> RunInstance:
    """The batch with the changes of its runs filled in."""
    parts = (jnp.asarray(part) for part in (instance.step_sizes, instance.samples, instance.epsilon))
    plain, signs, groups = map(np.asarray, _ends(instance.problem, *parts))
    return replace(instance, change=plain, sign_change=signs, standardised_change=groups)


def run_instances(rng: np.random.Generator, family: Family) -> RunInstance:
    """Each problem of the family with random steps, some of them zero, and groups drawn from the initial policy or at
    random; not yet taken."""
    problem = family.problem
    count, outputs = problem.initial_log_probabilities.shape
    typical = log_uniform(rng, SHORTEST, LONGEST, (count, 1))
    sizes = typical * log_uniform(rng, 0.1, 10.0, (count, RUN_STEPS)) * (rng.random((count, RUN_STEPS)) < 0.8)
    mass = np.cumsum(np.exp(problem.initial_log_probabilities), axis=-1)
    likely = np.minimum(
        np.sum(rng.random((count, RUN_STEPS, RUN_GROUP, 1)) > mass[:, None, None], axis=-1), outputs - 1
    )
    anything = rng.integers(0, outputs, likely.shape)
    return RunInstance(
        problem=problem,
        step_sizes=np.minimum(sizes, LONGEST),
        samples=np.where(rng.random((count, 1, 1)) < 0.5, likely, anything),
        epsilon=log_uniform(rng, 1e-8, 1.0, count),
    )
