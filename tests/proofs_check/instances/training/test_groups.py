"""RLOO gone through exactly: against brute force, and against simulated runs with a stated rate of false alarms."""

from __future__ import annotations

import itertools
import math

import jax
import numpy as np
import pytest
from scipy.special import softmax

from proofs_check.instances import tabular_families as families
from proofs_check.instances.training.groups import (
    batch_size,
    follow_groups,
    group_instances,
    groups_of,
    number_of_groups,
    tree_steps,
)
from theory.bounds.pathwise import artanh_rise
from theory.bounds.updates import reinforce_time, sampled_ascent_time
from theory.instances.runs import GroupsInstance
from theory.statements.runs import even_groups
from theory.tabular.problem import make_problem

FALSE_ALARMS = 1e-9
"""How often the comparison with simulated runs may fail where the bound holds (Hoeffding's inequality)."""


def update(
    logits: np.ndarray, proxy: np.ndarray, samples: tuple[int, ...], baseline: float | None = None
) -> np.ndarray:
    if baseline is not None:
        each = [(proxy[y] - baseline) * (np.eye(len(proxy))[y] - softmax(logits)) for y in samples]
        return np.asarray(np.mean(each, axis=0))
    rewards, moved = proxy[list(samples)], np.zeros(len(logits))
    for place, sample in enumerate(samples):
        others = np.delete(rewards, place)
        moved[sample] += (rewards[place] - others.mean()) / len(samples)
    return moved


def brute_force(instance: GroupsInstance, row: int, baseline: float | None = None) -> tuple[float, float]:
    start = np.array(instance.problem.initial_log_probabilities[row])
    proxy, truth = (np.array(r[row]) for r in (instance.problem.proxy_reward, instance.problem.ground_truth_reward))
    target = softmax(start) @ truth + float(np.asarray(instance.increase)[row])
    sizes, k = np.asarray(instance.step_sizes[row]), int(np.asarray(instance.group_size)[row])

    def follow(logits: np.ndarray, step: int, elapsed: float) -> tuple[float, float]:
        if softmax(logits) @ truth >= target:
            return 1.0, elapsed
        if step == len(sizes):
            return 0.0, elapsed
        reached = mean = 0.0
        for samples in itertools.product(range(len(proxy)), repeat=k):
            weight = float(np.prod(softmax(logits)[list(samples)]))
            moved = logits + sizes[step] / float(np.asarray(instance.problem.prompts)[row]) * update(
                logits, proxy, samples, baseline
            )
            one, time = follow(moved, step + 1, elapsed + sizes[step])
            reached, mean = reached + weight * one, mean + weight * time
        return reached, mean

    return follow(start, 0, 0.0)


@pytest.mark.parametrize(("outputs", "size", "steps"), [(2, 2, 3), (3, 2, 2), (2, 3, 3), (3, 3, 1)])
def test_brute_force_gives_the_same(outputs: int, size: int, steps: int) -> None:
    rng = np.random.default_rng([outputs, size])
    with jax.enable_x64(True):
        drawn = group_instances(rng, families.arbitrary_problems(rng, 6, outputs), size)
        instance = GroupsInstance(
            problem=drawn.problem,
            increase=drawn.increase,
            group_size=drawn.group_size,
            step_sizes=np.asarray(drawn.step_sizes)[:, :steps],
            baseline=drawn.baseline,
        )
        found = follow_groups(instance)
    for row in range(6):
        reached, mean = brute_force(instance, row)
        assert float(np.asarray(found.reached)[row]) == pytest.approx(reached, abs=1e-9)
        assert float(np.asarray(found.mean_time)[row]) == pytest.approx(mean, rel=1e-9)
        reached, mean = brute_force(instance, row, float(np.asarray(instance.baseline)[row]))
        assert float(np.asarray(found.baseline_reached)[row]) == pytest.approx(reached, abs=1e-9)
        assert float(np.asarray(found.baseline_mean_time)[row]) == pytest.approx(mean, rel=1e-9)


def test_groups_are_all_there() -> None:
    counts, orders = groups_of(3, 4)
    assert len(counts) == number_of_groups(3, 4) == 15
    assert (counts.sum(axis=1) == 4).all()
    assert np.exp(orders).sum() == pytest.approx(3**4)
    for outputs in (2, 3, 8, 64):
        assert number_of_groups(outputs, 2) ** tree_steps(outputs, 2) * outputs * batch_size(outputs, 2) <= 4_000_000


def test_by_hand() -> None:
    with jax.enable_x64(True):
        instance = jax.tree.map(lambda leaf: np.asarray(leaf)[None], even_groups(0.1, 2, math.tanh(0.0999)))
        found = follow_groups(instance)
    assert float(np.asarray(found.reached)[0]) == pytest.approx(0.5)
    assert float(np.asarray(found.mean_time)[0]) == pytest.approx(0.1)


def test_simulated_runs_keep_the_bound() -> None:
    """A hundred thousand runs of forty steps on three outputs: the share that arrives, and a bound that is too low."""
    runs, steps, k, eta, gamma = 100_000, 40, 4, 0.05, 0.3
    policy, proxy = np.array([0.2, 0.3, 0.5]), np.array([1.0, 0.5, -1.0])
    with jax.enable_x64(True):
        problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=proxy)
        deviation = math.sqrt(policy @ (proxy - policy @ proxy) ** 2)
        bound = float(sampled_ascent_time(artanh_rise(gamma, policy @ proxy), deviation**2, 1.0, float(k)))
    rng = np.random.default_rng(7)
    logits = np.tile(np.asarray(problem.initial_log_probabilities), (runs, 1))
    target, hit = policy @ proxy + gamma, np.full(runs, np.inf)
    for n in range(steps):
        p = softmax(logits, axis=1)
        samples = (rng.random((runs, k, 1)) > np.cumsum(p, axis=1)[:, None, :-1]).sum(axis=2)
        rewards = proxy[samples]
        advantages = (k * rewards - rewards.sum(axis=1, keepdims=True)) / (k - 1)
        for y in range(3):
            logits[:, y] += eta * np.sum(advantages * (samples == y), axis=1) / k
        arrived = np.isinf(hit) & (softmax(logits, axis=1) @ proxy >= target)
        hit[arrived] = (n + 1) * eta
    margin = math.sqrt(math.log(1 / FALSE_ALARMS) / (2 * runs))
    times = eta * np.arange(1, steps + 1)
    shares = np.array([(hit <= time + 1e-12).mean() for time in times])
    assert (shares - margin <= times / bound).all()
    assert shares[-1] > 0.3
    # Ten times the bound would be refuted.
    assert (shares - margin > times / (10 * bound)).any()


@pytest.mark.parametrize("baseline", [-0.5, 0.0, 1.0])
def test_simulated_runs_of_reinforce_keep_the_bound(baseline: float) -> None:
    """A hundred thousand runs of forty steps on three outputs, for baselines below, about and above the mean."""
    runs, steps, k, eta, gamma = 100_000, 40, 2, 0.05, 0.3
    policy, proxy = np.array([0.2, 0.3, 0.5]), np.array([1.0, 0.5, -1.0])
    with jax.enable_x64(True):
        bound = float(reinforce_time(artanh_rise(gamma, policy @ proxy), policy @ (proxy - baseline) ** 2, 1.0))
    rng = np.random.default_rng(8)
    logits, hit = np.tile(np.log(policy), (runs, 1)), np.full(runs, np.inf)
    for n in range(steps):
        p = softmax(logits, axis=1)
        samples = (rng.random((runs, k, 1)) > np.cumsum(p, axis=1)[:, None, :-1]).sum(axis=2)
        over = proxy[samples] - baseline
        for y in range(3):
            logits[:, y] += eta * np.mean(over * ((samples == y) - p[:, y : y + 1]), axis=1)
        arrived = np.isinf(hit) & (softmax(logits, axis=1) @ proxy >= policy @ proxy + gamma)
        hit[arrived] = (n + 1) * eta
    margin = math.sqrt(math.log(1 / FALSE_ALARMS) / (2 * runs))
    times = eta * np.arange(1, steps + 1)
    shares = np.array([(hit <= time + 1e-12).mean() for time in times])
    assert (shares - margin <= times / bound).all()
    assert shares[-1] > 0.3
    # Ten times the bound would be refuted.
    assert (shares - margin > times / (10 * bound)).any()
