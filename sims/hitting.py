"""The result of a simulator for `t_gamma`: a time, its error, and what the number means."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float, Int

from theory.arrays import AnyArray

OnFinished = Callable[[int], None]
"""Called now and then with how many more problems are finished; several threads may call it at once."""


class Status(enum.IntEnum):
    """The outcome of one problem; `Status(code).message` is what a person reads."""

    REACHED = 0
    NEVER = 1
    CENSORED = 2
    FAILED = 3
    ILL_CONDITIONED = 4

    @property
    def label(self) -> str:
        """The word used in JSON and tables: `reached`, `never`, `censored`, `failed` or `ill-conditioned`."""
        return self.name.lower().replace("_", "-")

    @property
    def is_open(self) -> bool:
        """Whether `Hitting.time` is only a time up to which the target was not reached."""
        return self in OPEN_ENDED

    @property
    def message(self) -> str:
        """One sentence that says what `Hitting.time` means for this status."""
        return _MESSAGES[self]


OPEN_ENDED = (Status.CENSORED, Status.FAILED, Status.ILL_CONDITIONED)
"""The statuses whose time is a bound below on `t_gamma`."""

WORST_REPORTED_ERROR = 1e-3
"""A hitting time that rounding leaves less certain than this is not reported: its status is `ill-conditioned`."""

_MESSAGES = {
    Status.REACHED: "The expected reward first reached the target at this time.",
    Status.NEVER: (
        "The expected reward is proven, up to rounding, to stay below the target for all time; the time is infinite. "
        "Lower gamma, or change the reward model or the KL coefficient, for a target that is reached."
    ),
    Status.CENSORED: (
        "The target was not reached up to this time, and is not ruled out; the search ended at its horizon or at its "
        "limit of work. Raise the horizon, loosen the tolerance, or lower gamma."
    ),
    Status.FAILED: (
        "The integration broke down; the target was not reached up to this time. Check that probabilities and rewards "
        "are ordinary numbers, loosen the tolerance, or lower gamma."
    ),
    Status.ILL_CONDITIONED: (
        "Ill-conditioned: the target lies so near a limit or a maximum of the expected reward that rounding decides "
        "when, or whether, it is reached; it was not reached up to this time. Lower gamma."
    ),
}


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Hitting:
    """First times at which an expected reward has risen by `gamma` (paper, Section 2.3), one per problem.

    **Fields** (shape `(*batch)`; NumPy, but JAX's arrays inside its transformations)

    - `time`: float64. `t_gamma` where `status` is reached; infinity where never; otherwise a time up to which the
      target was not reached, the estimated errors already subtracted.
    - `relative_error`: float64, the integrator's own estimate of `|error| / t_gamma`, rounding of the integrator
      included, the problem's numbers taken as exact; NaN unless reached.
    - `status`: int8 codes of `Status`.
    - `evaluations`: int64, evaluations of the flow's right-hand side (or of its reduced form).
    """

    time: Float[AnyArray, "*batch"]
    relative_error: Float[AnyArray, "*batch"]
    status: Int[AnyArray, "*batch"]
    evaluations: Int[AnyArray, "*batch"]

    @property
    def reached(self) -> np.ndarray:
        """Where `t_gamma` is finite and known."""
        return np.asarray(np.asarray(self.status) == Status.REACHED)
