r"""Derivatives of a hitting time without KL term, in closed form but for one quadrature (from statement S5).

On the curve `u_i = u_i(0) - r_i A + B` of `theory.tabular.integrable`, with `u_i(0) = 1/p_i`, `x_i = u_i p_i`, `q` the
policy and `Z = sum 1/u_i`, a change of the reward and of the initial logits moves, at a fixed clock `A`,

    d B = A sum q_j d r_j - (1/Z) sum (1 - 1/x_j) d theta_j,       d u_i = d B - A d r_i - d theta_i / p_i,
    d Z = -Z^2 sum q_i^2 d u_i,                                    d V = -Z sum q_i^2 (g_i - V) d u_i.

`B` comes from `sum ln x_i = 0`. With `t = |S| int_0^A Z dA` and `dV/dA = Z sum q^2 (g - V)(r - V_RM)` this gives what
moves the clock of the crossing and the time up to a fixed clock.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad_vec
from scipy.special import log_softmax

from sims.exact_flow.integrable_flow import integrable_log_probabilities
from sims.sensitivity.derivatives import FlowToTarget, TimeDerivatives, at_the_crossing

NEWTON_STEPS = 100
"""Steps to the height of the curve at most: from above they fall, and near the root they double its digits."""

QUADRATURE = 1e-9
"""Relative error that the quadrature aims at."""


def integrable_derivatives(flow: FlowToTarget) -> TimeDerivatives:
    """The derivatives of `t_gamma` of one problem whose coefficient is zero.

    That with respect to the coefficient is left NaN: a KL term ends the closed form. Source: ours (statement S5).
    """
    outputs = len(flow.proxy)
    initial = np.exp(flow.log_policy)
    reward = flow.proxy - initial @ flow.proxy
    (log_final,), _ = integrable_log_probabilities(
        flow.log_policy, flow.proxy, flow.prompts, np.array([flow.time], dtype=np.float64)
    )
    final = _Curve(initial, reward, _clock_of(flow, reward, log_final))

    def time_moved(share: float) -> np.ndarray:
        """The derivatives of `Z` with respect to logits and reward, at a share of the final clock."""
        point = _Curve(initial, reward, share * final.clock)
        by_logits, by_reward = point.moved(point.weight * point.policy**2)
        return -point.weight * np.concatenate([by_logits, by_reward]) * final.clock

    passed, _ = quad_vec(time_moved, 0.0, 1.0, epsrel=QUADRATURE, epsabs=0.0, norm="max", limit=20_000)
    value = final.policy @ flow.watched
    by_logits, by_reward = final.moved(-final.weight * final.policy**2 * (flow.watched - value))
    per_clock = final.weight * np.sum(final.policy**2 * (flow.watched - value) * (reward - final.policy @ reward))
    # At a fixed time the clock makes up for what the changes add to the time.
    slower = -passed / final.weight
    rate = per_clock / (final.weight * flow.prompts)
    return at_the_crossing(
        flow,
        final.policy,
        float(rate),
        by_logits + per_clock * slower[:outputs],
        by_reward + per_clock * slower[outputs:],
        float("nan"),
    )


class _Curve:
    """A point of the curve, at a clock. **Fields**: `clock`; `factors`, `x`; `policy`, `q`; `weight`, `Z`."""

    def __init__(self, initial: np.ndarray, reward: np.ndarray, clock: float) -> None:
        self.initial, self.clock = initial, clock
        self.factors = _factors(initial, reward, clock)
        weights = initial / self.factors
        self.weight = float(weights.sum())
        self.policy = weights / self.weight

    def moved(self, each: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`sum_i each_i d u_i` at this clock, with respect to the initial logits and to the reward."""
        total = each.sum()
        by_logits = -total * (1 - 1 / self.factors) / self.weight - each / self.initial
        return by_logits, self.clock * (total * self.policy - each)


def _factors(initial: np.ndarray, reward: np.ndarray, clock: float) -> np.ndarray:
    """`x_i = 1 + p_i (B - r_i A)` with `sum ln x_i = 0`, by Newton's method on the concave sum from the left."""
    lowest = np.max(reward * clock - 1 / initial)
    # `x` of the output that falls first, as the unknown: its logarithm is where digits are lost.
    place = int(np.argmax(reward * clock - 1 / initial))
    rest = 1 + initial * (lowest - reward * clock)
    rest[place] = 0.0
    height = 0.0

    def at(logarithm: float) -> np.ndarray:
        found = rest + initial * (np.exp(logarithm) / initial[place])
        found[place] = np.exp(logarithm)
        return found

    # d/d ln x of the sum of logarithms lies between 1 and the number of outputs: Newton's steps cannot leave.
    for _ in range(NEWTON_STEPS):
        factors = at(height)
        total = np.log(factors).sum()
        slope = np.sum(initial * factors[place] / (initial[place] * factors))
        step = total / slope
        height -= step
        if abs(step) <= 1e-15 * max(1.0, abs(height)):
            break
    return at(height)


def _clock_of(flow: FlowToTarget, reward: np.ndarray, log_final: np.ndarray) -> float:
    """The clock at which the curve has the policy that the flow has reached, from the two most distant rewards."""
    high, low = int(np.argmax(reward)), int(np.argmin(reward))
    outputs = len(reward)
    log_final = log_softmax(log_final)
    # The sum of the logits is kept: that tells Z.
    log_weight = (flow.log_policy - log_final).sum() / outputs
    start, end = np.exp(-flow.log_policy), np.exp(-log_final - log_weight)
    fallen = (start[high] - end[high]) - (start[low] - end[low])
    return float(fallen / (reward[high] - reward[low]))
