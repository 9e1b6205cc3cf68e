"""Checks of numbers that rules are made of: each takes a name, numbers in float64, and how precise they were given."""

from __future__ import annotations

import numpy as np

from theory.arguments.checks import check_finite, check_reward, shown_number, shown_place
from theory.arguments.rules import Check
from theory.errors import InvalidInputError

ROUGHLY_NORMALISED = 1e-6
"""How far a distribution may sum from one: what a softmax in float32 leaves."""

ROUNDINGS = 8
"""The same in units of the precision that the numbers were given in, for what is shorter than float32."""


def _refuse(argument: str, array: np.ndarray, bad: np.ndarray | np.bool_, remedy: str) -> None:
    if bad.any():
        index = tuple(int(k) for k in np.argwhere(bad)[0])
        raise InvalidInputError(argument, f"{shown_number(array[index])} {shown_place(index)}", remedy)


def finite(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` for NaN and infinities."""
    check_finite(argument, array)


def reward_in_range(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` unless every reward is in [-1, 1]."""
    check_reward(argument, array)


def between(least: float, most: float, *, open_at_least: bool = False, infinite: bool = True) -> Check:
    """A check for numbers from `least` to `most`, both included (`least` not if `open_at_least`); never NaN.

    Without `infinite`, infinities are refused too.
    """
    low = f"greater than {shown_number(least)}" if open_at_least else f"at least {shown_number(least)}"
    limits = [low] * bool(least > -np.inf) + [f"at most {shown_number(most)}"] * bool(most < np.inf)
    remedy = f"Give numbers {' and '.join(limits)}." if limits else "Give numbers, not NaN."

    def check(argument: str, array: np.ndarray, precision: float) -> None:
        if not infinite:
            check_finite(argument, array)
        above = array > least if open_at_least else array >= least
        _refuse(argument, array, ~(above & (array <= most)), remedy)

    return check


def distribution(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` unless each row is nonnegative and sums to one, up to rounding."""
    check_finite(argument, array)
    _refuse(argument, array, array < 0, "Probabilities must not be negative.")
    _check_total(argument, np.asarray(array.sum(axis=-1)), precision, "Probabilities must sum to 1: normalise them.")


def positive_distribution(argument: str, array: np.ndarray, precision: float) -> None:
    """As `distribution`; no probability may vanish."""
    distribution(argument, array, precision)
    _refuse(argument, array, array == 0, "Every output needs a positive probability: remove those that cannot occur.")


def counts(argument: str, array: np.ndarray, precision: float) -> None:
    """**Raises** `InvalidInputError` unless all are whole numbers of at least one."""
    check_finite(argument, array)
    _refuse(argument, array, (array < 1) | (array != np.floor(array)), "Give whole numbers of at least 1.")


def log_distribution(argument: str, array: np.ndarray, precision: float) -> None:
    """The same of log-probabilities; minus infinity stands for probability zero."""
    _refuse(argument, array, np.isnan(array) | (array == np.inf), "Give log-probabilities: at most zero, never NaN.")
    with np.errstate(over="ignore"):
        total = np.asarray(np.exp(array).sum(axis=-1))
    # Rounding ln p moves p by p |ln p| precision, in all by at most the logarithm of the number of outputs.
    spread = precision * (1 + np.log(array.shape[-1]))
    _check_total(argument, total, spread, "Probabilities must sum to 1: give jax.nn.log_softmax of the logits.")


def _check_total(argument: str, total: np.ndarray, precision: float, remedy: str) -> None:
    off = np.asarray(np.abs(total - 1) > max(ROUGHLY_NORMALISED, ROUNDINGS * precision))
    if off.any():
        raise InvalidInputError(argument, f"a sum of {shown_number(np.asarray(total)[off].flat[0])}", remedy)
