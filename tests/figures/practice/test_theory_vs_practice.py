"""Theory against practice: the two families, the bounds in the picture, and stronger bounds that its data refute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from figures.figure import FigureData
from figures.practice import theory_vs_practice as figure
from sims.policy_gradient import degenerate_probability, grpo
from theory.moments import variance

Data = Callable[[str], FigureData]


@pytest.fixture(scope="module")
def data(smoke_data: Data) -> FigureData:
    return smoke_data("theory-vs-practice")


@pytest.mark.parametrize("family", [figure.CLOSE, figure.RARE])
@pytest.mark.parametrize("exponent", [0.0, -0.5, -3.0, -10.0])
def test_families_have_the_variance_they_are_made_for_and_share_their_start(family: str, exponent: float) -> None:
    policy, proxy, truth = figure.member(family, exponent)
    assert policy.sum() == pytest.approx(1)
    assert float(variance(policy, proxy)) == pytest.approx(10**exponent, rel=1e-9)
    first, *_ = figure.member(family, 0.0)
    np.testing.assert_allclose(first[0], 0.5)
    assert np.sign(proxy).tolist() == np.sign(truth).tolist()


def _rows(data: FigureData, family: str, method: str) -> dict[str, np.ndarray]:
    return data.where(mark="time", family=family, method=method)


def test_flow_and_every_method_start_alike_where_the_families_meet(data: FigureData) -> None:
    for name in (figure.FLOW, *figure.METHODS):
        close, rare = (_rows(data, family, name)["time"][0] for family in (figure.CLOSE, figure.RARE))
        assert close == pytest.approx(rare, rel=1e-9)


def test_gradient_ascent_is_flow_in_steps(data: FigureData) -> None:
    for family in (figure.CLOSE, figure.RARE):
        ascent, flow = (_rows(data, family, name) for name in ("gradient ascent", figure.FLOW))
        whole = ascent["share_reached"] == 1
        gap = np.abs(ascent["time"][whole] - flow["time"][: whole.size][whole])
        assert (gap <= figure.STEP + 0.02 * ascent["time"][whole]).all()


def test_flow_keeps_s3_and_standardised_methods_do_not(data: FigureData) -> None:
    for family in (figure.CLOSE, figure.RARE):
        rows = _rows(data, family, figure.FLOW)
        assert (rows["time"] >= figure.bound_curves(rows["reward_variance"], family)["S3"]).all()
    for name in ("GRPO", "DAPO"):
        rows = _rows(data, figure.CLOSE, name)
        assert rows["share_reached"].tolist() == [1.0] * 3
        assert rows["time"][-1] < 1e-2 * figure.bound_curves(rows["reward_variance"], figure.CLOSE)["S3"][-1]


def test_no_run_beats_s_g1_and_a_bound_three_times_as_high_is_refuted(data: FigureData) -> None:
    for family in (figure.CLOSE, figure.RARE):
        for name, share in (("GRPO", 1.0), ("DAPO", 1 / figure.PROMPTS)):
            rows = _rows(data, family, name)
            bound = figure.bound_curves(rows["reward_variance"], family)["S-G1"]
            assert (rows["shortest_time"] >= share * bound).all()
    rows = _rows(data, figure.CLOSE, "GRPO")
    assert (rows["shortest_time"] < 3 * figure.bound_curves(rows["reward_variance"], figure.CLOSE)["S-G1"]).all()


def test_the_plateau_is_back_where_the_deviation_is_epsilon(data: FigureData) -> None:
    high, low, smallest = _rows(data, figure.CLOSE, "GRPO")["time"]
    assert low == pytest.approx(high, rel=0.05)
    assert smallest > 1.5 * high


def test_std_division_rescues_close_levels_and_not_rare_outputs(data: FigureData) -> None:
    close = _rows(data, figure.CLOSE, "GRPO")["time"][1] / _rows(data, figure.CLOSE, "GRPO, no std")["time"][1]
    rare = _rows(data, figure.RARE, "GRPO")["time"][1] / _rows(data, figure.RARE, "gradient ascent")["time"][1]
    assert close < 0.15
    assert rare > 0.5


def test_without_epsilon_the_scale_of_the_reward_is_lost_on_grpo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(figure.METHODS, "GRPO", grpo(figure.GROUP_SIZE, epsilon=1e-300))
    times = [row["time"] for row in figure.method_times("smoke", figure.CLOSE, "GRPO")]
    assert times[0] == times[1] == times[2]


def test_measured_groups_agree_with_the_exact_numbers_and_not_with_others(data: FigureData) -> None:
    rows = data.where(mark="degenerate")
    inside = (rows["low"] <= rows["exact"]) & (rows["exact"] <= rows["high"])
    assert inside.mean() >= 0.85
    one_less = np.array(
        [
            float(degenerate_probability(*figure.member(family, np.log10(spread))[:2], int(size) - 1))
            for family, spread, size in zip(
                rows["family"], rows["reward_variance"], rows["group_size"].tolist(), strict=True
            )
        ]
    )
    assert ((rows["low"] <= one_less) & (one_less <= rows["high"])).mean() < 0.5
    updates = data.where(mark="update")
    assert (np.abs(updates["value"] - updates["exact"]) <= 2 * (updates["high"] - updates["value"]) + 1e-12).all()
    rare = data.where(mark="update curve", family=figure.RARE)
    assert rare["exact"][0] == pytest.approx(np.sqrt(7) / 2 * rare["gradient"][0], rel=0.1)


def test_a_method_that_reaches_nothing_is_not_run_further(data: FigureData) -> None:
    rows = _rows(data, figure.CLOSE, "RLOO")
    assert rows["share_reached"].tolist() == [1.0, 1.0, 0.0]
    assert rows["time"][-1] == pytest.approx(figure.STEP * figure.HORIZON["smoke"])
