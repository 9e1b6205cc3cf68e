"""Public functions of `sims` refuse, by name, what they cannot compute with."""

from __future__ import annotations

import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import sims
import sims.policy_gradient
import sims.reward_models
import sims.rlhf
import theory
from sims.policy_gradient.advantages import (
    baseline_advantages,
    group_mean_advantages,
    leave_one_out_advantages,
    standardised_advantages,
)
from theory.errors import InvalidInputError
from theory.policies import TabularPerPrefixPolicy

PROBLEM = theory.make_problem(
    initial_probabilities=[[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]],
    proxy_reward=[[1, 0, -1], [0, 1, 0.5]],
    ground_truth_reward=[[1, 0, -1], [0, 1, 0.5]],
)
POLICY_PROBLEM = theory.make_policy_problem(
    TabularPerPrefixPolicy(1, 3, 1), np.zeros((1, 1, 3)), proxy_reward=[1, 0, -1], ground_truth_reward=[1, 0, -1]
)
REWARDS = np.array([[0.0, 1.0, 0.5], [0.2, 0.2, 0.7]])
GROUP = {"rewards": REWARDS}
CASES = {
    sims.hitting_times: {
        "problem": PROBLEM,
        "increase": np.array([0.1, 0.2]),
        "watched_reward": PROBLEM.proxy_reward,
        "relative_tolerance": 1e-8,
        "horizon": 100.0,
    },
    sims.reference_hitting_times: {
        "problem": PROBLEM,
        "log_reference": np.log([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]]),
        "increase": np.array([0.1, 0.2]),
        "relative_tolerance": 1e-8,
        "horizon": 100.0,
    },
    sims.trajectory: {"problem": PROBLEM[0], "times": np.array([0.0, 1.0])},
    sims.gradient_ascent: {"problem": PROBLEM[0], "step_size": 0.1, "steps": 2, "record_every": 1},
    sims.gradient_ascent_hitting_steps: {
        "problem": PROBLEM,
        "increase": np.array([0.1, 0.2]),
        "step_size": np.array([0.1, 0.2]),
        "watched_reward": PROBLEM.proxy_reward,
        "max_steps": 9,
    },
    sims.parameter_ascent: {
        "problem": POLICY_PROBLEM,
        "optimizer": optax.sgd(0.1),
        "steps": 2,
        "record_every": 1,
    },
    sims.parameter_ascent_hitting_steps: {
        "problems": theory.stack_policy_problems([POLICY_PROBLEM]),
        "increase": np.array([0.1]),
        "optimizer": optax.sgd(0.1),
        "prompt": 0,
        "watched_reward": np.array([[[1.0, 0.0, -1.0]]]),
        "max_steps": 9,
    },
    sims.policy_gradient.degenerate_groups: GROUP,
    sims.policy_gradient.degenerate_probability: {
        "probabilities": np.array([[0.2, 0.3, 0.5]]),
        "reward": REWARDS[:1],
        "group_size": 3,
    },
    sims.policy_gradient.sample_outputs: {
        "key": jax.random.key(0),
        "log_probabilities": np.log([[0.2, 0.3, 0.5]]),
        "samples": 2,
    },
    sims.policy_gradient.shuffled_batches: {"key": jax.random.key(0), "prompts": np.arange(4), "batch_size": 2},
    leave_one_out_advantages: GROUP,
    group_mean_advantages: GROUP,
    baseline_advantages: GROUP | {"baseline": np.array([[0.1], [0.2]])},
}

# Numeric settings of these are checked by functions of their own, with tests beside their modules.
ELSEWHERE = {
    "follow_flow",
    "parameter_hitting_times",
    "measured_path",
    "dapo",
    "exact_gradient",
    "first_passage",
    "grpo",
    "ppo",
    "reinforce",
    "rloo",
    "train",
    "bradley_terry_loss",
    "flatten_prompts",
    "mean_reward_variance",
    "policy_accuracy",
    "policy_pairs",
    "normalise_by_samples",
    "normalise_by_variance",
    "sample_pairs",
    "train_reward_models",
    "best_of_n_increases",
    "compare_policies",
    "replicate",
    "train_teachers",
    "draw_world",
}

BAD = {
    "none": None,
    "text": "0.5",
    "ragged": [[1.0, 2.0], [3.0]],
    "complex": 1j,
    "objects": np.array([object(), 0.5], dtype=object),
    "masked": np.ma.masked_array([[0.2, 0.3, 0.5]], mask=np.array([[0, 0, 1]], bool)),
    "empty": [],
    "shape": np.full((7, 5, 4), 0.25),
    "list": [1, 2, 3, 4, 5],
    "nan": math.nan,
    "infinity": math.inf,
    "negative": -1.0,
}
ACCEPTED = {
    (sims.hitting_times, "horizon", "infinity"): "no limit",
    (sims.reference_hitting_times, "horizon", "infinity"): "no limit",
    (sims.policy_gradient.degenerate_groups, "rewards", "shape"): "another batch of groups",
    (leave_one_out_advantages, "rewards", "shape"): "another batch of groups",
    (group_mean_advantages, "rewards", "shape"): "another batch of groups",
    (sims.policy_gradient.degenerate_groups, "rewards", "list"): "one group",
    (leave_one_out_advantages, "rewards", "list"): "one group",
    (group_mean_advantages, "rewards", "list"): "one group",
    (sims.trajectory, "times", "list"): "five times",
    (sims.policy_gradient.sample_outputs, "log_probabilities", "shape"): "another batch, normalised again",
    (sims.policy_gradient.sample_outputs, "log_probabilities", "list"): "one policy, normalised again",
}
NEGATIVE = {"increase", "reward", "watched_reward", "rewards", "baseline", "log_probabilities"}
"""Whose numbers may be negative, except where the increase of a hitting time has to be positive."""


def spoilt(kind, good):
    if kind in ("nan", "infinity", "negative") and isinstance(good, np.ndarray):
        changed = np.array(good, float)
        changed.flat[0] = BAD[kind]
        return changed
    return BAD[kind]


def accepted(function, argument, kind) -> bool:
    if (function, argument, kind) in ACCEPTED:
        return True
    if kind == "none":
        return inspect.signature(function).parameters[argument].default is None
    positive = function in (sims.hitting_times, sims.reference_hitting_times)
    return (kind == "negative" and argument in NEGATIVE and not positive) or (
        kind == "negative" and argument in ("reward", "watched_reward")
    )


def test_every_public_function_has_a_case():
    exported = {
        name
        for package in (sims, sims.policy_gradient, sims.reward_models, sims.rlhf)
        for name in package.__all__
        if inspect.isfunction(getattr(package, name))
    }
    assert exported == {function.__name__ for function in CASES if function.__name__ in exported} | ELSEWHERE


@pytest.mark.parametrize(
    ("function", "argument"),
    [(function, argument) for function, good in CASES.items() for argument in good],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_bad_arguments_are_named(function, argument):
    good = CASES[function]
    function(**good)
    for kind in BAD:
        bad = spoilt(kind, good[argument])
        if accepted(function, argument, kind):
            function(**(good | {argument: bad}))
            continue
        with pytest.raises(InvalidInputError) as caught:
            function(**(good | {argument: bad}))
        assert caught.value.argument == argument or kind in ("shape", "list"), (kind, caught.value)


def test_a_group_of_one_has_no_others():
    for rewards in ([[1.0]], np.ones((3, 1))):
        with pytest.raises(InvalidInputError, match=r"rewards: got groups of 1.*two samples or more"):
            leave_one_out_advantages(rewards)
        with pytest.raises(InvalidInputError, match="rewards: got groups of 1"):
            jax.jit(leave_one_out_advantages)(jnp.asarray(rewards))


def test_one_bad_reward_does_not_spread():
    spoilt = REWARDS.copy()
    spoilt[1, 2] = np.nan
    for function in (
        leave_one_out_advantages,
        group_mean_advantages,
        lambda r: baseline_advantages(r, 0.0),
        lambda r: standardised_advantages(r, 1e-4),
    ):
        with pytest.raises(InvalidInputError, match=r"rewards: got nan at index \[1, 2\]"):
            function(spoilt)
        # A compiled function cannot look: only the group that has it is spoilt.
        inside = np.asarray(jax.jit(function)(spoilt))
        assert np.isfinite(inside[0]).all()
        assert not np.isfinite(inside[1]).all()


def test_problems_are_named():
    for problem in ([PROBLEM], {"proxy_reward": [0, 1]}, PROBLEM[:0]):
        with pytest.raises(InvalidInputError, match="problem: got"):
            sims.hitting_times(problem, 0.1)
    with pytest.raises(InvalidInputError, match="horizon: got None"):
        sims.hitting_times(PROBLEM, 0.1, horizon=None)


def test_inside_transformations_the_message_says_so():
    with pytest.raises(InvalidInputError, match=r"problem: got .*tracing.*jax\.jit, jax\.vmap or jax\.grad"):
        jax.vmap(lambda problem: sims.gradient_ascent_hitting_steps(problem, 0.1, step_size=0.1, max_steps=9))(PROBLEM)
    with pytest.raises(InvalidInputError, match=r"horizon: got .*tracing"):
        jax.jit(lambda gamma: sims.hitting_times(PROBLEM, gamma, horizon=gamma).time)(0.1)


def test_increase_follows_the_problem_in_every_hitting_function():
    for function in (
        sims.hitting_times,
        sims.gradient_ascent_hitting_steps,
        sims.parameter_ascent_hitting_steps,
        sims.parameter_hitting_times,
    ):
        first, second = list(inspect.signature(function).parameters)[:2]
        assert first in ("problem", "problems")
        assert second == "increase"
