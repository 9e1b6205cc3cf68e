r"""Rigorous `t_gamma` with a KL term: a nearby trajectory, and a bound on how far the true one is from it.

A step starts at a policy with exact logits, whose Taylor polynomial `x(t)` in time is computed to some accuracy.
Nothing is believed about it: its defect `x' - grad phi(x)` is enclosed, and so is the largest eigenvalue `mu` of the
Hessian of `phi` on a tube around it. The distance of the true trajectory then obeys `|e|' <= mu |e| + |defect|` (the
Jacobian of a gradient flow is symmetric; `proofs_check.enclosures.error_growth`), which is one number instead of `|Y|`:
nothing wraps, and where the objective is concave the distance shrinks. Time here is that of a single prompt; `|S|`
rescales it at the end.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from flint import arb, arb_poly, arb_series

from proofs_check.enclosures.balls import ONE, ZERO, around, between, dot, exact, step_to_float, total
from proofs_check.enclosures.crossing import EnclosedFunction, enclosed_function
from proofs_check.enclosures.error_growth import hessian, largest_growth, squared_norm
from proofs_check.enclosures.flow_disk import FlowDisk, FlowProblem, centred, flow_disk, policy_at, regularized_reward
from proofs_check.enclosures.taylor import taylor_coefficients

TUBE_PIECES = 4
"""Parts of a step with an eigenvalue bound each."""


class FlowStep(NamedTuple):
    """One validated step.

    **Fields**: `time`: where it ends; `length`: exact. `logits`: the nearby trajectory at the end, exact. `distance`:
    of the true trajectory from it (Euclidean norm, up to a common shift), an upper bound. `gap`: `E[reward] - target`
    along the step.
    """

    time: float
    length: arb
    logits: list[arb]
    distance: arb
    gap: EnclosedFunction


def _series(coefficients: list[arb], terms: int) -> arb_series:
    return arb_series(coefficients[:terms], prec=terms)


def _sum(series: list[arb_series]) -> arb_series:
    result = series[0]
    for other in series[1:]:
        result = result + other
    return result


def flow_step(
    problem: FlowProblem, logits: list[arb], distance: arb, time: float, *, terms: int, share: float
) -> FlowStep | str:
    """One validated step from exact logits, at a given distance of the true trajectory.

    **Arguments**

    - `time`: where the step starts, so that its end is exact in double precision.
    - `terms`: of the Taylor polynomial. `share`: length in units of the disk's radius.

    **Returns** the step, or the reason why there is none.
    """
    policy = policy_at(logits)
    advantage = centred(policy, regularized_reward(problem, logits))
    reference = max(range(len(policy)), key=lambda i: float(policy[i]))
    rewards = [r - problem.proxy[reference] for r in problem.proxy]
    moved = [x - x0 for x, x0 in zip(logits, problem.logits, strict=True)]
    moved = [x - moved[reference] for x in moved]
    speed = float(dot(policy, [abs(a) * p for a, p in zip(advantage, policy, strict=True)]))
    unit = 2.0 ** math.floor(math.log2(1 / speed)) if speed > 0 else 1.0
    coefficients = taylor_coefficients(logits, policy, rewards, problem.coefficient, moved, unit=unit, terms=terms)
    disk = flow_disk(problem, coefficients, policy, advantage, exact(unit))
    if disk is None:
        return "no disk was found in which the policy is analytic"
    end_time, length = step_to_float(time, share * float(disk.radius))
    if not length > 0:
        return "the step is too short or too long for the time's numbers"
    ratio = length / disk.radius
    defect, gap_series = _defect(problem, coefficients, disk, ratio, length)
    polynomials = [arb_poly(row) for row in coefficients]
    bounded = _distance(problem, polynomials, distance, defect, length)
    if bounded is None:
        return "the distance to the true trajectory could not be bounded over a step"
    end, largest = bounded
    # |E_p[g]|' per unit of logits: |p (g - E g)| <= E|g - E g| <= (max g - min g) / 2.
    ends = [sorted(problem.gaps, key=lambda g: float(g.mid()))[k] for k in (0, -1)]
    slack = (largest * abs(ends[1] - ends[0]) / 2).upper()
    bound = dot([abs(g) for g in problem.gaps], disk.probability)
    gap = enclosed_function(gap_series, bound, ratio, length, slack)
    arrived = [polynomial(length) for polynomial in polynomials]
    rounding = squared_norm([x.rad() for x in arrived]).sqrt()
    return FlowStep(end_time, length, [x.mid() for x in arrived], (end + rounding).upper(), gap)


def _defect(
    problem: FlowProblem, coefficients: list[list[arb]], disk: FlowDisk, ratio: arb, length: arb
) -> tuple[arb, list[arb]]:
    """A bound on the Euclidean norm of `x' - grad phi(x)` on the step, and the Taylor coefficients of the gap."""
    terms, size = len(coefficients[0]), range(len(coefficients))
    theta = [_series(row, terms) for row in coefficients]
    reference = max(size, key=lambda i: float(coefficients[i][0]))
    weights = [(x - theta[reference]).exp() for x in theta]
    inverse = 1 / _sum(weights)
    policy = [w * inverse for w in weights]
    moved = [theta[i] - problem.logits[i] for i in size]
    reward = [
        problem.proxy[i] - problem.proxy[reference] - problem.coefficient * (moved[i] - moved[reference]) for i in size
    ]
    mean = _sum([policy[i] * reward[i] for i in size])
    powers = [length**k for k in range(terms - 1)]
    errors = []
    for i in size:
        velocity = policy[i] * (reward[i] - mean)
        known = total(abs(coefficients[i][k + 1] * (k + 1) - velocity[k]) * powers[k] for k in range(terms - 1))
        errors.append((known + disk.velocity[i] * ratio ** (terms - 1) / (1 - ratio)).upper())
    gap = _sum([problem.gaps[i] * policy[i] for i in size])
    return squared_norm(errors).sqrt().upper(), [gap[k] for k in range(terms)]


def _distance(
    problem: FlowProblem, polynomials: list[arb_poly], distance: arb, defect: arb, length: arb
) -> tuple[arb, arb] | None:
    """Bounds on the distance at the end of the step and during all of it.

    The eigenvalue bound is taken on a tube wider than the distance; if the distance that follows from it stays inside,
    the true trajectory never leaves the tube: it would have to cross its wall at a distance that is smaller.
    """
    derivatives = [polynomial.derivative() for polynomial in polynomials]
    spread = distance + defect * length
    duration = length / TUBE_PIECES
    for factor in (4, 64, 10**4):
        tube = (spread * factor).upper()
        if tube > 0.1:
            return None
        at, largest = distance, distance
        for piece in range(TUBE_PIECES):
            span = between(length * piece / TUBE_PIECES, length * (piece + 1) / TUBE_PIECES)
            growth = (_tube_growth(problem, polynomials, derivatives, span, tube) * duration).exp()
            # exp(growth) between zero and the piece's end is at most the larger of one and its value at the end.
            most = growth.max(ONE)
            largest = largest.max((at + defect * duration) * most).upper()
            at = (at * growth + defect * duration * most).upper()
        if largest < tube:
            return at, largest
    return None


def _tube_growth(
    problem: FlowProblem, polynomials: list[arb_poly], derivatives: list[arb_poly], span: arb, tube: arb
) -> arb:
    """`largest_growth` of the Hessian on a part of the step, for all logits within `tube` of the nearby trajectory."""
    middle = span.mid()
    reference = max(range(len(polynomials)), key=lambda i: float(polynomials[i](middle)))
    base, slope = polynomials[reference], derivatives[reference]
    moves = [
        around((p - base)(middle) + (d - slope)(span) * (span - middle), 2 * tube)
        for p, d in zip(polynomials, derivatives, strict=True)
    ]
    moves[reference] = ZERO
    weights = [x.exp() for x in moves]
    mass = total(weights)
    policy = [w / mass for w in weights]
    start = problem.logits[reference]
    reward = [
        r - problem.proxy[reference] - problem.coefficient * (x - x0 + start)
        for r, x, x0 in zip(problem.proxy, moves, problem.logits, strict=True)
    ]
    mean = dot(policy, reward)
    return largest_growth(hessian(policy, [x - mean for x in reward], problem.coefficient))
