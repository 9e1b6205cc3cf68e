"""What a simulator returns about the whole path: the policy at a series of times."""

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
    """

    times: Float[AnyArray, " times"]
    log_probabilities: Float[AnyArray, "times outputs"]

    def expected(self, values: Float[AnyArray, " outputs"]) -> np.ndarray:
        """`E_{pi(t)}[values]` at every time, shape `(times,)`."""
        return np.exp(np.asarray(self.log_probabilities)) @ np.asarray(values)
