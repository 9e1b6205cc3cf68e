"""Problems in parameter space: what is accepted, what is refused, and that stacking and indexing undo each other."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tests.small_policies import random_parameters, small_policy, small_problem
from theory.errors import InvalidInputError
from theory.parameter_space.problem import (
    at_parameters,
    make_policy_problem,
    reference_problem,
    stack_policy_problems,
)
from theory.policies import TabularPerPrefixPolicy, log_linear_policy
from theory.policies.policy import output_log_probabilities

POLICY = TabularPerPrefixPolicy(prompts=1, vocabulary=3, length=1)
GOOD = {"proxy_reward": [1.0, 0.0, -1.0], "ground_truth_reward": [[0.5, 0.25, -0.5]]}


def make(parameters=None, policy=POLICY, **change):
    """A small problem, with changes."""
    table = np.log([[[0.2, 0.3, 0.5]]]) if parameters is None else parameters
    return make_policy_problem(policy, np.asarray(table), **(GOOD | change))


def test_fields():
    problem = make(kl_coefficient=0.1)
    assert problem.policy == POLICY
    assert (problem.proxy_reward.tolist(), problem.ground_truth_reward.tolist()) == (
        [[1.0, 0.0, -1.0]],
        [[0.5, 0.25, -0.5]],
    )
    np.testing.assert_allclose(np.exp(problem.log_reference), [[0.2, 0.3, 0.5]], rtol=1e-14)
    assert float(problem.kl_coefficient) == 0.1
    assert problem.batch_shape == ()
    assert all(leaf.dtype == np.float64 for leaf in jax.tree.leaves(problem))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": [[[0.0, np.nan, 0.0]]]}, "parameters: got (nan|inf) at index"),
        ({"parameters": [[[0.0, np.inf, 0.0]]]}, "parameters: got (nan|inf) at index"),
        ({"parameters": [[[-1e308, 1e308, 0.0]]]}, "parameters: got logits that are not finite"),
        ({"proxy_reward": [1.0, 0.0]}, r"proxy_reward: got shape .*\(1, 3\)"),
        ({"proxy_reward": 0.5}, r"proxy_reward: got shape \(\)"),
        ({"proxy_reward": [1.0, 0.0, -1.5]}, r"proxy_reward: got -1\.5 at index \[0, 2\].*rescale"),
        ({"proxy_reward": [1.0, 0.0, np.nan]}, "proxy_reward: got nan"),
        ({"proxy_reward": ["a", "b", "c"]}, "proxy_reward: got.*real numbers"),
        ({"ground_truth_reward": [[1.0, 0.0, 0.0]] * 2}, r"ground_truth_reward: got shape \(2, 3\)"),
        ({"ground_truth_reward": [1.0, 2.0, 0.0]}, "ground_truth_reward: got 2 at index"),
        ({"kl_coefficient": -0.1}, r"kl_coefficient: got -0\.1"),
        ({"kl_coefficient": np.nan}, "kl_coefficient: got nan"),
        ({"kl_coefficient": [0.1, 0.2]}, r"kl_coefficient: got shape \(2,\)"),
        ({"log_reference": [-1.0, -1.0, -1.0]}, r"log_reference: got shape \(3,\)"),
        ({"log_reference": [[0.0, -np.inf, -np.inf]]}, "log_reference: got -inf"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InvalidInputError, match=message):
        make(**change)


def test_policies_too_large_to_enumerate_are_refused():
    policy = TabularPerPrefixPolicy(prompts=2, vocabulary=1000, length=4)
    with pytest.raises(InvalidInputError, match=r"2 prompts x 1000\^4 outputs.*fewer or shorter"):
        make(policy=policy, parameters=np.zeros((2, 1, 1000)))


def test_batches_stack_and_index():
    parts = [small_problem("transformer", seed=seed, kl_coefficient=0.1) for seed in range(3)]
    batch = stack_policy_problems(parts)
    assert batch.batch_shape == (3,)
    assert batch[1:].batch_shape == (2,)
    assert batch[np.array([2, 0])].batch_shape == (2,)
    for k, part in enumerate(parts):
        for one, other in zip(jax.tree.leaves(batch[k]), jax.tree.leaves(part), strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(InvalidInputError, match="no batch axis"):
        parts[0][0]


def test_features_are_stacked_with_their_problems():
    features = np.random.default_rng(0).normal(size=(2, 1, 1, 3, 4))
    parts = [make(parameters=np.ones(4), policy=log_linear_policy(part)) for part in features]
    batch = stack_policy_problems(parts)
    np.testing.assert_array_equal(batch.policy.features, features)
    again = jax.jit(jax.vmap(lambda problem: output_log_probabilities(problem.policy, problem.parameters)))(batch)
    np.testing.assert_allclose(again, [part.log_reference for part in parts], atol=1e-14)


def test_stacks_of_nothing_and_of_different_policies():
    with pytest.raises(InvalidInputError, match="empty batch"):
        stack_policy_problems([])
    with pytest.raises(InvalidInputError, match="got 2 kinds of policies"):
        stack_policy_problems([make(), small_problem("transformer", seed=0, kl_coefficient=0.1)])
    with pytest.raises(InvalidInputError, match="got 2 kinds of policies"):
        stack_policy_problems([small_problem("tabular"), small_problem("tabular", length=1)])


def test_moving_keeps_the_reference_and_starting_anew_does_not():
    problem = small_problem("perceptron", kl_coefficient=0.1)
    elsewhere = at_parameters(problem, random_parameters(problem.policy, 9))
    np.testing.assert_array_equal(elsewhere.log_reference, problem.log_reference)
    own = np.asarray(jax.jit(output_log_probabilities)(elsewhere.policy, elsewhere.parameters))
    assert np.abs(own - elsewhere.log_reference).max() > 0.1
    anew = reference_problem(elsewhere)
    np.testing.assert_allclose(anew.log_reference, own, atol=1e-13)
    np.testing.assert_array_equal(anew.proxy_reward, problem.proxy_reward)
    assert small_policy("perceptron") == anew.policy


@pytest.mark.parametrize("shape", [(1, 4, 3), (2, 3, 3), (2, 4, 2), (2, 4)])
def test_parameters_of_another_shape_are_refused(shape):
    """JAX clamps an index out of range: another prompt's row would answer."""
    reward = np.zeros((2, 9))
    with pytest.raises(InvalidInputError, match=r"parameters.*shape"):
        make_policy_problem(small_policy("tabular"), np.zeros(shape), proxy_reward=reward, ground_truth_reward=reward)


def test_a_reference_is_normalised():
    policy, reward = small_policy("tabular"), np.zeros((2, 9))
    common = {"proxy_reward": reward, "ground_truth_reward": reward}
    parameters = random_parameters(policy)
    with pytest.raises(InvalidInputError, match=r"log_reference.*sum of 9.*log_softmax"):
        make_policy_problem(policy, parameters, log_reference=np.zeros((2, 9)), **common)
    own = np.asarray(output_log_probabilities(policy, parameters), np.float32)
    assert make_policy_problem(policy, parameters, log_reference=own, **common).log_reference.dtype == np.float64
