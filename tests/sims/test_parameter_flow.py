"""Flow in parameter space: against the exact tabular flow, conserved quantities, and every way of not arriving."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from sims.parameter_flow import follow_flow
from sims.parameter_hitting import hitting_paths, parameter_hitting_times
from sims.parameter_path import measured_path
from sims.trajectories import trajectory
from tests.small_policies import KINDS, small_problem
from theory.errors import InvalidInputError
from theory.policies.policy import output_log_probabilities
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.policy_problem import make_policy_problem, stack_policy_problems
from theory.problem import make_problem, stack_problems


def tables(count: int, seed: int = 0, size: float = 1.0):
    """The same tabular problems twice: in parameter space, and as the exact solver takes them."""
    rng = np.random.default_rng(seed)
    policy = TabularPerPrefixPolicy(1, 4, 1)
    general, tabular = [], []
    for k in range(count):
        logits, proxy, truth = rng.standard_normal(4), size * rng.uniform(-1, 1, 4), rng.uniform(-0.9, 0.9, 4)
        truth[np.argmax(proxy)] = 1.0
        common = {
            "proxy_reward": proxy,
            "ground_truth_reward": truth,
            "kl_coefficient": 0.1 * np.ptp(proxy) * (k % 2),
        }
        general.append(make_policy_problem(policy, logits[None, None], **common))
        tabular.append(make_problem(initial_logits=logits, **common))
    return stack_policy_problems(general), stack_problems(tabular)


@pytest.mark.parametrize("size", [1.0, 1e-6])
def test_hitting_times_of_tables_are_the_exact_ones_within_the_reported_error(size: float) -> None:
    general, tabular = tables(24, size=size)
    found, exact = parameter_hitting_times(general, 0.2), hitting_times(tabular, 0.2)
    both = found.reached & exact.reached
    assert both.sum() >= 16
    error = np.abs(found.time / exact.time - 1)[both]
    assert (error <= found.relative_error[both]).all()
    assert error.max() < 1e-7
    # Whoever never arrives does not arrive here either.
    assert not found.reached[exact.status == Status.NEVER].any()


def test_the_path_is_the_exact_flow() -> None:
    general, tabular = tables(2)
    times = np.array([0.0, 0.5, 2.0])
    for k in range(2):
        states, length = follow_flow(general[k], 2.0).states(times)
        found = jax.vmap(lambda theta, k=k: output_log_probabilities(general[k].policy, theta))(states)[:, 0]
        np.testing.assert_allclose(found, trajectory(tabular[k], times).log_probabilities, atol=1e-7)
        assert (np.diff(length) > 0).all()
        # Logits of a table move along zero-sum directions.
        assert np.ptp(np.asarray(states).sum(axis=(1, 2, 3))) < 1e-8


@pytest.mark.parametrize("kind", KINDS)
def test_what_every_path_must_satisfy(kind: str) -> None:
    problem = small_problem(kind, kl_coefficient=0.05)
    path = follow_flow(problem, 3.0)
    measured = measured_path(path, np.linspace(0.0, path.end, 5))
    assert path.status is Status.CENSORED
    np.testing.assert_allclose(measured.initial_variance, measured.variance[0])
    for name in ("path_length", "path_jacobian_norm", "path_contrast_norm", "largest_reward"):
        assert (np.diff(getattr(measured, name)) >= 0).all(), name
    # The speed is the gradient's norm.
    half = 1e-4
    around = measured_path(path, np.array([0.0, 1.0 - half, 1.0, 1.0 + half]))
    slope = (around.path_length[3] - around.path_length[1]) / (2 * half)
    assert slope == pytest.approx(around.gradient_norm[2], rel=1e-4)
    rate = (around.variance[3] - around.variance[1]) / (2 * half)
    assert rate == pytest.approx(around.variance_rate[2], rel=1e-3, abs=1e-8)


def test_every_way_of_not_arriving() -> None:
    policy = TabularPerPrefixPolicy(1, 2, 1)
    even = np.zeros((1, 1, 2))

    def problem(proxy: list[float], truth: list[float]):
        return make_policy_problem(policy, even, proxy_reward=proxy, ground_truth_reward=truth)

    batch = stack_policy_problems([
        problem([0.5, 0.5], [1.0, -1.0]),  # nothing to learn from: never
        problem([1.0, -1.0], [0.1, -0.1]),  # no output is good enough: never
        problem([1.0, -1.0], [-1.0, 1.0]),  # taught the wrong way: censored at the horizon
        problem([1.0, -1.0], [1.0, -1.0]),
    ])  # fmt: skip
    found = parameter_hitting_times(batch, 0.5, horizon=20.0)
    assert found.status.tolist() == [Status.NEVER, Status.NEVER, Status.CENSORED, Status.REACHED]
    assert np.isinf(found.time[:2]).all()
    assert found.time[2] == 20.0
    assert np.isnan(found.relative_error[:3]).all()


def test_a_flow_that_needs_too_much_is_censored_and_one_that_breaks_down_has_failed() -> None:
    general, _ = tables(1)
    hitting, (path,) = hitting_paths(general, 0.2, most_evaluations=5)
    assert hitting.status[0] == Status.CENSORED
    assert path.end < 1
    broken = general[0]
    object.__setattr__(broken, "proxy_reward", np.full((1, 4), np.nan))
    assert follow_flow(broken, 1.0).status is Status.FAILED


def test_bad_input_is_named() -> None:
    general, _ = tables(2)
    for arguments, named in (
        ({"increase": 0.0}, "increase"),
        ({"increase": np.nan}, "increase"),
        ({"increase": 0.1, "prompt": 1}, "prompt"),
        ({"increase": 0.1, "horizon": -1.0}, "horizon"),
        ({"increase": 0.1, "reward": np.zeros((2, 4))}, "reward"),
        ({"increase": 0.1, "reward": np.full((2, 1, 4), 2.0)}, "reward"),
    ):
        with pytest.raises(InvalidInputError, match=named):
            parameter_hitting_times(general, **arguments)
    with pytest.raises(InvalidInputError, match="problems"):
        parameter_hitting_times(general[0], 0.1)
    with pytest.raises(InvalidInputError, match="horizon"):
        follow_flow(general[0], np.inf)
    path = follow_flow(general[0], 1.0)
    for times in ([0.1], [0.0, 2.0], [0.0, 0.5, 0.2], [0.0, np.nan]):
        with pytest.raises(InvalidInputError, match="times"):
            measured_path(path, np.array(times))
