"""Runs of training in steps: against a plain loop, step by step, and in the regimes that a family has to have."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy.special import softmax

from proofs_check.instances import tabular_families as families
from proofs_check.instances.training.runs import run_instances, take_steps
from theory.instances.runs import RUN_STEPS
from theory.statements.runs import even_run, rise_by


def by_hand(instance, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    problem = instance.problem
    start, proxy = np.array(problem.initial_log_probabilities[row]), np.array(problem.proxy_reward[row])
    plain, signs, groups = start.copy(), start.copy(), start.copy()
    prompts, epsilon = float(problem.prompts[row]), float(instance.epsilon[row])

    def gradient(logits):
        policy = softmax(logits)
        return policy * (proxy - policy @ proxy)

    for size, samples in zip(instance.step_sizes[row], instance.samples[row], strict=True):
        plain = plain + size / prompts * gradient(plain)
        signs = signs + size * np.sign(gradient(signs))
        rewards = proxy[samples]
        if np.ptp(rewards) > 0:
            advantages = (rewards - rewards.mean()) / (rewards.std() + epsilon)
            for sample, advantage in zip(samples, advantages, strict=True):
                groups[sample] += size / prompts * advantage / len(samples)
    return plain, signs, groups


def test_a_plain_loop_gives_the_same():
    rng = np.random.default_rng(0)
    with jax.enable_x64(True):
        family = families.arbitrary_problems(rng, 40, 4)
        instance = take_steps(run_instances(rng, family))
    for row in range(40):
        start = np.array(instance.problem.initial_log_probabilities[row])
        expected = by_hand(instance, row)
        found = (instance.change[row], instance.sign_change[row], instance.standardised_change[row])
        for one, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
            if one != 1:
                np.testing.assert_allclose(softmax(start + ours), softmax(theirs), rtol=1e-9, atol=1e-12)


def test_the_family_has_short_steps_long_steps_and_none():
    rng = np.random.default_rng(1)
    with jax.enable_x64(True):
        instance = run_instances(rng, families.arbitrary_problems(rng, 500, 3))
    sizes = np.asarray(instance.step_sizes)
    assert sizes.shape == (500, RUN_STEPS)
    assert (sizes == 0).any()
    assert sizes.max() == 1e3
    assert 0 < sizes[sizes > 0].min() < 1e-3
    assert set(np.unique(instance.samples)) == {0, 1, 2}


@pytest.mark.parametrize("size", [1e-9, 1e-3, 0.2, 3.0, 200.0])
def test_the_rise_of_small_and_of_large_changes(size):
    rng = np.random.default_rng(2)
    policy, reward = rng.dirichlet(np.ones(4)), rng.uniform(-1, 1, 4)
    change = size * rng.standard_normal(4)
    after = softmax(np.log(policy) + change)
    exact = np.arctanh(after @ reward) - np.arctanh(policy @ reward)
    with jax.enable_x64(True):
        rise, touched = rise_by(np.log(policy), change, reward)
        shifted, _ = rise_by(np.log(policy), change + 7.0, reward)
        constant, _ = rise_by(np.log(policy), change, np.ones(4))
    assert float(rise) == pytest.approx(exact, rel=1e-9, abs=1e-15)
    assert float(shifted) == pytest.approx(float(rise), rel=1e-6, abs=1e-14)
    assert float(touched) >= abs(float(rise))
    assert float(constant) == 0


def test_the_even_run_is_where_the_bounds_are_attained():
    with jax.enable_x64(True):
        run = take_steps(jax.tree.map(lambda leaf: np.asarray(leaf)[None], even_run(0.1)))
    np.testing.assert_allclose(run.change, [[0.05, -0.05]])
    np.testing.assert_allclose(run.sign_change, [[0.1, -0.1]])
    np.testing.assert_allclose(run.standardised_change, [[0.05, -0.05]], rtol=1e-6)


def test_rewards_of_a_group_may_differ_by_one_digit():
    """The mean of 1 and of the number before it is rounded to one of them."""
    even = even_run(1.0)
    proxy = np.array([1.0, np.nextafter(1.0, 0.0)])
    steps = np.eye(1, RUN_STEPS)[0]
    near = replace(even, problem=replace(even.problem, proxy_reward=proxy), step_sizes=steps, epsilon=np.float64(0.0))
    batch = jax.tree.map(lambda field: np.asarray(field)[None], near)
    change = take_steps(batch).standardised_change
    assert change is not None
    np.testing.assert_allclose(change[0], [0.5, -0.5], rtol=1e-15)
