"""Checks of input: what each accepts, what it refuses, and that the message says where."""

from __future__ import annotations

import numpy as np
import pytest

from theory.arguments import checks
from theory.errors import InvalidInputError


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        ["0.5", 0.5],
        [None, 0.5],
        None,
        [[1.0, 2.0], [3.0]],
        1j,
        [1, 1j],
        {"a": 1},
        [{}, 1.0],
        True,
        [True, False],
        [True, 0.5],
        [[0.5, 0.5], [True, 0.5]],
        10**400,
        [10**400, 1],
        object(),
        nested(80),
        nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_array_of_real_numbers(value):
    with pytest.raises(InvalidInputError, match=r"^x: got ") as caught:
        checks.as_float64("x", value)
    assert len(str(caught.value)) < 140


@pytest.mark.parametrize("value", [1, 2.5, [1, 2], [[0.5, 1]], np.float32(1.5), np.arange(3), [], 2**63, [2**63, 1]])
def test_what_is_an_array_of_real_numbers(value):
    array = checks.as_float64("x", value)
    assert array.dtype == np.float64
    assert array.tolist() == np.array(value, dtype=float).tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_finite_numbers(bad):
    with pytest.raises(InvalidInputError, match=rf"x: got {bad} at index \[1, 0\]\. Give finite"):
        checks.check_finite("x", np.array([[0.0, 1.0], [bad, 2.0]]))
    with pytest.raises(InvalidInputError, match="as a single number"):
        checks.check_finite("x", np.array(bad))
    for check in (checks.check_reward, checks.check_probabilities, checks.check_positive, checks.check_nonnegative):
        with pytest.raises(InvalidInputError, match="Give finite"):
            check("x", np.array([bad, 0.5]))
    checks.check_finite("x", np.array([1e308, -5e-324]))


def test_rewards():
    checks.check_reward("r", np.array([-1.0, 1.0, 0.0, -0.0]))
    with pytest.raises(InvalidInputError, match=r"got 1\.0000000000000002 at index \[2\].*\[-1, 1\]"):
        checks.check_reward("r", np.array([0, 1, 1 + 2**-52]))
    with pytest.raises(InvalidInputError, match="-2 at index"):
        checks.check_reward("r", np.array([[0.0, -2.0]]))


def test_probabilities():
    checks.check_probabilities("p", np.array([[0.5, 0.5], [1e-300, 1.0]]))
    checks.check_probabilities("p", np.array([0.3333333333, 0.6666666667]))
    for bad in (0.0, -0.1):
        with pytest.raises(InvalidInputError, match=r"at index \[1\].*positive"):
            checks.check_probabilities("p", np.array([1.0 - bad, bad]))
    with pytest.raises(InvalidInputError, match=r"a sum of 0\.99.*normalise"):
        checks.check_probabilities("p", np.array([[0.5, 0.5], [0.5, 0.49]]))
    with pytest.raises(InvalidInputError, match="a sum of"):
        checks.check_probabilities("p", np.array([0.5, 0.5 + 3e-9]))
    checks.check_probabilities("p", np.array([0.5, 0.5 + 0.9e-6]), tolerance=checks.FLOAT32_SUM_TOLERANCE)
    with pytest.raises(InvalidInputError, match="a sum of"):
        checks.check_probabilities("p", np.array([0.5, 0.5 + 1.1e-6]), tolerance=checks.FLOAT32_SUM_TOLERANCE)


def test_numbers_that_have_lost_digits():
    smallest = np.finfo(np.float64).tiny
    checks.check_normal("x", np.array([0.0, smallest, -smallest, -1.0, np.inf]))
    with pytest.raises(InvalidInputError, match=r"at index \[0\].*lost digits"):
        checks.check_normal("x", np.array([np.nextafter(smallest, 0.0), 1.0]))
    with pytest.raises(InvalidInputError, match=r"x: got 1e-310 at index \[1\].*lost digits"):
        checks.check_normal("x", np.array([1.0, 1e-310]))


@pytest.mark.parametrize(
    ("shape", "message"), [((), "a single number"), ((1,), r"1 output"), ((0,), "0 output"), ((0, 3), "empty batch")]
)
def test_shapes_without_problems_or_choices(shape, message):
    with pytest.raises(InvalidInputError, match=message):
        checks.check_outputs("p", np.zeros(shape))
    checks.check_outputs("p", np.zeros((3, 2)))


def test_equal_shapes():
    checks.check_same_shape([("a", np.zeros((2, 3))), ("b", np.ones((2, 3)))])
    with pytest.raises(InvalidInputError, match=r"^c: got shape \(3,\).*shape of a, \(2, 3\)"):
        checks.check_same_shape([("a", np.zeros((2, 3))), ("b", np.ones((2, 3))), ("c", np.zeros(3))])


def test_signs():
    checks.check_positive("t", np.array([5e-324, 1]))
    checks.check_nonnegative("t", np.array([0.0, -0.0]))
    with pytest.raises(InvalidInputError, match=r"t: got 0 at index \[1\].*greater than zero"):
        checks.check_positive("t", np.array([1.0, 0.0]))
    with pytest.raises(InvalidInputError, match=r"t: got -1 as a single number.*not be negative"):
        checks.check_nonnegative("t", np.array(-1.0))


def test_whole_numbers():
    assert checks.check_whole("n", 3.0, least=1) == 3
    assert type(checks.check_whole("n", 3.0, least=1)) is int
    # More digits than a float64 has.
    assert checks.check_whole("n", 2**60 + 1, least=1) == 2**60 + 1
    assert checks.check_whole("n", 1, least=1) == checks.check_whole("n", 1.0, least=1) == 1
    for bad in (0, 0.0, 2.5, np.nan, np.inf):
        with pytest.raises(InvalidInputError, match="whole number of at least 1"):
            checks.check_whole("n", bad, least=1)
    for bad in (True, False, np.True_, [3], "3", None):
        with pytest.raises(InvalidInputError, match=r"^n: got"):
            checks.check_whole("n", bad, least=0)


def test_booleans_and_masks_are_found_in_lists_and_tuples():
    hidden = np.ma.masked_array([0.5, 0.5], mask=[True, False])
    for several in (list, tuple):
        for bad in (several([True, 0.5]), several([several([0.5, 0.5]), several([True, 0.5])])):
            for booleans in (False, True):
                with pytest.raises(InvalidInputError, match=r"^x: got"):
                    checks.as_float64("x", bad, booleans=booleans)
        with pytest.raises(InvalidInputError, match="masked entries"):
            checks.as_float64("x", several([hidden, hidden]))
        assert checks.as_float64("x", several([True, False]), booleans=True).tolist() == [1.0, 0.0]
        assert checks.as_float64("x", several([hidden[1:], hidden[1:]])).tolist() == [[0.5], [0.5]]


@pytest.mark.parametrize("length", [59, 60, 61, 200])
def test_a_long_value_is_cut_at_sixty_characters(length):
    shown = repr("x" * (length - 2))
    with pytest.raises(InvalidInputError) as caught:
        checks.as_float64("x", "x" * (length - 2))
    assert caught.value.value == (shown if length <= 60 else shown[:57] + "...")
