"""Records are read back to the last bit, and bad ones are named."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest
from hypothesis import given

from tests.strategies import increases, kl_coefficients, policies_and_rewards
from theory.errors import InvalidInputError
from theory.tabular.problem import make_problem
from theory.tabular.problem_record import name_from_record, problem_from_record, problem_to_record

GOOD = {"initial_probabilities": [0.5, 0.5], "proxy_reward": [1, -1], "ground_truth_reward": [1, -1]}


@given(policies_and_rewards(1, 2), kl_coefficients, increases)
def test_round_trip(drawn, coefficient, increase):
    log_policy, proxy, truth = drawn
    problem = make_problem(
        initial_logits=log_policy, proxy_reward=proxy, ground_truth_reward=truth, kl_coefficient=coefficient, prompts=7
    )
    text = json.dumps(problem_to_record(problem, increase), allow_nan=False)
    again, gamma = problem_from_record(json.loads(text))
    assert gamma == increase
    for one, other in zip(jax.tree.leaves(again), jax.tree.leaves(problem), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_may_be_left_out():
    problem, gamma = problem_from_record(GOOD)
    assert gamma is None
    assert (float(problem.kl_coefficient), float(problem.prompts)) == (0.0, 1.0)
    assert "gamma" not in problem_to_record(problem)
    assert problem_from_record(GOOD | {"gamma": None})[1] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"proxy": [1, -1]}, "unknown key 'proxy'.*proxy_reward"),
        ({"gamma": 0}, "gamma: got 0"),
        ({"gamma": -1}, "gamma: got -1"),
        ({"gamma": "0.3"}, "gamma: got '0.3'"),
        ({"gamma": True}, "gamma: got True"),
        ({"gamma": [0.3]}, "gamma: got shape.*one number"),
        ({"gamma": float("inf")}, "gamma: got inf"),
        ({"gamma": float("nan")}, "gamma: got nan"),
        ({"gamma": {}}, "gamma: got {}"),
        ({"proxy_reward": [True, -1]}, "proxy_reward: got"),
        ({"proxy_reward": {"a": 1}}, "proxy_reward: got"),
        ({"proxy_reward": None}, "proxy_reward: got None"),
        ({"kl_coefficient": None}, "kl_coefficient: got None"),
        ({"prompts": "3"}, "prompts: got '3'"),
        (
            {"initial_probabilities": [[0.5, 0.5]], "proxy_reward": [[1, -1]], "ground_truth_reward": [[1, -1]]},
            r"lists of shape \(1,\)",
        ),
    ],
)
def test_bad_records_are_named(change, message):
    with pytest.raises(InvalidInputError, match=message):
        problem_from_record(GOOD | change)


@pytest.mark.parametrize("record", [None, 3, "x", [], [GOOD]])
def test_what_is_no_record(record):
    with pytest.raises(InvalidInputError, match="Give an object"):
        problem_from_record(record)


@pytest.mark.parametrize("key", ["proxy_reward", "ground_truth_reward"])
def test_missing_keys(key):
    with pytest.raises(InvalidInputError, match=rf"{key}: got nothing"):
        problem_from_record({k: v for k, v in GOOD.items() if k != key})


def test_a_name_is_read_and_checked():
    record = {"initial_logits": [0, 0], "proxy_reward": [1, -1], "ground_truth_reward": [1, -1], "name": "mine"}
    problem_from_record(record)
    assert name_from_record(record) == "mine"
    assert name_from_record({}) == ""
    for bad in (3, ["mine"], "two\nlines", "n" * 201):
        with pytest.raises(InvalidInputError, match=r"name: got .*at most 200 characters"):
            problem_from_record(record | {"name": bad})


def test_a_long_key_is_not_repeated_whole():
    with pytest.raises(InvalidInputError, match="unknown key 'k") as caught:
        problem_from_record({"k" * 100_000: 1})
    assert len(str(caught.value)) < 400
