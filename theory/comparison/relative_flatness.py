"""How flat the landscape is under each reward model, relative to the one of largest reward variance.

Every lower bound on `t_gamma` that holds at the initial policy alone is a constant times `1 / sqrt(Var)`: for a table
`4 |S| (1 - exp(-gamma/2))` (S3, for one prompt), for shared parameters `4 (1 - exp(-sqrt(L) gamma / 2)) / (L^(3/2)
(J±)^2)` (S6; likewise S4 and Theorem 4 up to its exponent), with `Var` the mean over the prompts. The constants depend
on the policy, the increase and the prompts, and are unknown in an audit; they are the same for all reward models, and
cancel. The norm of the gradient is at most a constant times `sqrt(Var)` (S0, S2), and the constants cancel alike.

A ratio of bounds is not a bound on the ratio: a model can be slower than its bound says, and so can the one it is
compared with. What the ratio tells is how much the flat part of the landscape alone costs; which completions a model
prefers decides the rest. And all of it depends on units: variances are to be compared in those the rewards are trained
in, and rewards standardised within groups (GRPO) have none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.errors import InvalidInputError
from theory.estimators.group_moments import divided


class RelativeFlatness(NamedTuple):
    """**Fields**, each of shape `(*batch, models)`

    - `time`: the lower bound on `t_gamma` (S3, S4, S6) divided by that of the model of largest variance: at least 1,
      infinity for a model without variance, under which the policy never moves.
    - `gradient`: the upper bound on the norm of the gradient (S0, S2) divided by that model's: at most 1.
    """

    time: Float64[np.ndarray, "*batch models"]
    gradient: Float64[np.ndarray, "*batch models"]


def relative_flatness(mean_variances: Float64[np.ndarray, "*batch models"]) -> RelativeFlatness:
    """Ratios of bounds, from mean reward variances in the units that the rewards are trained in.

    **Arguments**: `mean_variances`, none negative; NaN where it is not defined. Unbiased estimates of a variance give
    ratios that tend to the right ones as prompts are added, but are not themselves unbiased.

    **Returns** NaN for an undefined variance, and for all models if none has a positive one.

    **Raises** `InvalidInputError` for a negative variance, or no model.

    **Example**

    >>> import numpy as np
    >>> relative_flatness(np.array([0.04, 0.01, 0.0])).time.tolist()
    [1.0, 2.0, inf]
    """
    if mean_variances.shape[-1:] in ((), (0,)):
        raise InvalidInputError("mean_variances", f"shape {mean_variances.shape}", "Give one variance per model.")
    if (mean_variances < 0).any():
        raise InvalidInputError("mean_variances", mean_variances, "Give variances of at least 0.")
    largest = np.where(np.isnan(mean_variances), 0.0, mean_variances).max(axis=-1, keepdims=True)
    gradient = np.sqrt(divided(mean_variances, largest))
    with np.errstate(divide="ignore"):
        return RelativeFlatness(1 / gradient, gradient)
