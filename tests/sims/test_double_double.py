"""Pairs of float64 numbers against exact fractions and fifty digits, in NumPy and compiled by XLA."""

from __future__ import annotations

from fractions import Fraction

import jax
import mpmath
import numpy as np
import pytest

from sims import double_double as dd

RNG = np.random.default_rng(0)
A, C = RNG.standard_normal((2, 2000))
B = RNG.standard_normal(2000) * 10.0 ** RNG.integers(-12, 12, 2000)
LOW = 1e-17 * RNG.uniform(-1, 1, 2000)


def fractions(*arrays: np.ndarray) -> list[Fraction]:
    return [sum(map(Fraction, numbers), Fraction(0)) for numbers in zip(*map(np.asarray, arrays), strict=True)]


@pytest.mark.parametrize("compiled", [False, True])
def test_error_free_transformations_lose_nothing(compiled: bool) -> None:
    with jax.enable_x64(True):
        for function in (dd.two_sum, dd.two_product):
            found = fractions(*(jax.jit(function) if compiled else function)(A, B))
            exact = [
                x + y if function is dd.two_sum else x * y for x, y in zip(fractions(A), fractions(B), strict=True)
            ]
            assert found == exact
        # The product may be fused with the sum that follows: nothing but its own rounding is lost then.
        fused = jax.jit(lambda a, b, c: dd.two_sum(a * b, c)) if compiled else lambda a, b, c: dd.two_sum(a * b, c)
        for x, y, z, found in zip(*map(fractions, (A, B, C)), fractions(*fused(A, B, C)), strict=True):
            assert abs(x * y + z - found) <= Fraction(1, 2**53) * abs(x * y)


@pytest.mark.parametrize("compiled", [False, True])
def test_arithmetic_of_pairs(compiled: bool) -> None:
    first, second = (A, A * LOW), (B, B * LOW)
    values = list(zip(fractions(*first), fractions(*second), strict=True))
    rules = {dd.add: lambda x, y: x + y, dd.multiply: lambda x, y: x * y, dd.divide: lambda x, y: x / y}
    with jax.enable_x64(True):
        for function, rule in rules.items():
            found = fractions(*(jax.jit(function) if compiled else function)(first, second))
            for (x, y), z in zip(values, found, strict=True):
                size = abs(x) + abs(y) if function is dd.add else abs(rule(x, y))
                assert abs(z - rule(x, y)) <= size * Fraction(1, 10**30)


def test_total_keeps_what_float64_loses() -> None:
    numbers = np.array([[1e16, 1.0, -1e16, 1e-9, 3.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
    high, low = dd.total((numbers, np.zeros_like(numbers)))
    assert [Fraction(x) + Fraction(y) for x, y in zip(high, low, strict=True)] == [
        sum(map(Fraction, row), Fraction(0)) for row in numbers
    ]


def test_exponential() -> None:
    at = np.concatenate([RNG.uniform(-640, 5, 100), RNG.uniform(-1e-6, 1e-6, 20), [0.0, -690.0, 600.0]])
    high, low = dd.exponential((at, at * 1e-17))
    with mpmath.workdps(50):
        for x, h, lost in zip(at, high, low, strict=True):
            exact = mpmath.exp(mpmath.mpf(x) + mpmath.mpf(x * 1e-17))
            # Where the low part would be below the smallest normal number, it has fewer digits.
            assert abs((mpmath.mpf(h) + mpmath.mpf(lost)) / exact - 1) < (1e-28 if x > -600 else 1e-15)
    assert dd.exponential((np.array([-1e6, -np.inf]), np.zeros(2)))[0].tolist() == [0.0, 0.0]
