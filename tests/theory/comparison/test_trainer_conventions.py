"""Advantages of trainers against the formulas, group by group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ragged_rewards import CONFORMANCE, NAN, prompts_of, ragged_rewards
from theory.comparison.trainer_conventions import (
    TRAINER_CONVENTIONS,
    AdvantageKind,
    TrainerConvention,
    compare_advantages,
    shrink_factors,
    trainer_advantages,
    trainer_convention,
)
from theory.errors import InvalidInputError
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.reward_variance import prompt_variances

STANDARDISING = [name for name, own in TRAINER_CONVENTIONS.items() if own.kind is AdvantageKind.STANDARDISED]


def advantages_of_group(own: np.ndarray, convention: TrainerConvention) -> np.ndarray:
    """As written, for rewards that are all scored."""
    if convention.kind is AdvantageKind.CENTRED:
        return own - own.mean()
    if convention.kind is AdvantageKind.STANDARDISED:
        if len(own) <= convention.ddof:
            return np.full(len(own), np.nan)
        return (own - own.mean()) / (own.std(ddof=convention.ddof) + convention.eps)
    found = np.zeros(len(own))
    for k in range(len(own)):
        others = np.delete(own, k)
        if len(others):
            found[k] = own[k] - others.mean()
            spread = others.std(ddof=1) if len(others) > 1 and len(set(others)) > 1 else 0.0
            if convention.kind is AdvantageKind.STANDARDISED_LEAVE_ONE_OUT and spread > 0:
                found[k] /= spread
    return found


@pytest.mark.parametrize("name", TRAINER_CONVENTIONS)
@given(data=ragged_rewards())
def test_against_the_formulas(name, data):
    convention = trainer_convention(name)
    found = trainer_advantages(data, convention)
    for _, rows in prompts_of(data):
        for model, rewards in enumerate(data.rewards[:, rows]):
            known = ~np.isnan(rewards)
            own = found[model, rows]
            assert np.isnan(own[~known]).all()
            if known.any() and len(set(rewards[known])) > 1:
                np.testing.assert_allclose(own[known], advantages_of_group(rewards[known], convention), rtol=1e-6)
            elif convention.kind is not AdvantageKind.STANDARDISED:
                assert (own[known] == 0).all()


@pytest.mark.parametrize("name", STANDARDISING)
@given(group=st.integers(2, 40), scale=st.floats(0.5, 100.0))
def test_one_winner(name, group, scale):
    """One winner among G gets `(G-1)/sqrt(G)`, the others `-1/sqrt(G)`, for the deviation with `ddof=1`."""
    convention = trainer_convention(name)._replace(ddof=1)
    data = make_grouped_rewards([[scale] + [0.0] * (group - 1)], [0, group])
    found = trainer_advantages(data, convention)[0]
    assert found[0] == pytest.approx((group - 1) / group**0.5, rel=3e-3)
    assert found[1] == pytest.approx(-1 / group**0.5, rel=3e-3)


@pytest.mark.parametrize("name", STANDARDISING)
def test_shrinking(name):
    convention = trainer_convention(name)
    data = make_grouped_rewards([[0.0, 2e-6, 1.0, 1.0, 3.0]], [0, 2, 4, 5])
    deviation = np.std([0.0, 2e-6], ddof=convention.ddof)
    wanted = [deviation / (deviation + convention.eps), 0.0, NAN if convention.ddof else 0.0]
    np.testing.assert_allclose(shrink_factors(prompt_variances(data), convention), [wanted], rtol=1e-12)


@pytest.mark.parametrize("name", ["open-instruct", "nemo-rl"])
def test_nothing_to_shrink(name):
    data = make_grouped_rewards([[0.0, 1e-9, 1.0, 1.0, 3.0]], [0, 2, 4, 5])
    found = shrink_factors(prompt_variances(data), trainer_convention(name))
    np.testing.assert_array_equal(found, [[1.0, 1.0, NAN]])


def test_a_log_tells_the_convention():
    rng = np.random.default_rng(0)
    data = make_grouped_rewards(rng.normal(size=(2, 40)), np.arange(0, 41, 4))
    logged = trainer_advantages(data, trainer_convention("nemo-rl"))[1]
    logged[3] = NAN
    found = {name: compare_advantages(data, logged, own) for name, own in TRAINER_CONVENTIONS.items()}
    assert [name for name, own in found.items() if own.agreeing[1] == 1] == ["nemo-rl"]
    own = found["nemo-rl"]
    assert own.compared.tolist() == [39, 39]
    assert own.largest_difference[1] < 1e-12
    assert own.agreeing[0] < 0.2


def test_nothing_to_compare():
    found = compare_advantages(CONFORMANCE, np.full(5, NAN), trainer_convention("trl"))
    assert found.compared.tolist() == [0, 0]
    assert np.isnan(found.agreeing).all()
    assert np.isnan(found.largest_difference).all()


def test_bad_input():
    with pytest.raises(InvalidInputError, match="Choose one of trl, verl"):
        trainer_convention("ours")
    with pytest.raises(InvalidInputError, match="given"):
        compare_advantages(CONFORMANCE, np.zeros(4), trainer_convention("trl"))
    with pytest.raises(InvalidInputError, match="tolerance"):
        compare_advantages(CONFORMANCE, np.zeros(5), trainer_convention("trl"), tolerance=-1.0)
