r"""Rigorous `t_gamma` without KL term: the exact reduction to one scalar curve, in ball arithmetic (statement S5).

With `u_i = exp(-theta_i)` and the clock `a`: `u_i(a) = u_i(0) - r_i a + b(a)`, `sum ln u_i(a)` is constant,
`t = |S| int Z da`, `Z = sum 1/u_i`, and `V - target` has the sign of `G = sum (g_i - target) / u_i`
(`theory.tabular.integrable`). The curve is one number at each clock, so nothing is carried along but `t`: no wrapping.

A step at clock `a`: interval Newton for the `u_k` of the most likely output; power series of `u_k`, `Z` and `G` by
Newton's method on series; a disk around `a` in which they are analytic and bounded
(`proofs_check.enclosures.curve_disk`), hence a bound on what the series leave out on `[a, a + R/2]`; the first zero of
`G` there, or the proof that it has none; then `t` by integrating the series.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import arb, arb_series

from proofs_check.enclosures.balls import ZERO, around, dot, total
from proofs_check.enclosures.crossing import Crossing, EnclosedFunction, enclosed_function, first_crossing
from proofs_check.enclosures.curve_disk import find_disk
from proofs_check.enclosures.problem import (
    BallProblem,
    Found,
    Outcome,
    can_never_reach,
    largest_index,
    never,
    open_ended,
    reached,
)

STEP_SHARE = 0.5
"""Length of a step in units of the disk's radius."""

SMALLER_STEPS = 3
"""Where a step ends so close to the target that nothing is certain, so many shorter ones are tried."""


class _Point(NamedTuple):
    """A point of the curve: the clock (exact), all `u_i` there, the place of the smallest, and the time so far."""

    clock: arb
    u: list[arb]
    most_likely: int
    time: arb


class _Series(NamedTuple):
    """Power series at a point: of the smallest `u`, of `Z`, and of `G`."""

    u: arb_series
    weight: arb_series
    gap: arb_series


class Curve:
    """The curve of one problem.

    **Arguments**: `problem`: with `lambda = 0` (the coefficient is not looked at). `terms`: of the power series.
    """

    def __init__(self, problem: BallProblem, terms: int) -> None:
        self.problem, self.terms = problem, terms
        highest = problem.logits[largest_index(problem.logits)]
        # Any common factor of the u is allowed (it rescales the clock): the smallest is one.
        self.initial = [(highest - x).exp() for x in problem.logits]
        self.constant = total(highest - x for x in problem.logits)

    def start(self) -> _Point:
        """The point at time zero."""
        return _Point(ZERO, self.initial, largest_index(self.problem.logits), ZERO)

    def at(self, clock: arb, reference: int, guess: arb) -> list[arb]:
        """All `u_i` at a clock, from a ball that contains the `u` of one output there, by interval Newton."""
        rewards = self.problem.proxy
        offsets = [
            x - self.initial[reference] + (rewards[reference] - r) * clock
            for x, r in zip(self.initial, rewards, strict=True)
        ]
        offsets[reference] = ZERO
        value = guess
        while True:
            middle = value.mid()
            slope = total(1 / (value + x) for x in offsets)
            invariant = total((middle + x).log() for x in offsets) - self.constant
            step = middle - invariant / slope
            narrower = value.intersection(step) if step.is_finite() else value
            if not narrower.rad() < 0.9 * value.rad():
                return [narrower + x for x in offsets]
            value = narrower

    def slopes(self, reference: int) -> list[arb]:
        """`d_i = r_k - r_i`."""
        return [self.problem.proxy[reference] - r for r in self.problem.proxy]

    def series(self, point: _Point) -> _Series:
        """Power series in the clock, by Newton's method on `sum ln u_i = constant`, whose terms double each time.

        The constant term of the equation vanishes exactly on the curve, so zero is put in its place.
        """
        k, slopes = point.most_likely, self.slopes(point.most_likely)
        offsets = [x - point.u[k] for x in point.u]
        offsets[k] = ZERO
        curve = arb_series([point.u[k]], prec=1)
        length = 1
        while length < self.terms:
            length = min(2 * length, self.terms)
            curve = arb_series(curve.coeffs(), prec=length)
            values = [curve + arb_series([x, d], prec=length) for x, d in zip(offsets, slopes, strict=True)]
            inverse = [1 / value for value in values]
            invariant = (_sum([value.log() for value in values])).coeffs()
            residual = arb_series([ZERO, *invariant[1:]], prec=length)
            curve = curve - residual / _sum(inverse)
        inverse = [1 / (curve + arb_series([x, d], prec=self.terms)) for x, d in zip(offsets, slopes, strict=True)]
        gaps = [g - self.problem.target for g in self.problem.truth]
        return _Series(curve, _sum(inverse), _sum([c * x for c, x in zip(gaps, inverse, strict=True)]))

    def is_ruled_out(self, point: _Point) -> bool:
        """Whether the target is certain to be out of reach from here on (`integrable.eventual_reward_bound`)."""
        problem = self.problem
        winner = largest_index(problem.proxy, problem.logits)
        sharing = [
            i
            for i, (r, x) in enumerate(zip(problem.proxy, problem.logits, strict=True))
            if r == problem.proxy[winner] and x == problem.logits[winner]
        ]
        if not all(point.u[winner] < u for i, u in enumerate(point.u) if i not in sharing):
            return False
        mass = len(sharing) / (point.u[winner] * total(1 / u for u in point.u))
        own = total(problem.truth[i] for i in sharing) / len(sharing)
        largest = problem.truth[largest_index(problem.truth)]
        return bool(mass * own + (1 - mass) * largest < problem.target)


def _sum(series: list[arb_series]) -> arb_series:
    result = series[0]
    for other in series[1:]:
        result = result + other
    return result


def _coefficients(series: arb_series, count: int) -> list[arb]:
    """All coefficients, trailing zeros included."""
    return [series[k] for k in range(count)]


def _elapsed(weight: EnclosedFunction, length: arb) -> arb:
    """`int_0^length Z`, the error of the series included; `length` may be a ball."""
    return around(weight.polynomial.integral()(length), weight.error * abs(length))


def enclose_on_curve(problem: BallProblem, *, terms: int, most_steps: int, horizon: float) -> Found:
    """An enclosure of `t_gamma` for `lambda = 0`, at Arb's present precision, whose cap on terms must be at least
    `terms`.

    **Arguments**

    - `problem`: see `proofs_check.enclosures.problem.ball_problem`.
    - `terms`: of the power series. `most_steps`: after which the search ends with `t_gamma > T`. `horizon`: a time
      after which it ends too.
    """
    if can_never_reach(problem):
        return never(0)
    curve = Curve(problem, terms)
    point = curve.start()
    for steps in range(most_steps):
        time = problem.prompts * point.time
        if curve.is_ruled_out(point):
            return never(steps)
        if time > horizon:
            return open_ended(Outcome.BEYOND, time, "the horizon was reached", steps)
        outcome = _advance(curve, point)
        if isinstance(outcome, str):
            return open_ended(Outcome.UNKNOWN, time, outcome, steps)
        if isinstance(outcome, arb):
            return reached(problem.prompts * outcome, steps + 1)
        point = outcome
    return open_ended(
        Outcome.BEYOND, problem.prompts * point.time, f"{most_steps} steps did not reach the target", most_steps
    )


def _advance(curve: Curve, point: _Point) -> _Point | arb | str:
    """The next point, the first time at which the target is reached, or why neither could be had."""
    disk = find_disk(point.u, curve.slopes(point.most_likely), point.most_likely)
    if disk is None:
        return "no disk was found in which the curve is analytic"
    series = curve.series(point)
    gaps = [abs(g - curve.problem.target) for g in curve.problem.truth]
    bounds = total(disk.inverse), dot(gaps, disk.inverse)
    for attempt in range(SMALLER_STEPS):
        # A clock needs no radius: the nearest number of the present precision is taken, and the distance to it.
        clock = (point.clock + STEP_SHARE * 0.83**attempt * disk.radius).mid()
        length = clock - point.clock
        if not (length > 0 and length.is_exact()):
            return "the step is too short or too long for the clock's numbers"
        ratio = length / disk.radius
        weight, gap = (
            enclosed_function(_coefficients(s, curve.terms), bound, ratio, length)
            for s, bound in zip((series.weight, series.gap), bounds, strict=True)
        )
        crossing, place = first_crossing(gap, length)
        if crossing is Crossing.FOUND:
            return point.time + _elapsed(weight, place)
        if crossing is Crossing.NONE:
            bound = point.u[point.most_likely] * disk.growth.expm1()
            smallest = enclosed_function(_coefficients(series.u, curve.terms), bound, ratio, length)
            u = curve.at(clock, point.most_likely, smallest.value(length))
            if not all(value > 0 for value in u):
                return "a probability could not be kept away from zero"
            most_likely = min(range(len(u)), key=lambda i: float(u[i].mid()))
            return _Point(clock, u, most_likely, point.time + _elapsed(weight, length))
    return "the expected reward comes closer to the target than the enclosure can tell"
