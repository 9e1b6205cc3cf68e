"""Repetitions: the same number is the same experiment, and what it says is what training said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sims.rlhf import InitialPolicy, PublicRewardModel, Setting, compare_policies, replicate
from sims.rlhf.replication import check_repetition
from theory.errors import InvalidInputError

SETTING = Setting(prompts=100, batch_size=10)
POLICIES = (InitialPolicy("own", 3.0), InitialPolicy("other", -3.0))
MODELS = (PublicRewardModel("own", 1.0, 0.6), PublicRewardModel("other", 0.0, 0.6))


def test_a_repetition_is_reproducible_and_differs_from_the_next() -> None:
    first, again, other = (replicate(SETTING, number, seeds=2, epochs=2) for number in (3, 3, 4))
    for name, values in first._asdict().items():
        np.testing.assert_array_equal(values, getattr(again, name))
        assert not np.array_equal(values, getattr(other, name)), name
    assert first.proxy_increase.shape == (7, 2, 3)
    assert (first.proxy_increase[..., 0] == 0).all()
    assert (first.kl_divergence[..., 0] < 1e-12).all()


def test_the_ground_truth_as_teacher_has_one_increase() -> None:
    found = replicate(SETTING, 0, seeds=1, epochs=2)
    np.testing.assert_array_equal(found.proxy_increase[-1], found.ground_truth_increase[-1])


def test_sampled_evaluation_agrees_with_the_exact_one_on_average() -> None:
    found = replicate(SETTING, 0, seeds=40, epochs=1)
    noise = found.sampled_proxy_increase - found.proxy_increase
    error = noise.std(axis=1, ddof=1) / np.sqrt(noise.shape[1])
    assert (np.abs(noise.mean(axis=1)) < 5 * error + 1e-12).all()


def test_a_diverging_policy_is_said() -> None:
    with pytest.raises(InvalidInputError, match=r"diverged|finite"):
        replicate(replace(SETTING, optimizer="sgd", learning_rate=1e308), 0, seeds=1, epochs=2)


def test_policies_are_taught_best_by_what_was_made_for_them() -> None:
    found = [compare_policies(SETTING, POLICIES, MODELS, number, seeds=1, epochs=2) for number in range(4)]
    gains = np.mean([one.ground_truth_increase[..., 0] for one in found], axis=0)
    assert gains[0, 0] > gains[0, 1]
    assert gains[1, 1] > gains[1, 0]
    assert found[0].reward_variance.shape == (2, 2)


def test_an_empty_comparison_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="policies"):
        compare_policies(SETTING, (), MODELS, 0, seeds=1, epochs=1)
    with pytest.raises(InvalidInputError, match="models"):
        compare_policies(SETTING, POLICIES, (), 0, seeds=1, epochs=1)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"number": -1}, "number"),
        ({"number": 2**31}, "number"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": 1001}, "seeds"),
        ({"epochs": 0}, "epochs"),
        ({"evaluation_samples": -1}, "evaluation_samples"),
    ],
)
def test_numbers_of_a_repetition_are_checked_before_anything_is_drawn(changed: dict, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        replicate(SETTING, **({"number": 0, "seeds": 1, "epochs": 1} | changed))
    if named != "evaluation_samples":
        with pytest.raises(InvalidInputError, match=named):
            compare_policies(SETTING, POLICIES, MODELS, **({"number": 0, "seeds": 1, "epochs": 1} | changed))


def test_the_last_repetition_has_seeds() -> None:
    check_repetition(2_147_482, seeds=1000, epochs=1)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: InitialPolicy("a", np.nan), "style_logit"),
        (lambda: InitialPolicy("a", 0.0, -1.0), "temperature"),
        (lambda: PublicRewardModel("a", 1.5, 0.1), "own_share"),
        (lambda: PublicRewardModel("a", 0.5, -0.1), "prompt_component"),
        (lambda: PublicRewardModel("a", 0.5, 0.1, 2.0), "mislabelled"),
    ],
)
def test_policies_and_models_that_cannot_be_are_refused(make: Callable, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        make()
