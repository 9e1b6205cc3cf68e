"""Instances on paths: where gradient flow is after some time, by an integrator independent of `sims`."""

from __future__ import annotations

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.instances.tabular_families import Family
from theory.arrays import AnyArray
from theory.compilation import compiled_for_one_run
from theory.instances.tabular import PathInstance
from theory.tabular.problem import Problem

FEWEST_STEPS, MOST_STEPS = 100, 12_800
"""Of the integrator: doubled until the answers of two numbers of steps agree."""

LARGEST_ERROR = 1e-7
"""Of a logit: what the difference of two numbers of steps says about the larger one."""

SHORTER = 1 / 16
"""A path that is too stiff for the largest number of steps is followed for this share of its time instead."""

LONGEST = 30.0
"""The longest time, in units of `|S|` over the range of the rewards (over `lambda`, if that is larger)."""


def _velocity(problem: Problem, logits: AnyArray) -> AnyArray:
    """Lemma 7, written out again so that it is a second opinion on `theory`."""
    log_policy = jax.nn.log_softmax(logits, axis=-1)
    policy = jnp.exp(log_policy)
    regularized = problem.proxy_reward - jnp.asarray(problem.kl_coefficient)[:, None] * (
        log_policy - problem.initial_log_probabilities
    )
    mean = jnp.sum(policy * regularized, axis=-1, keepdims=True)
    return policy * (regularized - mean) / jnp.asarray(problem.prompts)[:, None]


@compiled_for_one_run()
def _flow_logits(problem: Problem, elapsed: AnyArray, steps: AnyArray) -> AnyArray:
    """`theta(t)` at `t = elapsed` by so many steps of the classical Runge-Kutta method in the logits themselves."""
    step = elapsed[:, None] / steps

    def advance(_: AnyArray, logits: AnyArray) -> AnyArray:
        first = _velocity(problem, logits)
        second = _velocity(problem, logits + step / 2 * first)
        third = _velocity(problem, logits + step / 2 * second)
        fourth = _velocity(problem, logits + step * third)
        return logits + step / 6 * (first + 2 * second + 2 * third + fourth)

    return jax.lax.fori_loop(0, steps, advance, problem.initial_log_probabilities)


def _flow(problem: Problem, elapsed: np.ndarray, rows: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Of some rows, the logits after twice as many steps, and whether Richardson's estimate finds their error small."""
    # Few sizes of batches, so that few programs are compiled.
    size = min(len(elapsed), 4 ** max(2, math.ceil(math.log(len(rows), 4))))
    taken = rows[np.minimum(np.arange(size), len(rows) - 1)]
    batch = problem[taken]
    coarse, fine = (np.asarray(_flow_logits(batch, elapsed[taken], number)) for number in (steps, 2 * steps))
    with np.errstate(invalid="ignore"):
        good = np.max(np.abs(fine - coarse), axis=-1) <= 15 * LARGEST_ERROR
    return fine[: len(rows)], good[: len(rows)]


def run_path(instance: PathInstance) -> PathInstance:
    """The instance with `logits` filled in: where the flow is at `instance.elapsed`, shape `(count, outputs)`.

    Each path takes as many steps as its error asks for. A large KL coefficient makes the flow stiff: where
    `MOST_STEPS` are too few, the path is followed for a shorter time, which is `elapsed` of the answer.
    """
    problem, elapsed = instance.problem, np.array(instance.elapsed, np.float64)
    logits = np.array(
        np.broadcast_to(problem.initial_log_probabilities, np.shape(problem.initial_log_probabilities)), np.float64
    )
    rows, steps = np.arange(len(elapsed)), FEWEST_STEPS
    while rows.size:
        logits[rows], good = _flow(problem, elapsed, rows, steps)
        # What is not a number at time zero never will be one.
        rows = rows[~good & (elapsed[rows] > 0)]
        if 2 * steps < MOST_STEPS:
            steps *= 2
        else:
            elapsed[rows] *= SHORTER
    return replace(instance, logits=logits, elapsed=elapsed)


def path_instances(rng: np.random.Generator, family: Family) -> PathInstance:
    """Each problem of the family, with a random time to run for and a random nonempty set of outputs; not yet run."""
    problem = family.problem
    count, outputs = problem.initial_log_probabilities.shape
    spread = np.ptp(problem.proxy_reward, axis=-1)
    units = np.exp(rng.uniform(np.log(0.01), np.log(LONGEST), count))
    # The flow is as fast as the rewards differ; where lambda is larger, it falls back to the reference at that rate.
    elapsed = problem.prompts * units / np.maximum(np.maximum(spread, problem.kl_coefficient), 1e-3)
    subset = rng.random((count, outputs)) < rng.random((count, 1))
    subset[np.arange(count), rng.integers(0, outputs, count)] = True
    return PathInstance(problem=problem, elapsed=elapsed, subset=subset)
