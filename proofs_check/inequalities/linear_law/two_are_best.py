"""The policies that two outputs stand for: no other one has more of `speed + mu growth`, where `mu` is not too large.

With the letters of `linear_law.multipliers`: `a^2 = (1 - P)/P`, so that two outputs of rewards 1 and -1 have the
standardised advantages `a` and `-1/a`; `b = 1/a`, `m = mu/2`. Both sides of a condition vanish there, and what is
checked is their difference over the factor that vanishes. The multipliers `beta` and `kappa` are polynomials in `V`
with the coefficients of a table: any that meet the conditions will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flint import arb

from proofs_check.enclosures.on_boxes import OnBoxes, Part

LOWEST, HIGHEST = arb(-8) / 10, arb(6) / 10
"""Of the expected reward `V`: `a = 3` and `a = 1/2`."""

UNIT = (arb(0), arb(1))


def smallest_weight(value: arb) -> arb:
    """`mu` from which on two outputs are best where `V <= 0`; for `V >= 0` it is zero."""
    return -value / 2


def largest_weight(value: arb) -> arb:
    """`mu` up to which they are."""
    return (HIGHEST - value) * (arb("1.42") - arb("0.4") * value)


@dataclass(frozen=True)
class Edge:
    """One `mu` for each `V`. **Fields**: `weight`; `beta`, `kappa`, the coefficients; `ranges`, of `a`."""

    weight: Callable[[arb], arb]
    beta: Sequence[float]
    kappa: Sequence[float]
    ranges: tuple[arb, arb]


EDGES = (
    Edge(lambda value: arb(0), (0.205, 0.103, -0.372), (0.139, 0.097, -0.245), (arb(1) / 2, arb(1))),
    Edge(smallest_weight, (-0.238, 0.015, 0.155), (0.129, 0.004, 0.018), (arb(1), arb(3))),
    Edge(largest_weight, (0.203, -0.12, -0.433, 0.772), (0.133, -0.195, 0.291, -0.037), (arb(1) / 2, arb(3))),
)
"""As what two outputs reach is linear in `mu` and the largest value is convex, both ends of an interval are enough."""


@dataclass(frozen=True)
class _Here:
    """Everything at one `a`: `first = P phi_+(a)` and `second = (1 - P) phi_-(-b)`, what the two outputs contribute."""

    a: arb
    b: arb
    share: arb
    rest: arb
    m: arb
    up: arb
    down: arb
    first: arb
    second: arb
    beta: arb
    kappa: arb


def _polynomial(coefficients: Sequence[float], at: arb) -> arb:
    result = arb(0)
    for coefficient in reversed(coefficients):
        result = result * at + arb(str(coefficient))
    return result


def _here(edge: Edge, a: arb) -> _Here:
    share = 1 / (1 + a**2)
    value, rest, b = 2 * share - 1, 1 - share, 1 / a
    m = edge.weight(value) / 2
    up, down = 2 * rest - m, 2 * share + m
    return _Here(
        a=a,
        b=b,
        share=share,
        rest=rest,
        m=m,
        up=up,
        down=down,
        first=share * a * (up + m * a**2),
        second=rest * b * (down - m * b**2),
        beta=_polynomial(edge.beta, value),
        kappa=_polynomial(edge.kappa, value),
    )


def _good_small(h: _Here, s: arb) -> arb:
    """`(Q_+ - P phi_+) / (a - x)` at `x = a s`."""
    x = h.a * s
    return h.share * (h.up + h.m * (h.a**2 + h.a * x + x**2)) - h.beta - h.kappa * (h.a + x)


def _good_large(h: _Here, s: arb) -> arb:
    """`s^3 ((1 + x^2) Q_+ - phi_+) / (x - a)` at `x = a / s`."""
    a, most = h.a, s**2 + h.a**2
    return (
        -h.m * a**2 * s
        + (h.first - h.m * a) * a * s**2
        - h.first / a * s**3
        + most * ((h.beta + h.kappa * a) * s + h.kappa * a)
    )


def _bad_small(h: _Here, s: arb) -> arb:
    """`(Q_- - (1 - P) phi_-) / (b - z)` at `x = -z`, `z = b s`."""
    z = h.b * s
    return h.rest * (h.down - h.m * (h.b**2 + h.b * z + z**2)) + h.beta - h.kappa * (h.b + z)


def _bad_large(h: _Here, s: arb) -> arb:
    """`s^3 ((1 + z^2) Q_- - phi_-) / (z - b)` at `x = -z`, `z = b / s`."""
    b, most = h.b, s**2 + h.b**2
    return (
        h.m * b**2 * s
        + (h.second + h.m * b) * b * s**2
        - h.second / b * s**3
        + most * ((h.kappa * b - h.beta) * s + h.kappa * b)
    )


def _levels(h: _Here) -> tuple[arb, arb]:
    """`alpha_+` and `alpha_-`."""
    return h.first - h.beta * h.a - h.kappa * h.a**2, h.second + h.beta * h.b - h.kappa * h.b**2


def _dust(which: int) -> Callable[[_Here, arb], arb]:
    """The discriminant: `Q >= 0` everywhere, `kappa` being positive."""
    return lambda h, s: 4 * _levels(h)[which] * h.kappa - h.beta**2


def _bad_above(h: _Here, x: arb) -> arb:
    """`(1 + x^2) Q_- - phi_-` for an output of reward -1 above the mean, `x <= 1`."""
    level = _levels(h)[1]
    return (1 + x**2) * (level + h.beta * x + h.kappa * x**2) + x * (h.down - h.m * x**2)


def _bad_far_above(h: _Here, u: arb) -> arb:
    """`u^4` times the same at `x = 1/u`."""
    level = _levels(h)[1]
    return (1 + u**2) * (level * u**2 + h.beta * u + h.kappa) + u * (h.down * u**2 - h.m)


CONDITIONS: tuple[tuple[Callable[[_Here, arb], arb], bool], ...] = (
    (_good_small, True),
    (_good_large, True),
    (_bad_small, True),
    (_bad_large, True),
    (_dust(0), False),
    (_dust(1), False),
    (lambda h, s: h.kappa, False),
    (lambda h, s: h.up, False),
    (_bad_above, True),
    (_bad_far_above, True),
)
"""With whether the second variable occurs."""


def _part(edge: Edge, condition: Callable[[_Here, arb], arb], second: bool) -> Part:
    def sides(a: arb, s: arb | None = None) -> tuple[arb, arb]:
        return arb(0), condition(_here(edge, a), arb(0) if s is None else s)

    return Part(sides, [edge.ranges, UNIT] if second else [edge.ranges])


def two_are_best() -> OnBoxes:
    """`speed + mu growth` is largest at two outputs."""
    too_large = replace(EDGES[2], weight=lambda value: 2 * largest_weight(value))
    return OnBoxes(
        name="two outputs are best",
        claim="p phi_r(x) <= alpha_r + beta x + kappa x^2 for every share p and standardised advantage x that an "
        "output of reward r = 1 or -1 can have, with equality at the two outputs",
        parts=tuple(_part(edge, *condition) for edge in EDGES for condition in CONDITIONS),
        text="with p <= P (or 1 - P) where |x| is below a (or 1/a), and p <= 1/(1 + x^2) beyond: at mu = max(0, -V/2) "
        "and at mu = (0.6 - V)(1.42 - 0.4 V)",
        wrong=_part(too_large, _good_large, True),
        wrong_description="mu twice as large, with the same multipliers",
        scope="-0.8 <= V <= 0.6, max(0, -V/2) <= mu <= (0.6 - V)(1.42 - 0.4 V)",
    )
