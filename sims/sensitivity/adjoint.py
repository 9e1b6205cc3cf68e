r"""Derivatives of a hitting time by the adjoint of the flow, for any KL coefficient.

With `F(theta)` the right side of `|S| d theta/dt = F` (paper, Eq 4 and Lemma 7), `h = r_KL`, and `a(T) = grad V` at the
crossing, the adjoint `|S| da/dt = -(dF/dtheta)^T a` run back to time zero gives `dV(T) = a(0) . d theta(0) + (1/|S|)
int a . dF dt`. As `F_i = p_i (h_i - E h)`, with `D_k = p_k (a_k - E a)`:

    (dF/dtheta)^T a = p (h - E h) (a - E a) - p E[a (h - E h)] - lambda D,
    a . dF = sum_k D_k d r_k   for a change of the reward,
    a . dF = -sum_k D_k l_k d lambda   with l = ln(pi / pi_ref), and lambda sum_k D_k d ln pi_ref(k).

The flow runs back together with its adjoint, from the policy that the simulators have found at the crossing. On a
plateau, which policies leave ever faster, errors shrink on the way back. Near a limit they grow; that it arrives at the
initial policy is checked, and if it does not the path is taken from an integration forwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sims.exact_flow.integrable_flow import integrable_log_probabilities
from sims.regularized_flow.hitting_times import regularized_log_probabilities
from sims.sensitivity.derivatives import FlowToTarget, TimeDerivatives, at_the_crossing, unknown_derivatives

RELATIVE, ABSOLUTE = 1e-11, 1e-13
"""Tolerances of the integrations."""

ARRIVAL = 1e-7
"""How far from zero the change of the logits may be when the flow has run back to its start."""

MOST_EVALUATIONS = 50_000
"""Evaluations of the right side, after which a problem is given up."""

Path = Callable[[float], np.ndarray]
"""The change of the logits at a time."""


class _GivenUpError(Exception):
    """More evaluations than are worth it."""


class _Motion(NamedTuple):
    """At one policy: the policy, its log ratio to the reference, `r_KL` centred."""

    policy: np.ndarray
    log_ratio: np.ndarray
    centred: np.ndarray


def adjoint_derivatives(flow: FlowToTarget) -> TimeDerivatives:
    """The derivatives of `t_gamma` of one problem.

    **Returns** NaN where the flow could not be followed. Source: ours.
    """
    outputs = len(flow.proxy)
    times = np.array([flow.time], dtype=np.float64)
    problem = (flow.log_policy, flow.proxy, flow.prompts)
    if flow.coefficient > 0:
        (log_final,), _ = regularized_log_probabilities(*problem, flow.coefficient, times)
    else:
        (log_final,), _ = integrable_log_probabilities(*problem, times)
    change = log_final - flow.log_policy
    # The sum of the logits does not move.
    final = change - change.mean()
    end = _motion(flow, final)
    gradient = end.policy * _centred(end.policy, flow.watched)
    try:
        state = _backwards(flow, gradient, final, None)
        if np.abs(state[:outputs]).max() > ARRIVAL:
            state = _backwards(flow, gradient, final, _forwards(flow))
    except _GivenUpError:
        return unknown_derivatives(outputs)
    _, adjoint, by_proxy, by_coefficient = np.split(state, [outputs, 2 * outputs, 3 * outputs])
    # The logits move the start of the flow, and the reference.
    by_reference = flow.coefficient * by_proxy
    by_logits = adjoint + by_reference - np.exp(flow.log_policy) * by_reference.sum()
    rate = float(gradient @ (end.policy * end.centred)) / flow.prompts
    return at_the_crossing(flow, end.policy, rate, by_logits, by_proxy, float(by_coefficient[0]))


def _motion(flow: FlowToTarget, change: np.ndarray) -> _Motion:
    shifted = flow.log_policy + change
    largest = shifted.max()
    log_normalizer = largest + np.log(np.exp(shifted - largest).sum())
    policy, log_ratio = np.exp(shifted - log_normalizer), change - log_normalizer
    reward = flow.proxy - flow.coefficient * log_ratio
    return _Motion(policy, log_ratio, _centred(policy, reward))


def _centred(policy: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values - E values` as a sum of differences: for an output that is nearly certain the mean has the same leading
    digits, and they would be all that is left of it on a plateau."""
    return (values[:, None] - values) @ policy


def _forwards(flow: FlowToTarget) -> Path:
    """The path of the logits, integrated from the start."""

    def velocity(_: float, change: np.ndarray) -> np.ndarray:
        motion = _motion(flow, change)
        return motion.policy * motion.centred / flow.prompts

    found = _integrated(velocity, flow.time, np.zeros(len(flow.proxy)), ABSOLUTE, dense=True)
    return lambda time: np.asarray(found.sol(time))


def _backwards(flow: FlowToTarget, gradient: np.ndarray, final: np.ndarray, path: Path | None) -> np.ndarray:
    """The change of the logits, the adjoint, and what the reward and the coefficient add, back at time zero."""
    outputs = len(final)
    size = np.abs(gradient).max()

    def velocity(time: float, state: np.ndarray) -> np.ndarray:
        change = state[:outputs] if path is None else path(flow.time - time)
        # The adjoint in units of its largest entry at the crossing.
        adjoint = state[outputs : 2 * outputs]
        policy, log_ratio, centred = _motion(flow, change)
        drive = policy * _centred(policy, adjoint)
        pulled = centred * drive - policy * (drive @ centred) - flow.coefficient * drive
        back = -policy * centred if path is None else np.zeros(outputs)
        return np.concatenate([back, pulled, drive, [-drive @ log_ratio]]) / flow.prompts

    start = np.concatenate([final, gradient / size, np.zeros(outputs + 1)])
    found = _integrated(velocity, flow.time, start, ABSOLUTE, dense=False)
    state = np.array(found.y[:, -1])
    state[outputs:] *= size
    return state


def _integrated(
    velocity: Callable[[float, np.ndarray], np.ndarray], time: float, start: np.ndarray, absolute: float, *, dense: bool
) -> Any:
    """The solution of an ordinary differential equation up to a time. **Raises** `_GivenUpError` if there is none."""
    evaluations = 0

    def counted(t: float, state: np.ndarray) -> np.ndarray:
        nonlocal evaluations
        evaluations += 1
        if evaluations > MOST_EVALUATIONS:
            raise _GivenUpError
        return velocity(t, state)

    # Imported here: it takes longer than many commands compute that import this module.
    from scipy.integrate import solve_ivp

    found = solve_ivp(counted, (0.0, time), start, method="LSODA", rtol=RELATIVE, atol=absolute, dense_output=dense)
    if not found.success or not np.isfinite(found.y[:, -1]).all():
        raise _GivenUpError
    return found
