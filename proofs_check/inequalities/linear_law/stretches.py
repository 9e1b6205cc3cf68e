"""Curves that no policy beats, for expected rewards that rise beyond 0.6: piecewise linear, by stretches.

With the letters of `linear_law.multipliers`: on a stretch of `V` on which `W` falls with slope `-psi`, every policy has
`psi speed + W growth <= 1`. A linear program in float64 looks for the largest `psi` and for multipliers that show this;
what it finds is not trusted: ball arithmetic decides the inequalities that make it a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise

import numpy as np
from flint import arb, arb_poly
from scipy.optimize import linprog

from proofs_check.enclosures.balls import exact
from proofs_check.enclosures.on_boxes import OnBoxes, Part
from theory.bounds import growth_control

TARGETS = (0.6, 0.619, 0.645, 0.685, 0.75, 0.85)
"""Where curves end: each serves the targets up to the next one, the last one all that are left."""

STRETCHES = 40
FULL = 4.0
"""A curve that has come as high as this is constant from there on: no growth is faster than 1/4."""

RAISED = arb("1.01")
DIRECTIONS = 321
MARGIN, ROOM = 2e-4, 1e-7
"""By how much the linear program keeps away from what is to be shown: rounding, and advantages between its own."""


@dataclass(frozen=True)
class Multipliers:
    """`p phi_r(x) <= level_r + slope x + curvature x^2`. **Fields**: `good`, `bad`: the levels for `r = 1` and `-1`."""

    good: float
    bad: float
    slope: float
    curvature: float


@dataclass(frozen=True)
class Stretch:
    """From `low` to `high`, where the curve is `above` and `below`, with multipliers for both heights."""

    low: float
    high: float
    above: float
    below: float
    multipliers: tuple[Multipliers, Multipliers]


def _advantages(low: float, high: float) -> np.ndarray:
    kinks = [_kink((1 + high) / 2), -_kink((1 - low) / 2)]
    return np.unique(np.r_[np.tan(np.linspace(-np.pi / 2, np.pi / 2, DIRECTIONS)[1:-1]), kinks])


def _kink(share: float) -> float:
    """Where an output of this probability has all the variance."""
    return float(np.sqrt((1 - share) / share))


def _ends(low: float, high: float, x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For outputs of reward 1 and -1: the largest share, and the reward above the mean where that is most."""
    rest = 1 / (1 + x**2)
    yield np.minimum((1 + high) / 2, rest), np.where(x > 0, 1 - low, 1 - high)
    yield np.minimum((1 - low) / 2, rest), -np.where(x > 0, 1 + low, 1 + high)


def _program(low: float, high: float, height: float) -> np.ndarray:
    """The slope and both sets of multipliers, in the order of the fields."""
    x, rows, bounds = _advantages(low, high), [], []
    scale = 1 / (1 + x**2)
    for end in (0, 1):
        first = 1 + 4 * end
        for kind, (share, reward) in enumerate(_ends(low, high, x)):
            row = np.zeros((x.size, 9))
            row[:, first + kind], row[:, first + 2], row[:, first + 3] = -scale, -x * scale, -(x**2) * scale
            rows.append(row.copy())
            row[:, 0] = share * scale * (x * reward + end * (high - low) / 2 * (x**3 - x))
            rows.append(row)
            bounds += [np.full(x.size, -MARGIN), -MARGIN - share * scale * height / 2 * (x**3 - x)]
        for paid in ((1 + low) / 2, (1 + high) / 2):
            row = np.zeros((1, 9))
            row[0, [first, first + 1, first + 3]] = paid, 1 - paid, 1
            rows.append(row)
            bounds.append(np.array([1 - ROOM]))
    limits = [(0.0, None), *[(None, None)] * 8]
    found = linprog([-1.0, *[0.0] * 8], A_ub=np.vstack(rows), b_ub=np.concatenate(bounds), bounds=limits)
    return np.asarray(found.x) if found.status == 0 else np.zeros(9)


@cache
def curve(target: float) -> tuple[Stretch, ...]:
    """From the target down to -1, or to where it has come to `FULL`."""
    height, made = 0.0, []
    for high, low in pairwise(np.linspace(target, -1.0, STRETCHES + 1).tolist()):
        found = _program(low, high, height)
        reached = height + (1 - ROOM) * found[0] * (high - low)
        made.append(Stretch(low, high, reached, height, (Multipliers(*found[1:5]), Multipliers(*found[5:]))))
        height = reached
        if height >= FULL:
            break
    return tuple(made)


def _growing(polynomial: arb_poly, end: arb) -> Part:
    """`polynomial >= 0` from 0 to `end`, in the form of the mean value."""
    slope = polynomial.derivative()

    def sides(x: arb) -> tuple[arb, arb]:
        middle = x.mid()
        return arb(0), polynomial(middle) + slope(x) * (x - middle)

    return Part(sides, [(arb(0), end)])


def _reversed(polynomial: arb_poly, degree: int) -> arb_poly:
    return arb_poly([polynomial[degree - k] for k in range(degree + 1)])


def _outputs(level: arb, slope: arb, m: Multipliers, share: arb, reward: arb, height: arb) -> Iterator[Part]:
    """Outputs of one reward on one side of the mean: `x >= 0`; `slope` and `reward` carry the sign of the side."""
    most = arb_poly([level, slope, exact(m.curvature)])
    value = arb_poly([0, reward - height, 0, height])
    far = arb_poly([1, 0, 1]) * most - value
    kink = exact(_kink(float(share)))
    if kink > 0:
        yield _growing(most - share * value, kink)
    else:
        kink = arb(1)
        yield _growing(far, kink)
    yield _growing(_reversed(far, 4), 1 / kink)
    yield _growing(most, arb(1))
    yield _growing(_reversed(most, 2), arb(1))


def parts_of(stretch: Stretch) -> Iterator[Part]:
    """What makes a stretch one that no policy beats: at both ends, for both rewards, above and below the mean."""
    low, high = exact(stretch.low), exact(stretch.high)
    psi = (exact(stretch.above) - exact(stretch.below)) / (high - low)
    for m, height in zip(stretch.multipliers, (exact(stretch.below) / 2, exact(stretch.above) / 2), strict=True):
        good, bad, slope = exact(m.good), exact(m.bad), exact(m.slope)
        yield Part(partial(_total, good, bad, exact(m.curvature)), [(low, high)])
        yield from _outputs(good, slope, m, (1 + high) / 2, psi * (1 - low), height)
        yield from _outputs(good, -slope, m, (1 + high) / 2, -psi * (1 - high), -height)
        yield from _outputs(bad, slope, m, (1 - low) / 2, -psi * (1 + low), height)
        yield from _outputs(bad, -slope, m, (1 - low) / 2, psi * (1 + high), -height)


def _total(good: arb, bad: arb, curvature: arb, value: arb) -> tuple[arb, arb]:
    return (good + bad) / 2 + (good - bad) / 2 * value + curvature, arb(1)


def _rises(stretch: Stretch, constant: arb, last: float) -> Iterator[Part]:
    """`W >= c (V_1 - V_0)` at both ends, hence between them, for the farthest target that the curve serves."""
    ends = [(exact(stretch.low), exact(stretch.high))]
    for at, height in ((stretch.low, stretch.above), (stretch.high, stretch.below)):
        needed, found = constant * (exact(last) - exact(at)), exact(height)
        yield Part(lambda value, needed=needed, found=found: (needed, found), ends)


def _served() -> Iterator[tuple[Stretch, float]]:
    """Every stretch that has negative expected rewards, with the farthest target that its curve serves."""
    for target, last in pairwise((*TARGETS, 1.0)):
        yield from ((stretch, last) for stretch in curve(target) if stretch.low < 0)


@cache
def _unbeaten() -> tuple[Part, ...]:
    """What makes every stretch of every curve one that no policy beats: the constant has no part in it."""
    return tuple(part for target in TARGETS for stretch in curve(target) for part in parts_of(stretch))


def far_targets() -> OnBoxes:
    """The linear law where the expected reward starts below zero and ends beyond 0.6, with the constant of the code."""
    constant = exact(growth_control.LINEAR_LAW_CONSTANT)
    count = sum(len(curve(target)) for target in TARGETS)
    rises = [part for stretch, last in _served() for part in _rises(stretch, constant, last)]
    hardest, last = min(_served(), key=lambda pair: (pair[0].above / (pair[1] - pair[0].low), pair[1]))
    return OnBoxes(
        name="curves that no policy beats",
        claim=f"psi speed + W growth <= 1 for every policy, and W(V_0) >= {growth_control.LINEAR_LAW_CONSTANT} "
        "(V_1 - V_0)",
        parts=(*_unbeaten(), *rises),
        text=f"p phi_r(x) <= alpha_r + beta x + kappa x^2 and P alpha_+ + (1 - P) alpha_- + kappa <= 1 at both "
        "heights of "
        f"{count} stretches of curves that end at {', '.join(map(str, TARGETS))}; the last one comes to 4",
        wrong=next(_rises(hardest, RAISED * constant, last)),
        wrong_description="the constant raised by one per cent",
        scope="V_0 < 0, 0.6 <= V_1 < 1",
    )
