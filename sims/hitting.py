"""What a simulator returns about `t_gamma`: a time, how good it is, and what the number means."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory.arrays import Integers, Scalars

OnFinished = Callable[[int], None]
"""Called now and then with how many more problems are finished; several threads may call it at once."""


class Status(enum.IntEnum):
    """The outcome of one problem; `Status(code).message` is what a person reads."""

    REACHED = 0
    NEVER = 1
    CENSORED = 2
    FAILED = 3

    @property
    def label(self) -> str:
        """The word used in JSON and tables: `reached`, `never`, `censored` or `failed`."""
        return self.name.lower()

    @property
    def message(self) -> str:
        """One sentence that says what `Hitting.time` means for this status."""
        return _MESSAGES[self]


_MESSAGES = {
    Status.REACHED: "The expected reward first reached the target at this time.",
    Status.NEVER: "The expected reward is proven to stay below the target for all time; the time is infinite.",
    Status.CENSORED: "The integration stopped at this time with the target neither reached nor ruled out.",
    Status.FAILED: "The integration broke down at this time; the target was not reached before it.",
}


@dataclass(frozen=True, eq=False)
class Hitting:
    """First times at which an expected reward has risen by `gamma` (paper, Section 2.3), one per problem.

    **Fields** (NumPy, shape `(*batch)`)

    - `time`: float64. `t_gamma` where `status` is reached; infinity where never; the time up to which the target was
      not reached where censored or failed.
    - `relative_error`: float64, the integrator's own estimate of `|error| / t_gamma`; NaN unless reached.
    - `status`: int8 codes of `Status`.
    - `evaluations`: int64, evaluations of the flow's right-hand side (or of its reduced form).
    """

    time: Scalars
    relative_error: Scalars
    status: Integers
    evaluations: Integers

    @property
    def reached(self) -> np.ndarray:
        """Where `t_gamma` is finite and known."""
        return np.asarray(self.status) == Status.REACHED
