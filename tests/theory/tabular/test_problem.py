"""Problems: what is accepted, what is refused, and that stacking and indexing undo each other."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.tabular.problem import make_problem, stack_problems

GOOD = {
    "initial_probabilities": [0.2, 0.3, 0.5],
    "proxy_reward": [1.0, 0.0, -1.0],
    "ground_truth_reward": [0.5, 0.25, -0.5],
}


def test_fields():
    problem = make_problem(**GOOD, kl_coefficient=0.1, prompts=4)
    np.testing.assert_allclose(np.exp(problem.initial_log_probabilities), GOOD["initial_probabilities"], rtol=1e-15)
    assert problem.proxy_reward.tolist() == GOOD["proxy_reward"]
    assert problem.ground_truth_reward.tolist() == GOOD["ground_truth_reward"]
    assert (float(problem.kl_coefficient), float(problem.prompts)) == (0.1, 4.0)
    assert (problem.batch_shape, problem.outputs) == ((), 3)
    assert all(leaf.dtype == np.float64 for leaf in jax.tree.leaves(problem))
    assert len(jax.tree.leaves(problem)) == 5


@pytest.mark.parametrize("shift", [0.0, 800.0, -1e6])
def test_logits_are_normalised(shift):
    logits = np.log(GOOD["initial_probabilities"]) + shift
    rewards = {key: GOOD[key] for key in ("proxy_reward", "ground_truth_reward")}
    problem = make_problem(initial_logits=logits, **rewards)
    np.testing.assert_allclose(np.exp(problem.initial_log_probabilities), GOOD["initial_probabilities"], rtol=1e-9)
    again = make_problem(initial_logits=problem.initial_log_probabilities, **rewards)
    np.testing.assert_array_equal(again.initial_log_probabilities, problem.initial_log_probabilities)


def test_the_caller_keeps_their_arrays():
    policy = np.array([0.5, 0.5])
    problem = make_problem(initial_probabilities=policy, proxy_reward=[1, -1], ground_truth_reward=[1, -1])
    policy[:] = [0.1, 0.9]
    np.testing.assert_allclose(np.exp(problem.initial_log_probabilities), 0.5)


def test_batches_stack_and_index():
    batch = make_problem(
        initial_probabilities=[[0.5, 0.5], [0.1, 0.9]],
        proxy_reward=[[1, -1], [0, 1]],
        ground_truth_reward=[[1, -1], [-1, 1]],
        kl_coefficient=[0.0, 0.5],
        prompts=3,
    )
    assert batch.batch_shape == (2,)
    assert batch.prompts.tolist() == [3, 3]
    parts = list(batch)
    assert [part.batch_shape for part in parts] == [(), ()]
    for joined in (stack_problems(parts), stack_problems([batch[:1], parts[1]]), stack_problems([batch])):
        for one, other in zip(jax.tree.leaves(joined), jax.tree.leaves(batch), strict=True):
            np.testing.assert_array_equal(one, other)
    assert float(batch[1].kl_coefficient) == 0.5
    assert batch[np.array([1, 1, 0])].batch_shape == (3,)


def test_a_single_problem_is_no_sequence():
    problem = make_problem(**GOOD)
    with pytest.raises(InvalidInputError, match="no batch axis"):
        problem[0]
    with pytest.raises(InvalidInputError, match="no batch axis"):
        iter(problem)


def test_stacks_of_nothing_and_of_different_sizes():
    with pytest.raises(InvalidInputError, match="empty batch"):
        stack_problems([])
    pair = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1, -1], ground_truth_reward=[1, -1])
    with pytest.raises(InvalidInputError, match=r"numbers of outputs \[2, 3\]"):
        stack_problems([make_problem(**GOOD), pair])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"initial_probabilities": [0.2, 0.3, 0.4]}, "initial_probabilities: got a sum of"),
        ({"initial_probabilities": [0.5, 0.5, 0.0]}, r"initial_probabilities: got 0 at index \[2\]"),
        ({"initial_probabilities": [0.5, 0.5]}, r"proxy_reward: got shape \(3,\)"),
        ({"initial_probabilities": None}, "got neither"),
        ({"initial_logits": [0, 0, 0]}, "got both"),
        ({"initial_probabilities": None, "initial_logits": [0, 0, np.inf]}, "initial_logits: got inf"),
        ({"initial_probabilities": None, "initial_logits": [0, 0, -701]}, r"exp\(-701.*vanish"),
        ({"initial_probabilities": [1e-305, 0.5, 0.5]}, "vanish"),
        ({"initial_probabilities": [1.0]}, "at least two"),
        ({"proxy_reward": [1, 0, -1.5]}, r"proxy_reward: got -1\.5"),
        ({"proxy_reward": [1, 0]}, r"proxy_reward: got shape \(2,\)"),
        ({"ground_truth_reward": [1, 0, np.nan]}, "ground_truth_reward: got nan"),
        ({"ground_truth_reward": 1.0}, r"ground_truth_reward: got shape \(\)"),
        ({"kl_coefficient": -0.1}, r"kl_coefficient: got -0\.1"),
        ({"kl_coefficient": np.nan}, "kl_coefficient: got nan"),
        ({"kl_coefficient": [0.1, 0.2]}, r"kl_coefficient: got shape \(2,\)"),
        ({"prompts": 0}, "prompts: got 0"),
        ({"prompts": 1.5}, r"prompts: got 1\.5.*whole"),
        ({"prompts": 0.5}, r"prompts: got 0\.5"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InvalidInputError, match=message):
        make_problem(**(GOOD | change))


def test_a_softmax_in_float32_is_accepted_and_divided_by_its_sum():
    logits = np.random.default_rng(1).normal(size=(20, 100)).astype(np.float32)
    policy = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    total = policy.astype(np.float64).sum(-1)
    assert np.abs(total - 1).max() > 1e-8
    problem = make_problem(initial_probabilities=policy, proxy_reward=0 * policy, ground_truth_reward=0 * policy)
    np.testing.assert_allclose(np.exp(problem.initial_log_probabilities).sum(-1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(problem.initial_log_probabilities) * total[:, None], policy, rtol=1e-13)
