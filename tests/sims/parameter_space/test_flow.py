"""Flow in parameter space: against the exact tabular flow, conserved quantities, and what a path refuses to say."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.hitting import Status
from sims.parameter_space.flow import follow_flow
from sims.parameter_space.path import LARGEST_SO_FAR, measured_path, measured_paths
from sims.trajectories import trajectory
from tests.sims.parameter_space.tables import tables
from tests.small_policies import KINDS, small_problem
from theory.errors import InvalidInputError
from theory.policies.policy import output_log_probabilities


def test_the_path_is_the_exact_flow() -> None:
    parametric, tabular = tables(2)
    times = np.array([0.0, 0.5, 2.0])
    for k in range(2):
        states, length = follow_flow(parametric[k], 2.0).states(times)
        found = jax.vmap(lambda theta, k=k: output_log_probabilities(parametric[k].policy, theta))(states)[:, 0]
        np.testing.assert_allclose(found, trajectory(tabular[k], times).log_probabilities, atol=1e-7)
        assert (np.diff(length) > 0).all()
        # Logits of a table move along zero-sum directions.
        assert np.ptp(np.asarray(states).sum(axis=(1, 2, 3))) < 1e-8


def numbers(field: object) -> np.ndarray:
    """A field of an instance, which is there."""
    assert isinstance(field, np.ndarray)
    return field


@pytest.mark.parametrize("kind", KINDS)
def test_what_every_path_must_satisfy(kind: str) -> None:
    problem = small_problem(kind, kl_coefficient=0.05)
    path = follow_flow(problem, 3.0)
    measured = measured_path(path, np.linspace(0.0, path.end, 5))
    assert path.status is Status.CENSORED
    np.testing.assert_allclose(numbers(measured.initial_variance), numbers(measured.variance)[0])
    for name in ("path_length", "largest_reward", *(f"path_{name}" for name in LARGEST_SO_FAR)):
        assert (np.diff(getattr(measured, name)) >= 0).all(), name
    for name in LARGEST_SO_FAR:
        assert (getattr(measured, f"path_{name}") >= getattr(measured, name)).all(), name
    np.testing.assert_array_equal(numbers(measured.initial_truth), numbers(measured.expected_truth)[0])
    # The speed is the gradient's norm.
    half = 1e-4
    around = measured_path(path, np.array([0.0, 1.0 - half, 1.0, 1.0 + half]))
    length, variance = numbers(around.path_length), numbers(around.variance)
    slope, rate = ((values[3] - values[1]) / (2 * half) for values in (length, variance))
    assert slope == pytest.approx(numbers(around.gradient_norm)[2], rel=1e-4)
    assert rate == pytest.approx(numbers(around.variance_rate)[2], rel=1e-3, abs=1e-8)


def test_a_path_measures_the_prompt_that_is_watched() -> None:
    path = follow_flow(small_problem("log-linear"), 2.0)
    own = [measured_path(path, np.linspace(0.0, path.end, 3), prompt=prompt) for prompt in range(2)]
    for name in ("path_fisher_norm", "expected_truth", "initial_truth"):
        assert np.all(getattr(own[0], name) != getattr(own[1], name)), name
    np.testing.assert_array_equal(own[0].path_mean_fisher_norm, own[1].path_mean_fisher_norm)
    both = measured_paths([path, path], np.array([[0.0, path.end]] * 2), np.array([0, 1]))
    np.testing.assert_array_equal(numbers(both.initial_truth)[:, 0], [numbers(o.initial_truth)[0] for o in own])
    with pytest.raises(InvalidInputError, match="prompt: got 2"):
        measured_path(path, np.array([0.0]), prompt=2)


def test_a_path_says_nothing_beyond_its_end_and_all_of_it_up_to_there() -> None:
    problem = tables(1)[0][0]
    path = follow_flow(problem, 2.0)
    for wrong in (-0.1, 2.1, np.nan, np.inf):
        with pytest.raises(InvalidInputError, match="times"):
            path.states(np.array([wrong]))
    # A flow that ran out of evaluations knows where it was until then.
    short = follow_flow(problem, 20.0, most_evaluations=60)
    assert short.status is Status.CENSORED
    assert 0 < short.end < 20
    times = short.end * np.linspace(0, 1, 7)
    (found, length), (whole, _) = short.states(times), follow_flow(problem, 20.0).states(times)
    np.testing.assert_allclose(found, whole, atol=1e-8)
    assert (np.diff(length) > 0).all()


def test_parameters_of_a_path_are_float64_whatever_the_default_is() -> None:
    with jax.enable_x64(False):
        states, _ = follow_flow(tables(1)[0][0], 1.0).states(np.array([0.5]))
    assert states.dtype == np.float64


def test_a_flow_that_breaks_down_has_failed() -> None:
    broken = tables(1)[0][0]
    object.__setattr__(broken, "proxy_reward", np.full((1, 4), np.nan))
    assert follow_flow(broken, 1.0).status is Status.FAILED


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"horizon": np.inf}, "horizon"),
        ({"horizon": 0.0}, "horizon"),
        *(({"tolerance": tolerance}, "tolerance") for tolerance in (0.0, np.nan, -1.0, 10.0)),
        ({"most_evaluations": 0}, "most_evaluations"),
        ({"increase": -0.1}, "increase"),
        ({"increase": np.nan}, "increase"),
        ({"increase": 0.1, "prompt": 1}, "prompt"),
        ({"increase": 0.1, "watched_reward": np.zeros((2, 4))}, "watched_reward"),
        ({"increase": 0.1, "watched_reward": np.full((1, 4), np.nan)}, "watched_reward"),
    ],
)
def test_settings_that_make_no_sense_are_named(arguments: dict, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        follow_flow(tables(1)[0][0], **({"horizon": 1.0} | arguments))


def test_times_of_measured_paths_are_checked() -> None:
    path = follow_flow(tables(1)[0][0], 1.0)
    for times in ([0.1], [0.0, 2.0], [0.0, 0.5, 0.2], [0.0, np.nan]):
        with pytest.raises(InvalidInputError, match="times"):
            measured_path(path, np.array(times))
