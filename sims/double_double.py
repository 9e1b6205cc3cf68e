"""Sums and products with twice the digits: pairs `(high, low)` of float64 numbers whose exact sum is the value.

Method: error-free transformations of Dekker and Knuth; see Hida, Li and Bailey, *Algorithms for quad-double precision
floating point arithmetic* (2001). The functions take NumPy or JAX arrays. XLA neither reassociates additions nor does
fusing a multiplication with an addition break what they rest on; a test holds both against exact fractions.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

Pair = tuple[Any, Any]
"""High and low part, arrays of one shape."""

_LN2 = (math.log(2), 2.319046813846299558e-17)
_HALVINGS, _TERMS = 8, 9
"""`exp` sums so many terms of its series after halving its argument so often: what is left out is below 1e-31."""


def pair(value: Fraction) -> tuple[float, float]:
    """A rational number as a pair."""
    high = float(value)
    return high, float(value - Fraction(high))


_INVERSE_FACTORIALS = tuple(pair(Fraction(1, math.factorial(k))) for k in range(_TERMS + 1))


def two_sum(a: Any, b: Any) -> Pair:
    """`a + b`, and exactly what its rounding left out."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def quick_two_sum(a: Any, b: Any) -> Pair:
    """`two_sum` where `|a| >= |b|` or `a = 0`."""
    total = a + b
    return total, b - (total - a)


def _split(a: Any) -> Pair:
    scaled = 134217729.0 * a  # 2^27 + 1
    high = scaled - (scaled - a)
    return high, a - high


def two_product(a: Any, b: Any) -> Pair:
    """`a b`, and exactly what its rounding left out (unless that underflows; `|a|, |b| < 1e300`)."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def add(a: Pair, b: Pair) -> Pair:
    """The sum of two pairs, to about 1e-32 of the larger one's size."""
    high, low = two_sum(a[0], b[0])
    other, rest = two_sum(a[1], b[1])
    high, low = quick_two_sum(high, low + other)
    return quick_two_sum(high, low + rest)


def negative(a: Pair) -> Pair:
    """Minus a pair."""
    return -a[0], -a[1]


def multiply(a: Pair, b: Pair) -> Pair:
    """The product of two pairs, to about 1e-31 of its size."""
    high, low = two_product(a[0], b[0])
    return quick_two_sum(high, low + (a[0] * b[1] + a[1] * b[0]))


def divide(a: Pair, b: Pair) -> Pair:
    """The quotient of two pairs, to about 1e-31 of its size."""
    first = a[0] / b[0]
    rest = add(a, negative(multiply(b, (first, 0 * first))))
    second = rest[0] / b[0]
    rest = add(rest, negative(multiply(b, (second, 0 * second))))
    return add(quick_two_sum(first, second), (rest[0] / b[0], 0 * first))


def total(a: Pair) -> Pair:
    """The sum over the last axis (NumPy only), by halves."""
    high, low = a
    while high.shape[-1] > 1:
        if high.shape[-1] % 2:
            high, low = (np.concatenate([x, np.zeros((*x.shape[:-1], 1))], axis=-1) for x in (high, low))
        high, low = add((high[..., ::2], low[..., ::2]), (high[..., 1::2], low[..., 1::2]))
    return high[..., 0], low[..., 0]


def exponential(a: Pair) -> Pair:
    """`exp` of pairs that are at most 700 (NumPy only), to about 1e-29 of its size; zero below -745."""
    high = np.maximum(a[0], -800.0)
    low = np.where(a[0] < -800.0, 0.0, a[1])
    whole = np.round(high / _LN2[0])
    reduced = add((high, low), negative(multiply((whole, 0.0), _LN2)))
    small = reduced[0] * 0.5**_HALVINGS, reduced[1] * 0.5**_HALVINGS
    # (e^x - 1) / x by Horner's scheme; then e^2x - 1 = (e^x - 1) (e^x - 1 + 2) keeps the digits of small results.
    series: Pair = _INVERSE_FACTORIALS[_TERMS]
    for coefficient in _INVERSE_FACTORIALS[_TERMS - 1 : 0 : -1]:
        series = add(multiply(small, series), coefficient)
    series = multiply(small, series)
    for _ in range(_HALVINGS):
        series = multiply(series, add((2.0, 0.0), series))
    result = add((1.0, 0.0), series)
    exponent = whole.astype(np.int64)
    return np.ldexp(result[0], exponent), np.ldexp(result[1], exponent)
