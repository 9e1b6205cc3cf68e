"""Instances on paths: where gradient flow is after some time, by an integrator independent of `sims`."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.problem_families import Family
from theory.arrays import AnyArray
from theory.instance import Instance
from theory.problem import Problem

STEPS = 200
LONGEST = 30.0
"""The longest time, in units of `|S|` over the range of the rewards (over `lambda`, if that is larger): 200 steps of it
make errors below 1e-6."""


def _velocity(problem: Problem, logits: AnyArray) -> AnyArray:
    """Lemma 7, written out again so that it is a second opinion on `theory`."""
    log_policy = jax.nn.log_softmax(logits, axis=-1)
    policy = jnp.exp(log_policy)
    regularized = problem.proxy_reward - jnp.asarray(problem.kl_coefficient)[:, None] * (
        log_policy - problem.initial_logits
    )
    mean = jnp.sum(policy * regularized, axis=-1, keepdims=True)
    return policy * (regularized - mean) / jnp.asarray(problem.prompts)[:, None]


@jax.jit
def _flow_logits(problem: Problem, elapsed: AnyArray) -> AnyArray:
    """`theta(t)` at `t = elapsed` by the classical Runge-Kutta method in the logits themselves."""
    step = elapsed[:, None] / STEPS

    def advance(_: AnyArray, logits: AnyArray) -> AnyArray:
        first = _velocity(problem, logits)
        second = _velocity(problem, logits + step / 2 * first)
        third = _velocity(problem, logits + step / 2 * second)
        fourth = _velocity(problem, logits + step * third)
        return logits + step / 6 * (first + 2 * second + 2 * third + fourth)

    return jax.lax.fori_loop(0, STEPS, advance, problem.initial_logits)


def run_path(instance: Instance) -> Instance:
    """The instance with `logits` filled in: where the flow is at `instance.elapsed`, shape `(count, outputs)`."""
    return replace(instance, logits=np.asarray(_flow_logits(instance.problem, instance.elapsed)))


def path_instances(rng: np.random.Generator, family: Family) -> Instance:
    """Each problem of the family, with a random time to run for and a random nonempty set of outputs; not yet run."""
    problem = family.problem
    count, outputs = problem.initial_logits.shape
    spread = np.ptp(problem.proxy_reward, axis=-1)
    units = np.exp(rng.uniform(np.log(0.01), np.log(LONGEST), count))
    # The flow is as fast as the rewards differ; where lambda is larger, it falls back to the reference at that rate.
    elapsed = problem.prompts * units / np.maximum(np.maximum(spread, problem.kl_coefficient), 1e-3)
    subset = rng.random((count, outputs)) < rng.random((count, 1))
    subset[np.arange(count), rng.integers(0, outputs, count)] = True
    return Instance(problem=problem, elapsed=elapsed, subset=subset)
