from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.llm.one_token.ascent import ascend
from sims.llm.one_token.batch import next_token_log_policy
from sims.llm.one_token.operator_norms import fisher_norm
from sims.llm.one_token.teaching import Lesson, StartNorms, teach
from theory.errors import InvalidInputError

from .conftest import Case, as_float32

INCREASE = 0.02


@pytest.fixture(scope="module")
def start(case: Case) -> StartNorms:
    fisher = float(fisher_norm(case.parameters, case.config, case.batch, jax.random.key(0)).upper)
    longest = float(np.linalg.norm(case.scores, axis=-1).max())
    return StartNorms(fisher, 1e3, 2**0.5 * longest, longest)


@pytest.fixture(scope="module")
def lessons(case: Case, start: StartNorms) -> dict[str, Lesson]:
    of = {"truth": case.truth, "flat": 0.01 * case.truth, "against": -case.truth}
    common = {"increase": INCREASE, "step": 0.02, "most_steps": 60, "seed": 0}
    return {
        name: teach(case.parameters, case.config, case.batch, name, reward, case.truth, start, **common)  # type: ignore[arg-type]
        for name, reward in of.items()
    }


def test_bounds_are_below_the_times(lessons: dict[str, Lesson]) -> None:
    for name in ("truth", "flat"):
        lesson = lessons[name]
        assert lesson.hitting_time is not None
        assert lesson.violated == []
        assert lesson.hitting_time > lesson.bounds["s7"]
        assert lesson.bounds["thm4"] < lesson.bounds["s4"] < lesson.bounds["s6"] < lesson.bounds["s7"]


def test_the_reward_along_the_top_eigenvector_leaves_little_room(case: Case, start: StartNorms) -> None:
    """Both of the inequalities by the Fisher information are equalities here."""
    half = (np.sqrt(case.policy / 3)[:, :, None] * case.scores).reshape(-1, case.scores.shape[-1])
    _, vectors = np.linalg.eigh(half @ half.T)
    reward = vectors[:, -1].reshape(case.policy.shape) / np.sqrt(case.policy)
    reward /= np.abs(reward).max()
    lesson = teach(
        case.parameters,
        case.config,
        case.batch,
        "top",
        reward,
        reward,
        start,
        increase=1e-4,
        step=0.002,
        most_steps=60,
        seed=0,
    )
    assert lesson.hitting_time is not None
    assert lesson.violated == []
    # What is lost is the truth's own deviation, of which S7 only knows that it is at most one.
    share = lesson.hitting_time / lesson.bounds["s7"] * lesson.initial_variance**0.5
    assert 1 <= share < 1.03


def test_halving_the_step_hardly_changes_the_time(lessons: dict[str, Lesson]) -> None:
    lesson = lessons["truth"]
    assert lesson.hitting_time == pytest.approx(lesson.coarse_hitting_time, rel=0.02)
    assert lesson.hitting_time != lesson.coarse_hitting_time


def test_a_hundredth_of_the_reward_takes_a_hundred_times_as_long(lessons: dict[str, Lesson]) -> None:
    flat, truth = lessons["flat"].hitting_time, lessons["truth"].hitting_time
    assert flat is not None
    assert truth is not None
    assert flat / truth == pytest.approx(100, rel=1e-3)
    assert lessons["flat"].initial_variance == pytest.approx(1e-4 * lessons["truth"].initial_variance, rel=1e-4)


def test_a_teacher_against_the_truth_never_arrives(lessons: dict[str, Lesson]) -> None:
    lesson = lessons["against"]
    assert lesson.hitting_time is None
    assert lesson.coarse_hitting_time is None
    assert lesson.violated == []
    assert lesson.truth[-1] < lesson.truth[0]
    assert lesson.steps == 60


def test_a_bound_above_the_time_is_reported(lessons: dict[str, Lesson]) -> None:
    lesson = lessons["truth"]
    assert lesson.hitting_time is not None
    assert lesson._replace(bounds={"s7": 1.05 * lesson.hitting_time}).violated == ["s7"]


def test_ascent_follows_plain_gradient_steps(case: Case, start: StartNorms) -> None:
    """The path against a loop in which automatic differentiation has nothing prepared."""
    truth = as_float32(case.truth)

    def value(theta: object) -> jax.Array:
        policy = jax.numpy.exp(next_token_log_policy(theta, case.config, case.batch))  # type: ignore[arg-type]
        return jax.numpy.sum(policy * truth) / 3

    path = ascend(
        case.parameters,
        case.config,
        case.batch,
        case.truth,
        case.truth,
        increase=INCREASE,
        step=0.02,
        fisher_norm=start.fisher,
        most_steps=60,
    )
    theta, times, values = case.parameters, [0.0], [float(value(case.parameters))]
    for _ in range(len(path.time) - 1):
        slope = jax.grad(value)(theta)
        rate = 0.02 / start.fisher**0.5 / float(np.sqrt(sum(float((leaf**2).sum()) for leaf in jax.tree.leaves(slope))))
        theta = jax.tree.map(lambda leaf, change, rate=rate: leaf + rate * change, theta, slope)
        times.append(times[-1] + rate)
        values.append(float(value(theta)))
    np.testing.assert_allclose(path.time, times, rtol=1e-4)
    np.testing.assert_allclose(path.truth, values, atol=2e-6)
    assert path.hitting_time is not None
    assert times[-2] < path.hitting_time <= times[-1]
    assert values[-2] - values[0] < INCREASE <= values[-1] - values[0]


@pytest.mark.parametrize("wrong", ["increase", "step", "most_steps"])
def test_refuses_what_leads_nowhere(case: Case, wrong: str) -> None:
    numbers: dict[str, float] = {"increase": 0.1, "step": 0.1, "most_steps": 3}
    numbers[wrong] = type(numbers[wrong])(0)
    with pytest.raises(InvalidInputError, match=wrong):
        ascend(
            case.parameters,
            case.config,
            case.batch,
            case.truth,
            case.truth,
            fisher_norm=1.0,
            **numbers,  # type: ignore[arg-type]
        )


def test_weights_that_are_not_finite_are_refused(case: Case) -> None:
    broken = case.parameters._replace(output_norm=case.parameters.output_norm.at[0].set(np.nan))
    with pytest.raises(InvalidInputError, match="not finite"):
        ascend(
            broken,
            case.config,
            case.batch,
            case.truth,
            case.truth,
            increase=0.1,
            step=0.1,
            fisher_norm=1.0,
            most_steps=3,
        )
