"""Attainable accuracies (Definition 3): enumeration against random rewards, and rankings for larger problems."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.accuracy.attainable import attainable_accuracies, order_with_accuracy
from theory.accuracy.pairs import uniform_accuracy
from theory.accuracy.weak_orders import ranked_first
from theory.errors import InvalidInputError


def random_distribution(random, outputs):
    weights = np.triu(random.random((outputs, outputs)), 1)
    return weights / weights.sum()


def weighted_accuracy(proxy, truth, chances):
    agree = np.sign(proxy[..., :, None] - proxy[..., None, :]) == np.sign(truth[:, None] - truth[None, :])
    return np.sum(agree * chances, axis=(-2, -1))


def distance(accuracies, number):
    return np.min(np.abs(accuracies - number))


@given(st.integers(0, 2**32 - 1))
def test_random_rewards_attain_only_what_is_listed(seed):
    random = np.random.default_rng(seed)
    outputs = int(random.integers(2, 6))
    truth = random.integers(0, 4, outputs) / 4
    chances = random_distribution(random, outputs)
    first = int(random.integers(outputs))
    free = attainable_accuracies(truth, chances)
    tied = attainable_accuracies(truth, chances, first=first)
    alone = attainable_accuracies(truth, chances, first=first, strictly=True)
    for _ in range(20):
        proxy = random.integers(0, random.integers(2, 8), outputs) / 8
        accuracy = float(weighted_accuracy(proxy, truth, chances))
        assert distance(free.accuracies, accuracy) < 2e-12
        if ranked_first(proxy, first, strictly=False):
            assert distance(tied.accuracies, accuracy) < 2e-12
        if ranked_first(proxy, first, strictly=True):
            assert distance(alone.accuracies, accuracy) < 2e-12
    for found in (free, tied, alone):
        assert (np.diff(found.accuracies) > 0).all()
        np.testing.assert_allclose(weighted_accuracy(found.witnesses, truth, chances), found.accuracies, atol=2e-12)
    assert ranked_first(tied.witnesses, first, strictly=False).all()
    assert ranked_first(alone.witnesses, first, strictly=True).all()


def test_without_ties_every_share_of_pairs_is_attainable():
    np.testing.assert_array_equal(attainable_accuracies(np.arange(8)).accuracies, np.arange(29) / 28)


def test_a_constant_ground_truth_leaves_gaps():
    # The correct pairs are the tied ones: 0, 1 or 3 of 3.
    np.testing.assert_array_equal(attainable_accuracies([0.3, 0.3, 0.3]).accuracies, np.array([0, 1, 3]) / 3)


def test_definition_3_attains_more_than_the_construction_of_theorem_5():
    """An erratum: `y in argmax` allows ties, but Theorem 5's reward model puts `y_g` strictly first."""
    truth = [1.0, 1.0, -1.0]
    tied = attainable_accuracies(truth, first=0)
    alone = attainable_accuracies(truth, first=0, strictly=True)
    np.testing.assert_array_equal(tied.accuracies, np.array([0, 1, 2, 3]) / 3)
    np.testing.assert_array_equal(alone.accuracies, np.array([1, 2]) / 3)
    np.testing.assert_array_equal(tied.witnesses[-1], [1, 1, 0])
    # Without ties in the ground truth the two definitions differ too, but only at the low end.
    distinct = [1.0, 0.0, -1.0]
    np.testing.assert_array_equal(attainable_accuracies(distinct, first=0).accuracies, np.array([0, 1, 2, 3]) / 3)
    np.testing.assert_array_equal(
        attainable_accuracies(distinct, first=0, strictly=True).accuracies, np.array([2, 3]) / 3
    )


def test_a_distribution_on_one_pair_attains_only_zero_and_one():
    chances = np.zeros((3, 3))
    chances[0, 2] = 1.0
    np.testing.assert_array_equal(attainable_accuracies([0.0, 0.1, 0.2], chances).accuracies, [0, 1])


@pytest.mark.parametrize("outputs", [4, 30, 1000])
@pytest.mark.parametrize("first", [None, 1])
def test_order_with_accuracy_under_uniform_pairs(outputs, first):
    truth = np.random.default_rng(outputs).permutation(outputs) / outputs
    pairs = outputs * (outputs - 1) // 2
    below = 0 if first is None else int(np.sum(truth < truth[first]))
    highest = 1 if first is None else 1 - (outputs - 1 - below) / pairs
    for wanted in (0.4, 0.5, min(0.7, highest)):
        found = order_with_accuracy(truth, wanted, first=first, strictly=first is not None)
        assert found.is_nearest
        assert abs(found.accuracy - wanted) <= 0.5 / pairs + 1e-15
        assert uniform_accuracy(found.ranks, truth) == found.accuracy


@pytest.mark.parametrize("first", [None, 3])
def test_order_with_accuracy_under_another_distribution(first):
    random = np.random.default_rng(7)
    truth = random.integers(0, 6, 12) / 6
    chances = random_distribution(random, 12)
    wanted, options = 0.55, {"first": first, "strictly": first is not None, "seed": 1}
    found = order_with_accuracy(truth, wanted, chances, **options)
    assert weighted_accuracy(found.ranks, truth, chances) == pytest.approx(found.accuracy, abs=1e-14)
    assert abs(found.accuracy - wanted) < 1e-3  # a single pair weighs about 1.5e-2
    if first is not None:
        assert ranked_first(found.ranks, first, strictly=True)
    np.testing.assert_array_equal(order_with_accuracy(truth, wanted, chances, **options).ranks, found.ranks)


def test_exact_names_the_nearest():
    with pytest.raises(InvalidInputError, match=r"nearest attainable is 0\.6666"):
        order_with_accuracy([1.0, 1.0, -1.0], 1.0, first=0, strictly=True, exact=True)
    with pytest.raises(InvalidInputError, match=r"nearest attainable is 0\.5"):
        order_with_accuracy(np.arange(9), 0.5001, exact=True)
    with pytest.raises(InvalidInputError, match="that was found is"):
        order_with_accuracy(np.zeros(10), 44 / 45, exact=True)
    assert order_with_accuracy(np.arange(9), 0.5, exact=True).accuracy == 0.5


@pytest.mark.parametrize("outputs", [3, 9])
def test_exact_is_to_a_trillionth(outputs):
    for off in (-1e-12, 1e-12):
        assert order_with_accuracy(np.arange(outputs), off, exact=True).accuracy == 0
    with pytest.raises(InvalidInputError, match="nearest attainable is 0:"):
        order_with_accuracy(np.arange(outputs), 1.1e-12, exact=True)


def test_what_is_hit_is_the_nearest():
    """Beyond what is enumerated, only a search that ends where it was to go knows so."""
    chances = random_distribution(np.random.default_rng(5), 10)
    for truth in (np.arange(10), np.arange(10) // 2):
        found = order_with_accuracy(truth, 1.0, chances)
        assert found.accuracy == pytest.approx(1.0, abs=1e-12)
        assert found.is_nearest
    # No ranking has this: the lightest pair weighs more.
    missed = order_with_accuracy(np.arange(10), 1 - np.min(chances[chances > 0]) / 2, chances)
    assert not missed.is_nearest


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((np.arange(9),), {}, "order_with_accuracy"),
        (([0.0, np.nan],), {}, "nan"),
        (([[0.0, 1.0]],), {}, "one prompt at a time"),
        (([0.0, 1.0],), {"first": 2}, "0 to 1"),
        (([0.0, 1.0],), {"first": -1}, "0 to 1"),
        (([0.0, 1.0],), {"strictly": True}, "strictly"),
        (([0.0, 1.0], [[0.0, 0.5], [0.5, 0.0]]), {}, "pair_distribution"),
        (([0.0, 1.0], [[[0.0, 1.0], [0.0, 0.0]]]), {}, "one prompt at a time"),
    ],
)
def test_bad_settings_are_named(arguments, options, message):
    with pytest.raises(InvalidInputError, match=message):
        attainable_accuracies(*arguments, **options)


@pytest.mark.parametrize("accuracy", [-0.1, 1.1, np.nan])
def test_bad_accuracies_are_named(accuracy):
    with pytest.raises(InvalidInputError, match="accuracy: got"):
        order_with_accuracy([0.0, 1.0], accuracy)
