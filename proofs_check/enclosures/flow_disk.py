r"""A disk of complex time in which the policy along a polynomial path of logits is analytic, and bounds in it.

In a disk `|t| <= R` let `s_i = sum_k |c_ik| R^k` (`k >= 1`) bound how far the logits (up to a common
shift) move. Then `p_i(t) = p_i (1 + x_i) / (1 + X)`, `|x_i| <= e^(s_i) - 1`, `|X| <= X' := sum p_i (e^(s_i) - 1)`. If
`X' < 1` the policy is analytic there with `|p_i(t)| <= P_i := p_i e^(s_i) / (1 - X')`, and with `r_KL` centred at the
start `|p_i A_i| <= P_i (B_i + sum_j P_j B_j)`, `B_i = |A_i(0)| + lambda s_i`. Cauchy's estimate bounds the Taylor terms
of `grad phi(x)` that a series leaves out; the terms that it has are compared with those of `x'`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import arb, arb_poly

from proofs_check.enclosures.balls import ZERO, dot, exact, total

LARGEST_MOVE = 0.5
"""The disk is chosen so that `X'` of the module's description is about this."""


class FlowProblem(NamedTuple):
    """What moves: `logits` of the reference and `proxy` rewards (balls), `coefficient` (`lambda`), `gaps` (the watched
    reward less the target)."""

    logits: list[arb]
    proxy: list[arb]
    coefficient: arb
    gaps: list[arb]


def policy_at(logits: list[arb]) -> list[arb]:
    """The softmax of balls."""
    reference = max(range(len(logits)), key=lambda i: float(logits[i].mid()))
    weights = [(x - logits[reference]).exp() for x in logits]
    mass = total(weights)
    return [w / mass for w in weights]


def regularized_reward(problem: FlowProblem, logits: list[arb]) -> list[arb]:
    """`r - lambda (theta - theta_ref)`, which is `r_KL` up to a common shift."""
    return [r - problem.coefficient * (x - x0) for r, x, x0 in zip(problem.proxy, logits, problem.logits, strict=True)]


def centred(policy: list[arb], values: list[arb]) -> list[arb]:
    """`values - E_p[values]`, first centred at the most likely output so that digits of small differences are kept."""
    reference = values[max(range(len(policy)), key=lambda i: float(policy[i].mid()))]
    shifted = [x - reference for x in values]
    mean = dot(policy, shifted)
    return [x - mean for x in shifted]


class FlowDisk(NamedTuple):
    """The disk of the module's description, with the bounds `P_i` on probabilities and those on `|p_i A_i|`."""

    radius: arb
    probability: list[arb]
    velocity: list[arb]


def flow_disk(
    problem: FlowProblem, coefficients: list[list[arb]], policy: list[arb], advantage: list[arb], unit: arb
) -> FlowDisk | None:
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
            return FlowDisk(size, probability, [p * (b + mean) for p, b in zip(probability, reward, strict=True)])
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
