"""Hitting times in parameter space: against the exact tabular solver, first crossings, every way of not arriving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from proofs_check.instances.bump_families import bump_problems
from proofs_check.instances.tables_as_policies import in_parameter_space
from proofs_check.instances.tabular_families import Family, arbitrary_problems, nearly_extremal_problems
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from sims.parameter_space.hitting_times import hitting_paths, parameter_hitting_times
from tests.sims.parameter_space.tables import tables
from theory.errors import InvalidInputError
from theory.parameter_space.problem import make_policy_problem, stack_policy_problems
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.problem import make_problem


@pytest.mark.parametrize("size", [1.0, 1e-6])
def test_hitting_times_of_tables_are_the_exact_ones_within_the_reported_error(size: float) -> None:
    parametric, tabular = tables(24, size=size)
    found, exact = parameter_hitting_times(parametric, 0.2), hitting_times(tabular, 0.2)
    both = found.reached & exact.reached
    assert both.sum() >= 16
    error = np.abs(found.time / exact.time - 1)[both]
    assert (error <= found.relative_error[both]).all()
    assert error.max() < 1e-7
    # Whoever never arrives does not arrive here either.
    assert not found.reached[exact.status == Status.NEVER].any()


def _bump(increase: float):
    """Outputs take turns, and the second one is worth more than the third: the first time is soon over."""
    policy = 10.0 ** (-0.8 * np.arange(4))
    common = {
        "proxy_reward": [-0.8, -0.26667, 0.26667, 0.8],
        "ground_truth_reward": [-0.5, 0.55, -0.5, 0.65],
    }
    table = TabularPerPrefixPolicy(1, 4, 1)
    parametric = make_policy_problem(table, np.log(policy / policy.sum())[None, None], **common)
    exact = hitting_times(make_problem(initial_probabilities=policy / policy.sum(), **common), increase)
    return parameter_hitting_times(stack_policy_problems([parametric]), increase, horizon=1e6), exact


@pytest.mark.parametrize("increase", [0.75, 0.756387, 0.757, 0.758])
def test_the_first_crossing_is_found_though_the_reward_falls_again_within_a_step(increase: float) -> None:
    found, exact = _bump(increase)
    assert found.status[0] == Status.REACHED
    assert abs(found.time[0] / float(exact.time) - 1) <= found.relative_error[0] < 1e-4
    # The crest is between the last two.
    assert (found.time[0] < 30) == (increase < 0.7575)


@pytest.mark.slow
def test_a_crest_that_just_misses_or_just_reaches_is_not_taken_for_certain() -> None:
    """Bisection towards the crest: an answer is right within its error, or does not claim to know."""
    low, high, censored = 0.757, 0.758, 0
    for _ in range(40):
        middle = (low + high) / 2
        found, exact = _bump(middle)
        early = float(exact.time) < 1000
        low, high = (middle, high) if early else (low, middle)
        if found.status[0] == Status.CENSORED:
            censored += 1
            assert found.time[0] <= float(exact.time)
        else:
            assert abs(found.time[0] / float(exact.time) - 1) <= found.relative_error[0] + exact.relative_error
    assert censored > 3


OUTPUTS = 5
"""Problems of fewer outputs are padded, so that all of parameter space is one compiled program."""


def _problems(rng: np.random.Generator, outputs: int) -> list[Family]:
    bumps = [bump_problems(rng, 50, outputs), bump_problems(rng, 25, outputs, regularized=True)] if outputs > 2 else []
    return [
        *bumps,
        arbitrary_problems(rng, 80, outputs),
        arbitrary_problems(rng, 60, outputs, regularized=True),
        nearly_extremal_problems(rng, 60, outputs),
    ]


@pytest.mark.slow
def test_a_thousand_tables_against_the_tabular_simulator() -> None:
    """Takes a minute: two integrations of each problem, and the programs of the tabular simulator for each size."""
    problems = reached = bumps = 0
    for outputs in (2, 3, 4, 5):
        for family in _problems(np.random.default_rng([4, outputs]), outputs):
            problem = replace(family.problem, prompts=np.ones(family.increase.shape))
            exact = hitting_times(problem, family.increase)
            # Five times as long as it takes: whoever misses the first crossing may find another.
            horizon = np.where(exact.reached, 5 * exact.time, np.inf)
            parametric = in_parameter_space(problem, outputs=OUTPUTS)
            found = parameter_hitting_times(parametric, family.increase, horizon=horizon)
            both = found.reached & exact.reached
            off = np.abs(found.time[both] / exact.time[both] - 1)
            assert (off <= found.relative_error[both] + exact.relative_error[both]).all(), family.name
            # Nothing contradicts: neither reached and never, nor not reached by a time that is later.
            assert not found.reached[exact.status == Status.NEVER].any()
            assert not exact.reached[found.status == Status.NEVER].any()
            left = exact.reached & (found.status == Status.CENSORED)
            assert (found.time[left] <= exact.time[left]).all()
            problems, reached = problems + len(both), reached + int(both.sum())
            bumps += int(both.sum()) if family.name.startswith("bumps") else 0
    assert problems >= 1000
    assert reached >= 850
    assert bumps >= 150


def test_nearly_equal_rewards_leave_digits_for_the_kl_term() -> None:
    """Rewards of 0.6 that differ in the eleventh digit, and a KL term in the fifteenth."""
    rng = np.random.default_rng(1)
    proxy = 0.6 + 1e-11 * rng.uniform(-1, 1, (8, 4))
    problem = make_problem(
        initial_logits=rng.standard_normal((8, 4)),
        proxy_reward=proxy,
        kl_coefficient=np.full(8, 3e-13),
        ground_truth_reward=(proxy - 0.6) / 1e-11,
    )
    exact, found = hitting_times(problem, 0.1), parameter_hitting_times(in_parameter_space(problem), 0.1)
    both = found.reached & exact.reached
    assert both.sum() >= 4
    assert (np.abs(found.time / exact.time - 1) <= found.relative_error + exact.relative_error)[both].all()
    assert np.max(found.relative_error[both]) < 1e-6


def test_every_way_of_not_arriving() -> None:
    policy = TabularPerPrefixPolicy(1, 2, 1)
    even = np.zeros((1, 1, 2))

    def problem(proxy: list[float], truth: list[float]):
        return make_policy_problem(policy, even, proxy_reward=proxy, ground_truth_reward=truth)

    batch = stack_policy_problems(
        [
            problem([0.5, 0.5], [1.0, -1.0]),  # nothing to learn from: never
            problem([1.0, -1.0], [0.1, -0.1]),  # no output is good enough: never
            problem([1.0, -1.0], [-1.0, 1.0]),  # taught the wrong way: censored at the horizon
            problem([1.0, -1.0], [1.0, -1.0]),
        ]
    )
    found = parameter_hitting_times(batch, 0.5, horizon=20.0)
    assert found.status.tolist() == [Status.NEVER, Status.NEVER, Status.CENSORED, Status.REACHED]
    assert np.isinf(found.time[:2]).all()
    assert found.time[2] == 20.0
    assert np.isnan(found.relative_error[:3]).all()


def test_a_flow_that_needs_too_much_is_censored() -> None:
    parametric, _ = tables(1)
    hitting, (path,) = hitting_paths(parametric, 0.2, most_evaluations=5)
    assert hitting.status[0] == Status.CENSORED
    assert path.end < 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"increase": 0.0}, "increase"),
        ({"increase": np.nan}, "increase"),
        ({"prompt": 1}, "prompt"),
        ({"horizon": -1.0}, "horizon"),
        ({"horizon": np.nan}, "horizon"),
        ({"horizon": np.ones(3)}, "horizon"),
        ({"watched_reward": np.zeros((2, 4))}, "watched_reward"),
        ({"watched_reward": np.full((2, 1, 4), 2.0)}, "watched_reward"),
        *(({"tolerance": tolerance}, "tolerance") for tolerance in (0.0, np.nan, -1.0, 10.0)),
    ],
)
def test_bad_input_is_named(arguments: dict, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        parameter_hitting_times(tables(2)[0], **({"increase": 0.1} | arguments))


def test_a_single_problem_is_no_batch() -> None:
    with pytest.raises(InvalidInputError, match="problems"):
        parameter_hitting_times(tables(1)[0][0], 0.1)
