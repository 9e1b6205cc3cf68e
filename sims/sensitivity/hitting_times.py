"""Derivatives of the hitting times of a batch of tabular problems, on the host."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from sims.hitting import Status
from sims.sensitivity.adjoint import adjoint_derivatives
from sims.sensitivity.derivatives import FlowToTarget, TimeDerivatives, unknown_derivatives


def time_derivatives(
    log_policy: Float[np.ndarray, "batch outputs"],
    proxy: Float[np.ndarray, "batch outputs"],
    watched: Float[np.ndarray, "batch outputs"],
    coefficient: Float[np.ndarray, " batch"],
    prompts: Float[np.ndarray, " batch"],
    time: Float[np.ndarray, " batch"],
    status: Int[np.ndarray, " batch"],
) -> TimeDerivatives:
    """The derivatives of `t_gamma`, problem by problem; NaN where the target is not reached.

    **Arguments** (float64, concrete): `log_policy`, normalised; `time` and `status`, of `sims.hitting_times`.
    """
    found = []
    for place in range(len(time)):
        flow = FlowToTarget(
            log_policy[place],
            proxy[place],
            watched[place],
            float(coefficient[place]),
            float(prompts[place]),
            float(time[place]),
        )
        reached = status[place] == Status.REACHED
        found.append(adjoint_derivatives(flow) if reached else unknown_derivatives(len(flow.proxy)))
    return TimeDerivatives(*(np.stack(column) for column in zip(*found, strict=True)))
