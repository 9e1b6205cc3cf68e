"""Checks of numbers: distributions to the precision that they are given in, counts, and what the remedy says."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from theory.arguments.number_rules import between, counts, distribution, log_distribution, positive_distribution
from theory.errors import InvalidInputError

DOUBLE, SINGLE, SHORT = (float(jnp.finfo(kind).eps) for kind in (jnp.float64, jnp.float32, jnp.bfloat16))


@pytest.mark.parametrize(
    ("least", "most", "open_at_least", "remedy"),
    [
        (-np.inf, np.inf, False, "Give numbers, not NaN."),
        (0.0, np.inf, False, "Give numbers at least 0."),
        (0.0, np.inf, True, "Give numbers greater than 0."),
        (-np.inf, 0.0, False, "Give numbers at most 0."),
        (0.0, 1.0, False, "Give numbers at least 0 and at most 1."),
    ],
)
def test_the_remedy_names_the_limits_that_there_are(least, most, open_at_least, remedy):
    with pytest.raises(InvalidInputError) as caught:
        between(least, most, open_at_least=open_at_least)("x", np.array([0.5, np.nan]), 0.0)
    assert caught.value.remedy == remedy


def test_the_first_number_out_of_range_is_named_with_its_place():
    with pytest.raises(InvalidInputError, match=r"^x: got 2 at index \[1, 0\]"):
        between(0.0, 1.0)("x", np.array([[0.0, 1.0], [2.0, 3.0]]), 0.0)


def test_counts_are_whole_numbers_from_one():
    counts("n", np.array([1.0, 2.0, 1e15]), DOUBLE)
    for bad in (0.0, 0.5, 1.5, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidInputError, match=rf"^n: got {bad:g} at index \[1\]"):
            counts("n", np.array([1.0, bad]), DOUBLE)


def test_probabilities_may_vanish_where_a_distribution_says_nothing_else():
    for row in ([0.25, 0.75], [0.0, 1.0]):
        distribution("p", np.array(row), DOUBLE)
    positive_distribution("p", np.array([5e-324, 1.0]), DOUBLE)
    with pytest.raises(InvalidInputError, match=r"^p: got 0 at index \[0\].*positive probability"):
        positive_distribution("p", np.array([0.0, 1.0]), DOUBLE)
    for rule in (distribution, positive_distribution):
        with pytest.raises(InvalidInputError, match=r"^p: got -0\.25 at index \[0\]"):
            rule("p", np.array([-0.25, 1.25]), DOUBLE)


@pytest.mark.parametrize(("precision", "allowed"), [(DOUBLE, 1e-6), (SINGLE, 1e-6), (SHORT, 8 * SHORT)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_distribution_sums_to_one_as_far_as_its_precision_goes(precision, allowed, sign):
    for rule in (distribution, positive_distribution):
        rule("p", (1 + 0.99 * sign * allowed) * np.array([0.25, 0.75]), precision)
        with pytest.raises(InvalidInputError, match=r"^p: got a sum of"):
            rule("p", (1 + 1.01 * sign * allowed) * np.array([[0.25, 0.75]]), precision)


@pytest.mark.parametrize(("precision", "outputs"), [(DOUBLE, 1000), (SINGLE, 1000), (SHORT, 8)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_logarithms_are_rounded_by_as_much_as_they_are_long(precision, outputs, sign):
    """By `p |ln p|` in all, at most `ln K` for `K` outputs: what is off by more is another distribution."""
    allowed = max(1e-6, 8 * precision * (1 + np.log(outputs)))
    even = np.full(outputs, -np.log(outputs))
    log_distribution("p", even + np.log1p(0.99 * sign * allowed), precision)
    with pytest.raises(InvalidInputError, match=r"^p: got a sum of.*log_softmax"):
        log_distribution("p", even + np.log1p(1.01 * sign * allowed), precision)


def test_minus_infinity_is_the_logarithm_of_nothing():
    log_distribution("p", np.array([-np.inf, 0.0]), DOUBLE)
    for bad in (np.nan, np.inf):
        with pytest.raises(InvalidInputError, match=rf"^p: got {bad} at index \[0\].*Give log-probabilities"):
            log_distribution("p", np.array([bad, 0.0]), DOUBLE)
    # Too large for an exponential: a sum that is no number's, not a warning.
    with pytest.raises(InvalidInputError, match=r"^p: got a sum of inf"):
        log_distribution("p", np.array([1000.0, 0.0]), DOUBLE)
