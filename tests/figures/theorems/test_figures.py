"""The claims of each figure: the inequalities between measured times and bounds, and numbers that can be drawn."""

from __future__ import annotations

import io
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest

from figures.catalog import MODULES, select_figures
from figures.figure import FigureData
from figures.pipeline.save import render
from figures.table import from_csv, to_csv
from figures.theorems import best_teacher, crossover, envelope, hitting_time_vs_variance, plateau, race
from figures.theorems import which_optimiser_escapes as escapes
from theory.accuracy.pairs import uniform_accuracy

Data = Callable[[str], FigureData]


@pytest.mark.parametrize("id", MODULES)
def test_numbers_can_be_drawn_described_and_read_back(id: str, smoke_data: Data) -> None:
    (figure,) = select_figures([id])
    data = smoke_data(id)
    assert len({len(values) for values in data.columns.values()}) == 1
    for name, values in data.columns.items():
        if values.dtype.kind == "f":
            assert not np.isinf(values).any(), name
    assert all(np.isfinite(fact) for fact in data.facts.values() if not isinstance(fact, str))
    for text in (figure.caption(data), figure.alternative_text(data)):
        assert "nan" not in text
        assert "{" not in text
    back = from_csv(to_csv(data.columns))
    for name, values in data.columns.items():
        same = np.array_equal(back[name], values, equal_nan=values.dtype.kind == "f")
        assert same, name


@pytest.mark.parametrize("id", MODULES)
def test_the_picture_depends_on_the_data_alone(id: str, smoke_data: Data) -> None:
    (figure,) = select_figures([id])
    pictures = render(figure, smoke_data(id))
    assert pictures["pdf"].startswith(b"%PDF")
    assert pictures["png"].startswith(b"\x89PNG")
    assert b"/Type3" not in pictures["pdf"]
    assert b"CreationDate" not in pictures["pdf"]
    assert render(figure, smoke_data(id)) == pictures
    assert not _cut_off(pictures["png"])


def _cut_off(png: bytes) -> bool:
    """Whether something touches the edge of a picture, on white, so that more of it may lie outside."""
    darkness = 1 - plt.imread(io.BytesIO(png), "png")[..., :3].min(axis=-1)
    return bool(max(darkness[edge].max() for edge in (0, -1, (..., 0), (..., -1))) > 0.2)


def _times(data: FigureData, mark: str | None = None, **wanted: object) -> np.ndarray:
    return data.where(**({} if mark is None else {"mark": mark}), **wanted)["time"]


def test_plateau_teachers_are_accurate_and_slower_than_both_bounds(smoke_data: Data) -> None:
    data = smoke_data("plateau")
    assert (data.columns["accuracy"] == 1).all()
    measured, sharpened, paper = (_times(data, mark) for mark in ("hitting time", "S3", "Proposition 3"))
    assert (measured >= sharpened).all()
    np.testing.assert_allclose(sharpened, 2 * paper, rtol=1e-12)
    for family in plateau.FAMILIES:
        times = _times(data, "hitting time", family=family)
        assert (np.diff(times) > 0).all()


def test_plateau_curves_pass_the_target_at_the_hitting_time(smoke_data: Data) -> None:
    data = smoke_data("plateau")
    spots = data.where(mark="hitting time")
    for family, exponent, time, target in zip(
        spots["family"], spots["variance_exponent"], spots["time"], spots["ground_truth_reward"], strict=True
    ):
        curve = data.where(mark="curve", family=family, variance_exponent=exponent)
        above = curve["ground_truth_reward"] >= target
        np.testing.assert_array_equal(above, curve["time"] >= time)
        assert (np.diff(curve["proxy_share"]) >= -1e-9).all()


@pytest.mark.parametrize("family", plateau.FAMILIES)
@pytest.mark.parametrize("exponent", sorted({exponent for level in plateau.EXPONENTS.values() for exponent in level}))
def test_plateau_teachers_have_the_variance_they_are_made_for(family: str, exponent: int) -> None:
    problem = plateau.teacher(family, exponent)
    policy, proxy = np.exp(problem.initial_log_probabilities), np.asarray(problem.proxy_reward)
    mean = policy @ proxy
    assert policy @ (proxy - mean) ** 2 == pytest.approx(10.0**exponent, rel=1e-8)
    assert uniform_accuracy(proxy, problem.ground_truth_reward) == 1


def test_race_is_won_by_the_inaccurate_teacher_within_the_bounds(smoke_data: Data) -> None:
    data = smoke_data("race")
    slow = _times(data, "hitting time", panel="race", teacher=race.ACCURATE)[0]
    fast = _times(data, "hitting time", panel="race", teacher=race.INACCURATE)[0]
    assert fast <= _times(data, "Theorem 5, fast", panel="race")[0] < slow
    assert slow >= _times(data, "S-T5, slow", panel="race")[0] >= _times(data, "Theorem 5, slow", panel="race")[0]
    assert data.facts["accurate_accuracy"] == 1
    assert data.facts["inaccurate_accuracy"] == pytest.approx(2 / race.OUTPUTS)


def test_race_slow_times_stay_above_their_bounds_as_the_range_shrinks(smoke_data: Data) -> None:
    data = smoke_data("race")
    slow = _times(data, "hitting time", panel="sweep", teacher=race.ACCURATE)
    assert (slow >= _times(data, "S-T5, slow", panel="sweep")).all()
    np.testing.assert_allclose(slow[1] / slow[0], race.RANGES["smoke"][1] / race.RANGES["smoke"][0], rtol=1e-8)


def test_no_reward_model_is_faster_than_the_frontier(smoke_data: Data) -> None:
    data = smoke_data("best-teacher")
    facts = {name: float(value) for name, value in data.facts.items()}
    assert facts["smallest_random_over_frontier"] >= 1 - 1e-6
    assert facts["compared_random_models"] > 10
    # Without a margin every order is a limit of every other one that begins with the same output.
    assert facts["largest_of_margin_zero"] == pytest.approx(facts["shortest_time"], rel=1e-6)
    assert facts["smallest_time_over_bound"] > 1
    assert facts["truth_time"] > 100 * facts["shortest_time"]
    for margin in best_teacher.MARGINS["smoke"]:
        accuracies, times = best_teacher.frontier(data, margin)
        assert accuracies.max() == 1
        assert (times > 0).all()
    fastest, bound = _times(data, "variance"), _times(data, "S3")
    assert (fastest > bound).all()
    assert (data.where(mark="variance")["variance"] <= data.where(mark="variance")["limit"] * (1 + 1e-6)).all()


def test_crossover_flips_the_better_teacher_and_keeps_to_the_bounds(smoke_data: Data) -> None:
    data = smoke_data("crossover")
    first, second = (
        _times(data, "hitting time", rewarded_output=crossover.NAMES[k]) for k in (crossover.FIRST, crossover.SECOND)
    )
    assert first[0] > second[0]
    assert first[-1] < second[-1]
    assert data.facts["sign_changes"] == 1
    measured = _times(data, "hitting time")
    assert (measured <= _times(data, "Theorem 6, fast")).all()
    assert (measured >= _times(data, "S-T6, slow")).all()
    assert (measured >= _times(data, "Theorem 6, slow")).all()


def test_crossover_policies_share_their_expected_ground_truth() -> None:
    policies = crossover.initial_policies(crossover.SPLITS["quick"])
    assert (policies > 0).all()
    np.testing.assert_allclose(policies.sum(axis=1), 1, rtol=1e-13)
    np.testing.assert_allclose(policies @ crossover.ground_truth(), crossover.INITIAL_TRUTH, atol=1e-13)


def test_no_problem_is_faster_than_its_bound(smoke_data: Data) -> None:
    data = smoke_data("hitting-time-vs-variance")
    reached = data.where(status="reached")
    assert len(reached["time"]) > 30
    assert (reached["time_over_s3"] >= 1).all()
    np.testing.assert_allclose(
        reached["normalised_time"] * np.sqrt(reached["reward_variance"]) / 4, reached["time_over_s3"], rtol=1e-9
    )
    line = data.where(group="S3")
    np.testing.assert_allclose(line["normalised_time"], 4 / np.sqrt(line["reward_variance"]), rtol=1e-12)


def test_a_missing_language_model_is_said_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from theory.errors import InvalidInputError

    def unavailable() -> None:
        raise InvalidInputError("model", "no network", "Connect, or put the file into the cache.")

    monkeypatch.setattr(hitting_time_vs_variance, "language_model_problems", unavailable)
    families, reason = hitting_time_vs_variance.real_families("quick")
    assert families == []
    assert "no network" in reason


def test_no_bound_is_passed_and_ours_reach_further(smoke_data: Data) -> None:
    data = smoke_data("bounds-reach")
    assert (data.columns["low"] >= 1 - 1e-9).all()
    for paper, ours in (
        ("Theorem 4", "Proposition 3"),
        ("Proposition 3", "S3"),
        ("thm5-fast", "s-thm5-fast"),
        ("thm6-fast", "s-thm6-fast"),
        ("prop4", "s-prop4"),
    ):
        worse, better = data.where(bound=paper), data.where(bound=ours)
        assert worse["middle"].size == better["middle"].size > 0
        assert (worse["middle"] > 1.9 * better["middle"]).all()


def test_the_envelope_is_above_every_bound_in_order(smoke_data: Data) -> None:
    data = smoke_data("envelope")
    times = {name: _times(data, curve=name) for name in (envelope.TRUTH, *envelope.BOUNDS)}
    for name in envelope.BOUNDS:
        assert (times[envelope.TRUTH] >= times[name] * (1 - 1e-12)).all(), name
    np.testing.assert_allclose(times["S3"], 2 * times["Proposition 3"], rtol=1e-12)
    for weaker, stronger in (("S3", "S3+"), ("S3+", "S3++"), ("S3++, linear", "S3++")):
        assert (times[weaker] <= times[stronger] * (1 + 1e-12)).all()
    # The control: two per cent more than the linear law is refuted.
    assert (times[envelope.TRUTH] < 1.02 * times[envelope.LINEAR_LAW]).any()


def test_each_optimiser_keeps_its_own_bound(smoke_data: Data) -> None:
    data = smoke_data("which-optimiser-escapes")
    assert (data.columns["time"] >= data.columns["bound"]).all()
    assert (data.columns["share_reached"] == 1).all()
    flow, adam, grpo = (
        data.where(method=name, family=escapes.CLOSE) for name in (escapes.FLOW, escapes.ADAM, escapes.GRPO)
    )
    # What is proved of gradient flow is not true of normalised methods.
    assert adam["time"][-1] < flow["bound"][-1]
    assert grpo["time"][-1] < flow["bound"][-1]
