"""The one call: lists of many sizes in few compiled programs, with the answers of single calls."""

from __future__ import annotations

import jax
import jax.monitoring
import jax.numpy as jnp
import numpy as np
import pytest

import sims.regularized_flow.hitting_times
from proofs_check.instances.tabular_families import arbitrary_problems
from sims.exact_flow.integrable_flow import integrable_hitting_times
from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting, Status
from sims.regularized_flow.hitting_times import regularized_hitting_times, regularized_log_probabilities
from theory.tabular.padding import batches_of_shared_size, pad_outputs
from theory.tabular.problem import Problem

FIELDS = ("time", "relative_error", "status", "evaluations")


@pytest.fixture
def compiled():
    """The programs compiled, or fetched from the compilation cache, since the test began."""
    durations: list[float] = []
    watching = True

    def note(event: str, duration: float, **_: object) -> None:
        if watching and event == "/jax/core/compile/backend_compile_duration":
            durations.append(duration)

    jax.monitoring.register_event_duration_secs_listener(note)
    yield durations
    watching = False


def problems_of_each_size(sizes: range, *, regularized: bool) -> tuple[list[Problem], np.ndarray]:
    rng = np.random.default_rng(sizes.stop + regularized)
    families = [arbitrary_problems(rng, 1, outputs, regularized=regularized) for outputs in sizes]
    return [family.problem[0] for family in families], np.concatenate([family.increase for family in families])


def solve_list(problems: list[Problem], increase: np.ndarray, tolerance: float) -> Hitting:
    batches = batches_of_shared_size(problems)
    order = np.argsort(np.concatenate([places for places, _ in batches]))
    parts = [hitting_times(batch, increase[places], relative_tolerance=tolerance) for places, batch in batches]
    return Hitting(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in FIELDS))


@pytest.mark.parametrize("regularized", [False, True])
@pytest.mark.parametrize(
    ("sizes", "shapes", "least"), [(range(2, 10), 3, 3), pytest.param(range(2, 130), 7, 60, marks=pytest.mark.slow)]
)
def test_many_sizes_compile_few_programs(
    compiled: list[float], sizes: range, shapes: int, least: int, regularized: bool
) -> None:
    problems, increase = problems_of_each_size(sizes, regularized=regularized)
    fine, coarse = (solve_list(problems, increase, tolerance) for tolerance in (1e-10, 1e-6))
    # One program for each shape without KL, and four with (and two conversions): none for the second tolerance.
    assert len(compiled) <= (shapes * 4 + 2 if regularized else shapes)
    both = fine.reached & coarse.reached
    assert both.sum() > least
    np.testing.assert_allclose(coarse.time[both], fine.time[both], rtol=1e-5)
    assert (coarse.time != fine.time)[both].any(), "the tolerance has an effect"
    assert (coarse.evaluations < fine.evaluations)[both].any()


@pytest.mark.parametrize("regularized", [False, True])
def test_a_list_is_answered_like_its_problems_one_by_one(regularized: bool) -> None:
    problems, increase = problems_of_each_size(range(2, 18), regularized=regularized)
    together = solve_list(problems, increase, 1e-10)
    for k, problem in enumerate(problems):
        alone = hitting_times(problem, increase[k])
        assert alone.status == together.status[k]
        # With KL term to the last bit; without, lanes side by side make XLA sum in another order.
        close = 0.0 if regularized else 1e-2
        np.testing.assert_allclose(together.time[k], alone.time, rtol=1e-11 * close)
        np.testing.assert_allclose(together.relative_error[k], alone.relative_error, rtol=close)


def regularized_problems() -> tuple[np.ndarray, ...]:
    family = arbitrary_problems(np.random.default_rng(4), 60, 5, regularized=True)
    problem = family.problem
    coefficient = np.array(problem.kl_coefficient)
    # Also strong terms, which keep the target out of reach.
    coefficient[::6] *= 100
    policy, *rewards = map(
        np.asarray, (problem.initial_log_probabilities, problem.proxy_reward, problem.ground_truth_reward)
    )
    return policy, *rewards, family.increase, np.ones(60), coefficient


def test_filling_up_changes_nothing_with_kl(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = regularized_problems()

    def with_outputs(outputs: int) -> Hitting:
        monkeypatch.setattr(sims.regularized_flow.hitting_times, "padded_outputs", lambda _: outputs)
        # Tiles of one width: only the filling differs.
        monkeypatch.setattr(sims.regularized_flow.hitting_times, "TILE_ENTRIES", 32 * outputs)
        return regularized_hitting_times(*problems)

    plain, filled = with_outputs(5), with_outputs(13)
    assert np.array_equal(plain.status, filled.status)
    assert (plain.status == Status.REACHED).sum() > 20
    assert (plain.status == Status.NEVER).sum() > 5
    # Sums of other lengths round otherwise, which hundreds of stiff steps or a short time magnify: within the estimate.
    assert (filled.evaluations == plain.evaluations).mean() > 0.95
    reached = plain.reached
    apart = np.abs(filled.time[reached] / plain.time[reached] - 1)
    assert np.median(apart) < 1e-15
    assert (apart <= plain.relative_error[reached]).all()
    np.testing.assert_allclose(filled.relative_error, plain.relative_error, rtol=2e-2)


def test_the_wide_tiles_of_an_accelerator_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = regularized_problems()
    narrow = regularized_hitting_times(*problems)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    wide = regularized_hitting_times(*problems)
    assert np.array_equal(wide.status, narrow.status)
    reached = narrow.reached
    assert (np.abs(wide.time[reached] / narrow.time[reached] - 1) <= narrow.relative_error[reached]).all()


def test_tiles_are_as_wide_as_the_device_wants() -> None:
    width = sims.regularized_flow.hitting_times._tile_width
    assert [width(count, 8, "cpu") for count in (1, 60, 100_000)] == [64, 64, 64]
    assert [width(count, 8, "gpu") for count in (1, 60, 1_000_000)] == [1, 64, 131_072]
    assert [width(5, 150_000, platform) for platform in ("cpu", "gpu")] == [1, 4]


def test_a_missing_mask_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = regularized_problems()
    right = regularized_hitting_times(*problems)
    monkeypatch.setattr(sims.regularized_flow.hitting_times, "padded_outputs", lambda _: 11)
    monkeypatch.setattr(
        "sims.regularized_flow.lanes.is_output", lambda lanes: jnp.ones_like(lanes.initial_log_probabilities)
    )
    wrong = regularized_hitting_times(*problems)
    assert not np.array_equal(right.evaluations, wrong.evaluations)


def test_the_path_with_kl_has_the_outputs_that_were_given() -> None:
    initial = np.log([0.2, 0.5, 0.3])
    path, error = regularized_log_probabilities(initial, np.array([1.0, 0.0, -0.5]), 1.0, 0.1, np.array([0.0, 2.0]))
    assert path.shape == (2, 3)
    assert error.shape == (2,)
    np.testing.assert_allclose(np.exp(path).sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(path[0], initial, atol=1e-15)


@pytest.mark.parametrize("solve", [integrable_hitting_times, regularized_hitting_times])
def test_finished_problems_are_counted(solve) -> None:
    problems = regularized_problems()
    finished: list[int] = []
    given = problems if solve is regularized_hitting_times else problems[:-1]
    plain = solve(*given)
    counted = solve(*given, on_finished=finished.append)
    assert sum(finished) == 60
    assert min(finished) >= 0
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(counted, name), getattr(plain, name))


def test_a_padded_batch_keeps_its_shape() -> None:
    family = arbitrary_problems(np.random.default_rng(1), 6, 3)
    problem = pad_outputs(family.problem, 7)
    plain = hitting_times(family.problem, family.increase)
    padded = hitting_times(problem, family.increase)
    assert np.array_equal(plain.status, padded.status)
    np.testing.assert_allclose(padded.time, plain.time, rtol=1e-12)
