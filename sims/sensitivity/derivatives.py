"""The derivatives of one hitting time, and the problem that they are taken at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class FlowToTarget(NamedTuple):
    """One tabular problem and the time at which its flow reaches its target, in float64.

    **Fields**: `log_policy`, `ln pi_theta(0)`, normalised, `proxy` and `watched` rewards, shape `(outputs,)`; the
    `coefficient` of the KL term, `prompts`, `|S|`, and the `time`, `t_gamma`.
    """

    log_policy: Float[np.ndarray, " outputs"]
    proxy: Float[np.ndarray, " outputs"]
    watched: Float[np.ndarray, " outputs"]
    coefficient: float
    prompts: float
    time: float


class TimeDerivatives(NamedTuple):
    """Derivatives of `t_gamma`.

    **Fields**, shapes `(*batch, outputs)` and `(*batch)`: with respect to the initial logits, which the reference moves
    with, to the proxy and the watched reward, to the KL coefficient (from above at zero), to `|S|` and to `gamma`.
    """

    logits: Float[np.ndarray, "*batch outputs"]
    proxy: Float[np.ndarray, "*batch outputs"]
    watched: Float[np.ndarray, "*batch outputs"]
    coefficient: Float[np.ndarray, "*batch"]
    prompts: Float[np.ndarray, "*batch"]
    increase: Float[np.ndarray, "*batch"]


def at_the_crossing(
    flow: FlowToTarget,
    policy: Float[np.ndarray, " outputs"],
    rate: float,
    moved_by_logits: Float[np.ndarray, " outputs"],
    moved_by_proxy: Float[np.ndarray, " outputs"],
    moved_by_coefficient: float,
) -> TimeDerivatives:
    """Implicit differentiation of `E_{pi(t)}[r] = E_{pi(0)}[r] + gamma` at `t = t_gamma`.

    **Arguments**: `policy`, `pi(t_gamma)`; `rate`, `d/dt E_{pi(t)}[r]` there; the derivatives of `E_{pi(t)}[r]` at this
    time, fixed, with respect to the initial logits, the proxy reward and the KL coefficient.
    """
    initial = np.exp(flow.log_policy)
    start = initial * (flow.watched - initial @ flow.watched)
    with np.errstate(divide="ignore", invalid="ignore"):
        return TimeDerivatives(
            logits=(start - moved_by_logits) / rate,
            proxy=-moved_by_proxy / rate,
            watched=(initial - policy) / rate,
            coefficient=np.asarray(np.float64(-moved_by_coefficient) / rate),
            prompts=np.asarray(flow.time / flow.prompts),
            increase=np.asarray(np.float64(1.0) / rate),
        )


def unknown_derivatives(outputs: int) -> TimeDerivatives:
    """NaN for all of them: the target is not reached, or the flow could not be followed."""
    vector, number = np.full(outputs, np.nan), np.asarray(np.nan)
    return TimeDerivatives(vector, vector, vector, number, number, number)
