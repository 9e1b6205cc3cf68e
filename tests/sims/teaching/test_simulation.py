"""Simulated teaching against this package's other simulators, enumeration, and a counter-example by hand."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from sims import gradient_ascent, gradient_ascent_hitting_steps, hitting_times, trajectory
from sims.hitting import Status
from sims.policy_gradient.advantages import (
    group_mean_advantages,
    leave_one_out_advantages,
    standardised_advantages,
)
from sims.teaching import (
    ScoredGroups,
    TeachingMethod,
    TeachingOutcome,
    exact_ascent,
    exact_flow,
    expected_grpo,
    expected_rloo,
    scored_groups,
    simulate_teaching,
)
from tests.sims.teaching.group_enumeration import mean_update
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem, make_problem

TRUTH, PROXY = np.array([1, 0.7, -0.8, -0.8, -0.8]), np.array([1, -0.8, -0.8, -0.8, -0.8])
START = np.array([0.08, 0.52, 0.16, 0.12, 0.12])
LEVELS = np.array([0.65, 0.69, 0.9, 0.95])
GAINS = LEVELS - START @ TRUTH


def one_prompt(*models: np.ndarray) -> ScoredGroups:
    return scored_groups(np.stack(models), np.array([0, 5]), truth=TRUTH, initial_log_probabilities=np.log(START))


PROMPTS = 4


def ragged(smallest: int = 5, *, models: int = 2, digits: int = 3, truth: bool = True) -> ScoredGroups:
    """Of five to eight outputs, one size class, or of fewer too."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(smallest, 9, size=PROMPTS)
    sizes[0] = smallest
    rows = int(sizes.sum())
    return scored_groups(
        rng.uniform(-1, 1, (models, rows)).round(digits),
        np.concatenate([[0], np.cumsum(sizes)]),
        truth=rng.uniform(-1, 1, rows) if truth else None,
        initial_log_probabilities=rng.normal(size=rows),
    )


def problems(groups: ScoredGroups, model: int, kl_coefficient: float = 0.0) -> list[Problem]:
    assert groups.truth is not None
    return [
        make_problem(
            initial_logits=groups.initial_log_probabilities[first:last],
            proxy_reward=groups.rewards[model, first:last],
            ground_truth_reward=groups.truth[first:last],
            kl_coefficient=kl_coefficient,
        )
        for first, last in zip(groups.offsets[:-1], groups.offsets[1:], strict=True)
    ]


def test_the_truth_is_the_worse_teacher():
    """Higher variance, perfect accuracy and a larger gradient, and slower by far."""
    taught: TeachingOutcome = simulate_teaching(one_prompt(TRUTH, PROXY), exact_ascent(0.1), [5000], gains=GAINS)
    assert taught.mean_rise is not None
    assert taught.prompt_rise is not None
    assert taught.mean_rise.time.T.tolist() == [[170, 687, 4822, 4914], [86, 89, 141, 206]]
    np.testing.assert_array_equal(taught.prompt_rise.time[:, 0], taught.mean_rise.time)


def test_equal_variances_do_not_change_that():
    scaled = [r / np.sqrt(START @ (r - START @ r) ** 2) for r in (TRUTH, PROXY)]
    taught = simulate_teaching(one_prompt(*scaled), exact_ascent(0.1), [4000], gains=GAINS)
    assert taught.mean_rise is not None
    assert taught.mean_rise.time.T.tolist() == [[129, 521, 3655, 3725], [42, 44, 69, 101]]


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.1])
def test_flow_is_that_of_the_trajectories(kl_coefficient: float):
    groups, times = ragged(), np.array([0.0, 0.5, 3.0, 40.0, 300.0])
    taught = simulate_teaching(groups, exact_flow(), times, kl_coefficient=kl_coefficient, kept_times=range(len(times)))
    assert taught.prompt_truth is not None
    assert taught.truth is not None
    for model in range(groups.models):
        paths = [trajectory(problem, times) for problem in problems(groups, model, kl_coefficient)]
        truth = [path.expected(p.ground_truth_reward) for path, p in zip(paths, problems(groups, model), strict=True)]
        np.testing.assert_allclose(taught.prompt_truth[:, model], truth, atol=3e-8 if kl_coefficient else 1e-12)
        np.testing.assert_allclose(taught.truth[model], np.mean(truth, axis=0), atol=3e-8 if kl_coefficient else 1e-12)
        divergence = [
            np.sum(np.exp(path.log_probabilities) * (path.log_probabilities - path.log_probabilities[0]), axis=1)
            for path in paths
        ]
        np.testing.assert_allclose(taught.divergence[model], np.mean(divergence, axis=0), atol=1e-7)
        for judge in range(groups.models):
            judged = [path.expected(p.proxy_reward) for path, p in zip(paths, problems(groups, judge), strict=True)]
            np.testing.assert_allclose(taught.judged[model, judge], np.mean(judged, axis=0), atol=3e-8)
    np.testing.assert_array_equal(taught.proxy, taught.judged[[0, 1], [0, 1]])


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.1])
def test_rises_of_prompts_are_the_hitting_times(kl_coefficient: float):
    groups = ragged()
    taught = simulate_teaching(groups, exact_flow(), [0, 200.0], kl_coefficient=kl_coefficient, gains=[0.05, 0.3])
    assert taught.prompt_rise is not None
    for k, gain in enumerate((0.05, 0.3)):
        for model in range(groups.models):
            for prompt, problem in enumerate(problems(groups, model, kl_coefficient)):
                found = hitting_times(problem, gain, horizon=200.0)
                assert taught.prompt_rise.status[k, prompt, model] == found.status
                np.testing.assert_allclose(taught.prompt_rise.time[k, prompt, model], found.time, rtol=1e-8)


def test_rise_of_the_mean_in_the_flow_is_refined_until_its_error_is_small():
    taught = simulate_teaching(one_prompt(TRUTH, PROXY), exact_flow(), [0, 1, 10, 100, 600.0], gains=GAINS)
    assert taught.mean_rise is not None
    assert taught.prompt_rise is not None
    exact = taught.prompt_rise.time[:, 0]
    error = np.abs(taught.mean_rise.time / exact - 1)
    assert (error < 2e-3).all()
    assert (error <= taught.mean_rise.relative_error).all()


def test_steps_are_those_of_gradient_ascent():
    groups, coefficient = ragged(), 0.1
    taught = simulate_teaching(
        groups, exact_ascent(0.3), [0, 7, 50], kl_coefficient=coefficient, gains=[0.1], kept_times=[0, 1, 2]
    )
    assert taught.prompt_truth is not None
    assert taught.prompt_rise is not None
    for model in range(groups.models):
        for prompt, problem in enumerate(problems(groups, model, coefficient)):
            path = gradient_ascent(problem, 0.3, 50)
            expected = path.expected(problem.ground_truth_reward)[[0, 7, 50]]
            np.testing.assert_allclose(taught.prompt_truth[prompt, model], expected, atol=1e-12)
            first = gradient_ascent_hitting_steps(problem, 0.1, step_size=0.3, max_steps=50)
            assert taught.prompt_rise.time[0, prompt, model] == first.evaluations
            assert taught.prompt_rise.status[0, prompt, model] == first.status


def test_rise_of_the_mean_is_counted_on_the_mean():
    groups, every = ragged(), np.arange(61)
    first = simulate_teaching(groups, exact_ascent(0.5), every, kept_times=[])
    assert first.truth is not None
    assert first.prompt_truth is not None
    assert first.prompt_truth.shape == (PROMPTS, 2, 0)
    rise = first.truth - first.truth[:, :1]
    gain = rise.max() / 2
    taught = simulate_teaching(groups, exact_ascent(0.5), every, gains=[gain], kept_times=[])
    assert taught.mean_rise is not None
    reached = rise >= gain
    np.testing.assert_array_equal(taught.mean_rise.time[0], np.where(reached.any(axis=1), reached.argmax(axis=1), 60))
    np.testing.assert_array_equal(taught.mean_rise.reached[0], reached.any(axis=1))


def stepped(groups: ScoredGroups, method: TeachingMethod, steps: int, kl_coefficient: float = 0.0) -> np.ndarray:
    taught = simulate_teaching(groups, method, [steps], kl_coefficient=kl_coefficient)
    assert taught.prompt_truth is not None
    return np.asarray(taught.prompt_truth[:, :, 0])


def test_mean_updates_of_rloo_and_of_grpo_without_deviation_are_gradients():
    policy, rewards = np.array([0.1, 0.6, 0.3]), np.array([0.3, -0.2, 0.9])
    gradient = policy * (rewards - policy @ rewards)
    for size in (2, 4):
        np.testing.assert_allclose(mean_update(policy, rewards, size, leave_one_out_advantages), gradient, atol=1e-15)
        share = mean_update(policy, rewards, size, group_mean_advantages)
        np.testing.assert_allclose(share, (size - 1) / size * gradient, atol=1e-15)
    groups = ragged()
    np.testing.assert_array_equal(stepped(groups, expected_rloo(0.2), 5), stepped(groups, exact_ascent(0.2), 5))
    np.testing.assert_allclose(
        stepped(groups, expected_grpo(0.2, 4, standardise=False), 5), stepped(groups, exact_ascent(0.15), 5), atol=1e-14
    )


@pytest.mark.parametrize(("rewards", "tolerance"), [([1.0, 0, 1.0], 1e-12), ([0.5, 0.45, -1.0], 2e-4)])
def test_mean_updates_of_grpo_are_those_of_all_groups(rewards: list[float], tolerance: float):
    own, truth, start, step_size, coefficient = (
        np.array(rewards),
        np.array([0.3, 1, -1]),
        np.array([0.2, 0.5, 0.3]),
        0.5,
        0.1,
    )
    logits = np.log(start)
    for _ in range(4):
        policy = np.exp(logits) / np.exp(logits).sum()
        log_ratio = np.log(policy / start)
        divergence = policy * (log_ratio - policy @ log_ratio)
        update = mean_update(policy, own, 4, lambda group: np.asarray(standardised_advantages(group, 1e-4)))
        logits = logits + step_size * (update - coefficient * divergence)
    policy = np.exp(logits) / np.exp(logits).sum()
    groups = scored_groups(own[None], np.array([0, 3]), truth=truth, initial_log_probabilities=np.log(start))
    found = stepped(groups, expected_grpo(step_size, 4), 4, coefficient)
    np.testing.assert_allclose(found[0, 0], policy @ truth, atol=tolerance)


@pytest.mark.parametrize(
    "method", [exact_flow(), exact_ascent(0.4), expected_grpo(0.4, 3), expected_grpo(0.4, 3, lost_degrees=1)]
)
@pytest.mark.parametrize("digits", [0, 3])
def test_blocks_and_padding_change_nothing(method: TeachingMethod, digits: int):
    groups = ragged(2, digits=digits)
    whole = simulate_teaching(groups, method, [4, 9])
    cut = simulate_teaching(groups, method, [4, 9], block_numbers=1)
    # The integral's sums are in float32.
    tolerance = 1e-6 if method.standardised else 1e-13
    assert whole.prompt_truth is not None
    assert cut.prompt_truth is not None
    np.testing.assert_allclose(whole.prompt_truth, cut.prompt_truth, atol=tolerance)
    np.testing.assert_allclose(whole.judged, cut.judged, atol=tolerance)
    # Each prompt alone has no other to be padded beside.
    for prompt in (0, 2):
        first, last = groups.offsets[prompt : prompt + 2]
        assert groups.truth is not None
        alone = scored_groups(
            groups.rewards[:, first:last],
            np.array([0, last - first]),
            truth=groups.truth[first:last],
            initial_log_probabilities=groups.initial_log_probabilities[first:last],
        )
        single = simulate_teaching(alone, method, [4, 9]).prompt_truth
        assert single is not None
        np.testing.assert_allclose(whole.prompt_truth[prompt], single[0], atol=tolerance)


def test_unscored_rows_are_as_if_they_were_not_there():
    rewards, truth = np.array([[0.3, np.nan, -0.5, 0.9], [0.1, 0.2, 0.3, -1]]), np.array([1.0, 0, -1, 0.5])
    with_it = simulate_teaching(scored_groups(rewards, np.array([0, 4]), truth=truth), exact_flow(), [5.0])
    kept = [0, 2, 3]
    without = scored_groups(rewards[:, kept], np.array([0, 3]), truth=truth[kept])
    np.testing.assert_array_equal(with_it.truth, simulate_teaching(without, exact_flow(), [5.0]).truth)


def test_without_a_truth_the_models_judge_one_another():
    known, unknown = ragged(), ragged(truth=False)
    with_it = simulate_teaching(known, exact_flow(), [0, 5.0], kept_times=[1])
    without = simulate_teaching(unknown, exact_flow(), [0, 5.0], kept_times=[1])
    assert without.truth is None
    assert without.prompt_truth is None
    assert with_it.prompt_judged is None
    assert without.prompt_judged is not None
    assert without.prompt_judged.shape == (PROMPTS, 2, 2, 1)
    np.testing.assert_allclose(without.prompt_judged.mean(axis=0)[..., 0], without.judged[..., 1], atol=1e-13)
    with pytest.raises(InvalidInputError, match="truth"):
        without.truth_at(5.0)


def test_a_constant_model_teaches_nothing():
    groups = scored_groups(np.full((1, 3), 0.35), np.array([0, 3]), truth=np.array([1.0, 0, 0]))
    for method in (exact_flow(), exact_ascent(0.5), expected_grpo(0.5, 4)):
        taught = simulate_teaching(groups, method, [50], gains=[0.1])
        assert taught.prompt_rise is not None
        assert taught.truth is not None
        np.testing.assert_allclose(taught.truth, 1 / 3, atol=1e-15)
        assert taught.prompt_rise.status[0, 0, 0] in (Status.NEVER, Status.CENSORED)


def test_truth_at_a_budget_and_the_count_of_finished_prompts():
    finished: list[int] = []
    groups = ragged()
    taught = simulate_teaching(groups, exact_flow(), [1.0, 2.0], on_finished=finished.append)
    assert sum(finished) == groups.prompts * groups.models
    assert taught.truth is not None
    np.testing.assert_array_equal(taught.truth_at(2.0), taught.truth[:, 1])
    with pytest.raises(InvalidInputError, match="budget"):
        taught.truth_at(3.0)


def test_precision_of_the_session_does_not_matter():
    groups = ragged()
    expected = simulate_teaching(groups, exact_ascent(0.4), [9]).judged
    with jax.enable_x64(False):
        np.testing.assert_array_equal(simulate_teaching(groups, exact_ascent(0.4), [9]).judged, expected)


def test_steps_that_leave_float64_are_refused():
    with pytest.raises(RuntimeError, match="smaller"):
        simulate_teaching(ragged(), exact_ascent(1e300), [50], kl_coefficient=1e10)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("times", {"times": [2.0, 1.0]}),
        ("times", {"times": [-1.0]}),
        ("times", {"times": []}),
        ("times", {"times": [1.0, np.nan]}),
        ("times", {"times": [0.5], "method": exact_ascent(0.1)}),
        ("times", {"times": [0], "method": exact_ascent(0.1)}),
        ("kl_coefficient", {"kl_coefficient": -0.1}),
        ("gains", {"gains": [0.0]}),
        ("gains", {"gains": [0.1], "groups": ragged(truth=False)}),
        ("kept_times", {"kept_times": [2]}),
        ("kept_times", {"kept_times": [0.5]}),
        ("block_numbers", {"block_numbers": 0}),
    ],
)
def test_bad_input_is_named(name: str, change: dict):
    fitting = {"groups": ragged(), "method": exact_flow(), "times": [1.0, 2.0]} | change
    with pytest.raises(InvalidInputError, match=name):
        simulate_teaching(fitting.pop("groups"), fitting.pop("method"), fitting.pop("times"), **fitting)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("step_size", lambda: exact_ascent(0.0)),
        ("step_size", lambda: exact_ascent(float("inf"))),
        ("group_size", lambda: expected_grpo(0.1, 1)),
        ("epsilon", lambda: expected_grpo(0.1, 4, epsilon=-1.0)),
        ("lost_degrees", lambda: expected_grpo(0.1, 4, lost_degrees=2)),
    ],
)
def test_bad_methods_are_named(name: str, make):
    with pytest.raises(InvalidInputError, match=name):
        make()
