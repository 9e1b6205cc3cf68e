r"""Rigorous `t_gamma` with a KL term: a nearby trajectory, and a bound on how far the true one is from it.

A step starts at a policy with exact logits, whose Taylor polynomial `x(t)` in time is computed to some accuracy.
Nothing is believed about it: its defect `x' - grad phi(x)` is enclosed, and so is the largest eigenvalue `mu` of the
Hessian of `phi` on a tube around it. The distance of the true trajectory then obeys `|e|' <= mu |e| + |defect|` (the
Jacobian of a gradient flow is symmetric; `proofs_check.enclosure_growth`), which is one number instead of `|Y|`:
nothing wraps, and where the objective is concave the distance shrinks. Time here is that of a single prompt; `|S|`
rescales it at the end.

**Defect.** In a disk `|t| <= R` let `s_i = sum_k |c_ik| R^k` (`k >= 1`) bound how far the logits (up to a common
shift) move. Then `p_i(t) = p_i (1 + x_i) / (1 + X)`, `|x_i| <= e^(s_i) - 1`, `|X| <= X' := sum p_i (e^(s_i) - 1)`. If
`X' < 1` the policy is analytic there with `|p_i(t)| <= P_i := p_i e^(s_i) / (1 - X')`, and with `r_KL` centred at the
start `|p_i A_i| <= P_i (B_i + sum_j P_j B_j)`, `B_i = |A_i(0)| + lambda s_i`. Cauchy's estimate bounds the Taylor terms
of `grad phi(x)` that a series leaves out; the terms that it has are compared with those of `x'`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from flint import arb, arb_poly, arb_series

from proofs_check.balls import ONE, ZERO, around, between, dot, exact, step_to_float, total
from proofs_check.enclosure_crossing import EnclosedFunction, enclosed_function
from proofs_check.enclosure_growth import hessian, largest_growth, squared_norm
from proofs_check.flow_series import taylor_coefficients

TUBE_PIECES = 4
"""Parts of a step with an eigenvalue bound each."""

LARGEST_MOVE = 0.5
"""The disk is chosen so that `X'` of the module's description is about this."""


class FlowProblem(NamedTuple):
    """What moves: `logits` of the reference and `proxy` rewards (balls), `coefficient` (`lambda`), `gaps` (the watched
    reward less the target)."""

    logits: list[arb]
    proxy: list[arb]
    coefficient: arb
    gaps: list[arb]


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


def policy_at(logits: list[arb]) -> list[arb]:
    """The softmax of balls."""
    reference = max(range(len(logits)), key=lambda i: float(logits[i].mid()))
    weights = [(x - logits[reference]).exp() for x in logits]
    mass = total(weights)
    return [w / mass for w in weights]


def regularized_reward(problem: FlowProblem, logits: list[arb]) -> list[arb]:
    """`r - lambda (theta - theta_ref)`, which is `r_KL` up to a common shift."""
    return [
        r - problem.coefficient * (x - x0)
        for r, x, x0 in zip(problem.proxy, logits, problem.logits, strict=True)
    ]  # fmt: skip


def centred(policy: list[arb], values: list[arb]) -> list[arb]:
    """`values - E_p[values]`, first centred at the most likely output so that digits of small differences are kept."""
    reference = values[max(range(len(policy)), key=lambda i: float(policy[i].mid()))]
    shifted = [x - reference for x in values]
    mean = dot(policy, shifted)
    return [x - mean for x in shifted]


def _series(coefficients: list[arb], terms: int) -> arb_series:
    return arb_series(coefficients[:terms], prec=terms)


def _sum(series: list[arb_series]) -> arb_series:
    result = series[0]
    for other in series[1:]:
        result = result + other
    return result


class _Disk(NamedTuple):
    """The disk of the module's description, with the bounds `P_i` on probabilities and those on `|p_i A_i|`."""

    radius: arb
    probability: list[arb]
    velocity: list[arb]


def _disk(
    problem: FlowProblem, coefficients: list[list[arb]], policy: list[arb], advantage: list[arb], unit: arb
) -> _Disk | None:
    """A large disk in which `X' < 1` is certain, None if there is none; its radius is guessed in units of `unit`."""
    common = [dot(policy, column) for column in zip(*coefficients, strict=True)]
    moves = [[abs(c - m) for c, m in zip(row[1:], common[1:], strict=True)] for row in coefficients]
    scales = [unit**k for k in range(1, len(common))]
    scaled = np.array([[float(c * x) for c, x in zip(row, scales, strict=True)] for row in moves])
    radius = float(unit) * _radius_guess(scaled, np.array([float(p) for p in policy]))
    if not radius > 0:
        return None
    for _ in range(10):
        size = exact(radius)
        path = [arb_poly([ZERO, *row])(size) for row in moves]
        spread = dot(policy, [x.expm1() for x in path])
        if spread < 1:
            probability = [p * x.exp() / (1 - spread) for p, x in zip(policy, path, strict=True)]
            reward = [abs(a) + problem.coefficient * x for a, x in zip(advantage, path, strict=True)]
            mean = dot(probability, reward)
            return _Disk(size, probability, [p * (b + mean) for p, b in zip(probability, reward, strict=True)])
        radius /= 2
    return None


def _radius_guess(moves: np.ndarray, policy: np.ndarray) -> float:
    """In floating point: the radius at which `sum p (e^s - 1)` is `LARGEST_MOVE`, zero if nothing moves."""
    if not (moves > 0).any():
        return 0.0
    low, high = -200.0, 200.0
    powers = np.arange(1, moves.shape[1] + 1)
    with np.errstate(over="ignore", divide="ignore"):
        exponents = np.log(moves)
        for _ in range(50):
            middle = (low + high) / 2
            path = np.exp(exponents + middle * powers).sum(axis=1)
            far = not float(policy @ np.expm1(path)) < LARGEST_MOVE
            low, high = (low, middle) if far else (middle, high)
    return float(np.exp(low))


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
    coefficients = taylor_coefficients(
        logits, policy, rewards, problem.coefficient, moved, unit=unit, terms=terms
    )  # fmt: skip
    disk = _disk(problem, coefficients, policy, advantage, exact(unit))
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
    problem: FlowProblem, coefficients: list[list[arb]], disk: _Disk, ratio: arb, length: arb
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
