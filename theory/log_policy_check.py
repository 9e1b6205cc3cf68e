"""Host-side check that given log-probabilities are those of a policy."""

from __future__ import annotations

import numpy as np

from theory.checks import check_finite
from theory.errors import InvalidInputError

LARGEST_EXCESS = 1e-5
"""How far the mass of a row may be from one: what float32 arithmetic leaves of a sum over a few hundred outputs."""


def check_log_policy(argument: str, log_policy: np.ndarray) -> None:
    """**Raises** `InvalidInputError` unless all entries are finite and the probabilities of each row sum to one.

    What rounding left is not scaled away: a shift of all log-probabilities of a reference policy moves the objective by
    a constant, and no gradient.
    """
    check_finite(argument, log_policy)
    with np.errstate(over="ignore"):
        mass = np.exp(log_policy).sum(axis=-1)
    wrong = np.atleast_1d(np.abs(mass - 1) > LARGEST_EXCESS)
    if wrong.any():
        raise InvalidInputError(
            argument,
            f"probabilities that sum to {np.atleast_1d(mass)[wrong].flat[0]:g}",
            "Give log-probabilities: subtract the logarithm of the sum of exponentials of each row.",
        )
