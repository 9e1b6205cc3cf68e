"""The path of a simulation: the policy at a series of times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from theory.arrays import AnyArray


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A policy along its training, for one problem.

    **Fields** (float64 NumPy)

    - `times`: shape `(times,)`, increasing; continuous time for a flow, `step * step_size` for gradient ascent.
    - `log_probabilities`: shape `(times, outputs)`.
    - `error`: shape `(times,)`: an estimate of the largest error of any of these at each time, in nats; None for
      gradient ascent, whose steps have no error but rounding.
    """

    times: Float[AnyArray, " times"]
    log_probabilities: Float[AnyArray, "times outputs"]
    error: Float[AnyArray, " times"] | None = None

    def expected(self, values: Float[AnyArray, " outputs"]) -> np.ndarray:
        """`E_{pi(t)}[values]` at every time, shape `(times,)`."""
        return np.exp(np.asarray(self.log_probabilities)) @ np.asarray(values)
