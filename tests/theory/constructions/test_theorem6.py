"""Theorem 6's reward models and random members of its sets of policies, and when these sets are empty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from theory.constructions.theorem6 import _check_result, _tilt, theorem6_policies, theorem6_reward
from theory.errors import InvalidInputError


def random_settings(random, count, outputs):
    """Settings with a nonempty `Pi`, near its limits in some of them."""
    truth = random.uniform(-1, 1, (count, outputs))
    if random.random() < 0.3:
        truth = 0.99 * np.round(2 * truth) / 2 + np.linspace(0, 0.01, outputs)  # nearly tied
    order = np.argsort(truth, axis=-1)
    top = np.take_along_axis(truth, order, axis=-1)
    value = top[:, 0] + (top[:, -2] - top[:, 0]) * random.uniform(0.02, 0.98, count)
    favoured, other = np.where(random.random(count) < 0.5, order[:, [-1, -2]].T, order[:, [-2, -1]].T)
    favoured_truth = np.take_along_axis(truth, favoured[:, None], axis=-1)[:, 0]
    largest_mass = (value - top[:, 0]) / (favoured_truth - top[:, 0])
    return {
        "ground_truth_reward": truth,
        "favoured_output": favoured,
        "other_output": other,
        "initial_truth": value,
        "increase": (top[:, -2] - value) * random.uniform(0.01, 0.99, count),
        "inverse_root_mass": 10 ** random.uniform(0, 6, count),
        "favoured_mass": largest_mass * random.uniform(0.01, 0.99, count),
    }


@given(st.integers(0, 2**32 - 1), st.integers(3, 9))
def test_members_satisfy_the_definition(seed, outputs):
    random = np.random.default_rng(seed)
    settings = random_settings(random, 200, outputs)
    members = theorem6_policies(random, **settings)
    policy, truth, rows = members.probabilities, settings["ground_truth_reward"], np.arange(200)
    assert (policy > 0).all()
    assert np.abs(policy.sum(axis=-1) - 1).max() < 1e-14
    assert np.abs(np.sum(policy * truth, axis=-1) - settings["initial_truth"]).max() <= 1e-12
    assert (policy[rows, settings["favoured_output"]] >= settings["favoured_mass"]).all()
    assert (policy[rows, settings["other_output"]] <= settings["inverse_root_mass"] ** -2.0).all()
    best_truth = truth[rows, settings["favoured_output"]]
    rho = (settings["initial_truth"] + settings["increase"] + 1) / (best_truth + 1)
    np.testing.assert_allclose(members.required_share, rho, rtol=1e-14)
    expected = settings["favoured_mass"] * (1 - rho) ** 3
    expected /= 16 * (1 / (2 * math.e) - 2 * np.log(policy.min(axis=-1)))
    np.testing.assert_allclose(members.kl_limit, expected, rtol=1e-12)


@pytest.mark.parametrize("outputs", [3, 4, 6])
def test_emptiness_against_a_linear_program(outputs):
    """Largest possible smallest probability over `Pi`: a member exists just when it is positive."""
    random = np.random.default_rng(outputs)
    verdicts = []
    for _ in range(60):
        truth = random.uniform(-1, 1, outputs)
        order = np.argsort(truth)
        value = truth[order[0]] + (truth[order[-2]] - truth[order[0]]) * random.random()
        mass, root = random.random(), 10 ** random.uniform(0, 2)
        favoured, other = int(order[-1]), int(order[-2])
        # Variables: the policy and a lower bound on it, which is maximised.
        bounds = [(0, 1)] * (outputs + 1)
        bounds[favoured], bounds[other] = (mass, 1), (0, root**-2)
        program = linprog(
            np.append(np.zeros(outputs), -1),
            A_ub=np.hstack([-np.eye(outputs), np.ones((outputs, 1))]),
            b_ub=np.zeros(outputs),
            A_eq=[np.append(np.ones(outputs), 0), np.append(truth, 0)],
            b_eq=[1, value],
            bounds=bounds,
        )
        exists = bool(program.status == 0 and -program.fun > 1e-12)
        verdicts.append(exists)
        arguments = {
            "ground_truth_reward": truth,
            "favoured_output": favoured,
            "other_output": other,
            "initial_truth": value,
            "increase": (truth[order[-2]] - value) / 2,
            "inverse_root_mass": root,
            "favoured_mass": mass,
        }
        if exists:
            policy = theorem6_policies(random, **arguments).probabilities
            assert policy @ truth == pytest.approx(value, abs=1e-12)
        else:
            with pytest.raises(InvalidInputError, match=r"favoured_mass.*no policy"):
                theorem6_policies(random, **arguments)
    assert 0 < sum(verdicts) < 60


GOOD = {
    "ground_truth_reward": [0.9, 0.7, -0.2, -1.0],
    "favoured_output": 0,
    "other_output": 1,
    "initial_truth": 0.0,
    "increase": 0.3,
    "inverse_root_mass": 100.0,
    "favoured_mass": 0.2,
}


def test_the_knobs_reach_the_edges_of_the_set():
    policy = theorem6_policies(
        np.random.default_rng(0), **GOOD, favoured_fraction=1e-9, other_fraction=1 - 1e-9
    ).probabilities
    assert policy[1] == pytest.approx(1e-4, rel=1e-8)
    # All else at -0.2 at best: y_g needs at least (0.2 - 0.9e-4) / 1.1 = 0.18, less than c.
    assert policy[0] == pytest.approx(0.2, rel=1e-8)


def test_the_mirror_image_and_the_same_seed():
    mirrored = GOOD | {"favoured_output": 1, "other_output": 0}
    policy = theorem6_policies(np.random.default_rng(0), **mirrored).probabilities
    assert policy[1] >= 0.2
    assert policy[0] <= 1e-4
    again = theorem6_policies(np.random.default_rng(0), **mirrored).probabilities
    np.testing.assert_array_equal(policy, again)


def test_all_the_remaining_outputs_alike():
    arguments = GOOD | {"ground_truth_reward": [0.9, 0.7, -0.5, -0.5]}
    policy = theorem6_policies(np.random.default_rng(1), **arguments).probabilities
    assert policy @ np.array(arguments["ground_truth_reward"]) == pytest.approx(0, abs=1e-15)
    assert policy[2] != policy[3]


def test_rewards():
    np.testing.assert_array_equal(theorem6_reward(1, 3), [-1, 1, -1])
    np.testing.assert_array_equal(theorem6_reward([[0], [2]], 3), [[[1, -1, -1]], [[-1, -1, 1]]])
    with pytest.raises(InvalidInputError, match="rewarded_output: got 3"):
        theorem6_reward(3, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ground_truth_reward": [0.9, 0.7, -0.2, np.nan]}, "ground_truth_reward: got nan"),
        ({"ground_truth_reward": [0.9, 0.7]}, "ground_truth_reward: got 2 outputs"),
        ({"favoured_output": 4}, "favoured_output: got 4"),
        ({"favoured_output": 2}, "favoured_output: got an output of ground-truth reward -0.2"),
        ({"other_output": 3}, "other_output: got an output of ground-truth reward -1"),
        ({"other_output": 0}, "other_output: got 0"),
        ({"increase": 0.0}, "increase: got 0"),
        ({"increase": 0.75}, "other_output: got an output of ground-truth reward 0.7"),
        ({"inverse_root_mass": 0.9}, "inverse_root_mass: got 0.9"),
        ({"favoured_mass": 0.0}, "favoured_mass: got 0"),
        ({"favoured_mass": 1.0}, "favoured_mass: got 1"),
        ({"favoured_mass": 0.6}, "favoured_mass: got 0.6.*below 0.526"),
        ({"initial_truth": -1.0}, "favoured_mass: got 0.2.*Raise initial_truth"),
        ({"initial_truth": np.inf}, "initial_truth: got inf"),
        ({"favoured_fraction": 1.0}, "favoured_fraction: got 1"),
        ({"weight_spread": -1.0}, "weight_spread: got -1"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InvalidInputError, match=message):
        theorem6_policies(np.random.default_rng(0), **(GOOD | change))


def test_a_member_that_float64_cannot_hold_is_refused():
    """Either a probability below its normal numbers, or an expected reward off `V0` by more than a trillionth."""
    truth, value = np.array([[1.0, 0.0, -1.0]] * 2), np.zeros(2)
    good = np.array([[0.25, 0.5, 0.25]] * 2)
    tiny = np.finfo(np.float64).tiny
    off = lambda size: good + np.array([[0, 0, 0], [size / 2, 0, -size / 2]])  # noqa: E731
    for policies in (good, off(0.9e-12), off(-0.9e-12), np.array([[1.1 * tiny, 1.0, 1.1 * tiny]] * 2)):
        _check_result(policies, truth, value)
    for policies in (off(1.1e-12), off(-1.1e-12), np.array([[tiny, 1.0, tiny], [0.25, 0.5, 0.25]])):
        with pytest.raises(InvalidInputError, match="too thin for float64"):
            _check_result(policies, truth, value)


def test_the_weights_are_tilted_along_the_reward():
    """`p = w exp(a + b r_G)` exactly, of which there is just one with the wanted mean; and none of the two outputs."""
    random = np.random.default_rng(8)
    count, outputs = 50, 6
    truth = random.uniform(-1, 1, (count, outputs))
    rest = np.arange(outputs) >= 2
    log_weights = np.where(rest, random.normal(size=truth.shape), -np.inf)
    lowest, highest = truth[:, 2:].min(axis=1), truth[:, 2:].max(axis=1)
    wanted = lowest + random.uniform(0.001, 0.999, count) * (highest - lowest)
    found = _tilt(log_weights, truth, wanted, np.broadcast_to(rest, truth.shape))
    assert (found[:, :2] == 0).all()
    np.testing.assert_allclose(np.sum(found * truth, axis=1), wanted, atol=1e-15)
    for probabilities, weights, rewards in zip(found[:, 2:], log_weights[:, 2:], truth[:, 2:], strict=True):
        tilt = np.log(probabilities) - weights
        slope, start = np.polyfit(rewards, tilt, 1)
        np.testing.assert_allclose(tilt, start + slope * rewards, atol=1e-9)
    # A third output alone has all the mass.
    alone = _tilt(np.array([[-np.inf, -np.inf, 0.3]]), truth[:1, :3], truth[:1, 2], rest[None, :3])
    assert alone.tolist() == [[0.0, 0.0, 1.0]]
