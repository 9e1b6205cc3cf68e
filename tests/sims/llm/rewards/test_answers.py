from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm.rewards.answers import RewardFailure, rewards_from


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError

    def __float__(self) -> float:
        raise RuntimeError


@pytest.mark.parametrize(
    "answer",
    [
        [1, 2.0],
        (1.0, 2.0),
        np.array([1, 2], np.int8),
        np.array([1, 2], np.float16),
        jnp.array([1.0, 2.0]),
        [Decimal(1), Fraction(2)],
        [True, np.float32(2)],
        [np.array(1.0), jnp.array(2.0)],
        (float(k) for k in (1, 2)),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_numbers_of_any_kind_are_read(answer):
    assert rewards_from(answer, 2) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (None, "None"),
        (float("nan"), "NaN"),
        (np.float32("nan"), "NaN"),
        (float("-inf"), "infinity"),
        (10**400, "infinity"),
        ("0.5", "not a number"),
        (b"1", "not a number"),
        (np.str_("0.5"), "not a number"),
        (1j, "not a number"),
        (np.complex64(1), "not a number"),
        ([0.5], "not a number"),
        (np.array([0.5]), "not a number"),
        ({}, "not a number"),
        (Unprintable(), "not a number"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_one_that_is_no_finite_number_fails_alone(item, reason):
    first, bad, last = rewards_from([1.0, item, 3.0], 3)
    assert (first, last) == (1.0, 3.0)
    assert isinstance(bad, RewardFailure)
    assert bad.reason == reason
    assert not bad.of_all


@pytest.mark.parametrize("answer", [None, 0.5, "12", b"12", {0: 1.0, 1: 2.0}, {1.0, 2.0}, np.array(1.0)], ids=repr)
def test_what_is_no_list_fails_as_a_whole(answer):
    with pytest.raises(RewardFailure) as caught:
        rewards_from(answer, 2)
    assert caught.value.reason == "no list of rewards"


@pytest.mark.parametrize("answer", [[], [1.0], [1.0, 2.0, 3.0], np.zeros((3, 2))], ids=len)
def test_another_number_of_rewards_fails_as_a_whole(answer):
    with pytest.raises(RewardFailure) as caught:
        rewards_from(answer, 2)
    assert caught.value.reason == "wrong number of rewards"


def test_a_generator_without_end_is_not_followed():
    with pytest.raises(RewardFailure, match="more than 2 for 2 completions"):
        rewards_from(iter(lambda: 1.0, 0.0), 2)
