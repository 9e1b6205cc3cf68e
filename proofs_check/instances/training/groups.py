"""RLOO and REINFORCE on small problems, exactly: every group that can be drawn in every step, with its probability."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax
from scipy.special import gammaln

from proofs_check.instances.draws import log_uniform
from proofs_check.instances.tabular_families import Family
from theory.arrays import AnyArray
from theory.compilation import compiled_sooner
from theory.instances.runs import RUN_STEPS, GroupsInstance
from theory.tabular.problem import Problem

MOST_PATHS = 1500
"""Sequences of groups that are gone through for one instance; where one step has more, it takes one step."""

MOST_NUMBERS = 4_000_000
"""Probabilities of outputs, over all sequences and instances of a batch."""


def number_of_groups(outputs: int, size: int) -> int:
    """How many groups differ, their order aside."""
    return math.comb(size + outputs - 1, outputs - 1)


def tree_steps(outputs: int, size: int) -> int:
    """The steps of an instance: as many as `MOST_PATHS` allows, at most `RUN_STEPS`."""
    kinds = number_of_groups(outputs, size)
    return max(1, min(RUN_STEPS, int(math.log(MOST_PATHS) / math.log(kinds))))


def groups_of(outputs: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each output is in each group, shape `(groups, outputs)`, and the logarithm of in how many orders."""
    bars = np.array(list(combinations(range(size + outputs - 1), outputs - 1)), np.int64).reshape(-1, outputs - 1)
    edges = np.concatenate([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), size + outputs - 1)], axis=1)
    counts = np.diff(edges, axis=1) - 1
    return counts, gammaln(size + 1) - gammaln(counts + 1).sum(axis=1)


@compiled_sooner(static_argnames=("size", "with_baseline"))
def _followed(
    problem: Problem, increase: AnyArray, step_sizes: AnyArray, baseline: AnyArray, size: int, *, with_baseline: bool
) -> tuple[AnyArray, AnyArray]:
    counts, orders = map(jnp.asarray, groups_of(problem.outputs, size))
    proxy, truth = jnp.asarray(problem.proxy_reward), jnp.asarray(problem.ground_truth_reward)
    start = jnp.asarray(problem.initial_log_probabilities)
    batch, outputs = start.shape
    policy = jnp.exp(start)
    centred = truth - jnp.sum(policy * truth, axis=-1, keepdims=True)
    # The advantage of a sample over the mean of the others, added up by output, over the size of the group; or that
    # over the baseline, which leaves a multiple of the policy to be taken off.
    total = proxy @ counts.T.astype(proxy.dtype)
    updates = counts[None] * (size * proxy[:, None] - total[..., None]) / (size * (size - 1))
    if with_baseline:
        updates = counts[None] * (proxy - baseline[:, None])[:, None] / size
    change, weight = jnp.zeros((batch, 1, outputs)), jnp.ones((batch, 1))
    hit, elapsed = jnp.full((batch, 1), jnp.inf), jnp.zeros(batch)
    for n in range(step_sizes.shape[-1]):
        log_policy = log_softmax(start[:, None] + change, axis=-1)
        # An output that is impossible in float64 is in no group that counts.
        likely = jnp.maximum(log_policy, -1e300) @ counts.T.astype(proxy.dtype) + orders[None, None]
        weight = (weight[..., None] * jnp.exp(likely)).reshape(batch, -1)
        scale = (step_sizes[:, n] / problem.prompts)[:, None, None, None]
        step = updates[:, None]
        if with_baseline:
            step = step - jnp.sum(step, axis=-1, keepdims=True) * jnp.exp(log_policy)[:, :, None]
        change = (change[:, :, None] + scale * step).reshape(batch, -1, outputs)
        elapsed = elapsed + step_sizes[:, n]
        shifted = change - jnp.max(change, axis=-1, keepdims=True)
        mass = jnp.sum(policy[:, None] * jnp.exp(shifted), axis=-1)
        gained = jnp.sum(policy[:, None] * jnp.expm1(shifted) * centred[:, None], axis=-1) / mass
        before = jnp.repeat(hit, counts.shape[0], axis=-1)
        hit = jnp.where(jnp.isinf(before) & (gained >= increase[:, None]), elapsed[:, None], before)
    reached = jnp.sum(jnp.where(jnp.isfinite(hit), weight, 0.0), axis=-1)
    return reached, jnp.sum(weight * jnp.minimum(hit, elapsed[:, None]), axis=-1)


def follow_groups(instance: GroupsInstance) -> GroupsInstance:
    """The batch with its probabilities and mean times filled in. All instances have groups of one size."""
    (size,) = np.unique(np.asarray(instance.group_size))
    increase, sizes = np.asarray(instance.increase), np.asarray(instance.step_sizes)
    baseline = np.asarray(instance.baseline)
    both = [
        map(np.asarray, _followed(instance.problem, increase, sizes, baseline, int(size), with_baseline=with_baseline))
        for with_baseline in (False, True)
    ]
    (reached, mean_time), (baseline_reached, baseline_mean_time) = both
    return replace(
        instance,
        reached=reached,
        mean_time=mean_time,
        baseline_reached=baseline_reached,
        baseline_mean_time=baseline_mean_time,
    )


def group_instances(rng: np.random.Generator, family: Family, size: int) -> GroupsInstance:
    """Each problem of the family with random steps and a rise that a few of them may bring; not yet followed."""
    count, outputs = family.problem.initial_log_probabilities.shape
    steps = tree_steps(outputs, size)
    typical = np.asarray(family.problem.prompts)[:, None] * log_uniform(rng, 1e-3, 100.0, (count, 1))
    # Numbers of their own, so that the others are what they are without them: the mean, zero, or anything.
    (own,) = rng.spawn(1)
    mean = np.sum(np.exp(family.problem.initial_log_probabilities) * family.problem.proxy_reward, axis=-1)
    baseline = np.choose(own.integers(0, 3, count), [mean, np.zeros(count), own.uniform(-1.5, 1.5, count)])
    return GroupsInstance(
        problem=family.problem,
        baseline=baseline,
        increase=family.increase * log_uniform(rng, 1e-4, 1.0, count),
        group_size=np.full(count, float(size)),
        step_sizes=typical * log_uniform(rng, 0.3, 3.0, (count, steps)),
    )


def batch_size(outputs: int, size: int) -> int:
    """How many instances a batch may have."""
    paths = number_of_groups(outputs, size) ** tree_steps(outputs, size)
    return MOST_NUMBERS // (paths * outputs)
