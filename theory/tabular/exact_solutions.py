r"""Policies whose gradient flow is known in closed form: oracles for every simulator (ours)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from theory.arguments.checking import checked_input
from theory.arguments.number_rules import between
from theory.arguments.rules import Numbers, Single, Whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

INSIDE = Numbers(between(np.nextafter(0.0, 1.0), np.nextafter(1.0, 0.0)))
"""Probabilities in (0, 1)."""


@checked_input(
    initial_probability=INSIDE,
    final_probability=INSIDE,
    outputs=Whole(2),
    prompts=Single(between(0.0, np.inf, open_at_least=True, infinite=False)),
)
def one_against_equals_time(
    initial_probability: Float[AnyArray, "*batch"] | float,
    final_probability: Float[AnyArray, "*batch"] | float,
    outputs: int,
    prompts: float = 1.0,
) -> np.ndarray:
    r"""Time for the rewarded output to rise from `p0` to `p1` if the other outputs are equally likely (ours).

    `r_RM = +1` on one output and `-1` on the other `K - 1`, which share `1 - p` equally; `lambda = 0`.

    **Derivation.** `V = 2 p - 1`, so the advantages are `2 (1 - p)` and `-2 p`. By Lemma 9 of the paper

        |S| dp/dt = p (p A_1 - sum_j p_j^2 A_j)
                  = p [2 p (1-p) - 2 p^2 (1-p) + 2 p (1-p)^2 / (K-1)] = 2 K/(K-1) p^2 (1-p)^2,

    and the others stay equal. With `1 / (p^2 (1-p)^2) = dG/dp`, `G(p) = 2 ln(p / (1-p)) + (2 p - 1) / (p (1-p))`:
    `t = |S| (K - 1) / (2 K) [G(p1) - G(p0)]`.

    In the log-odds `z = ln(p / (1-p))` this is `G = 2 z + 2 sinh z`, so
    `G(p1) - G(p0) = 2 d + 4 cosh((z0 + z1)/2) sinh(d/2)` with `d = z1 - z0 = ln1p((p1 - p0) / (p0 (1 - p1)))`: a sum
    of positive terms, in which nothing cancels.

    **Arguments**

    - `initial_probability`, `final_probability`: `0 < p0 <= p1 < 1`, shape `(*batch)`, float64.
    - `outputs`: `K >= 2`.
    - `prompts`: `|S|`.

    **Returns** float64, the shape of the probabilities broadcast together.

    **Raises** `InvalidInputError` unless `0 < p0 <= p1 < 1` and `K >= 2`.
    """
    start, end = np.asarray(initial_probability), np.asarray(final_probability)
    if start.ndim and end.ndim and start.shape != end.shape:
        raise InvalidInputError("final_probability", f"shape {end.shape}", f"Give one number, or {start.shape}.")
    if not np.all(start <= end):
        raise InvalidInputError("initial_probability, final_probability", "another order", "Give 0 < p0 <= p1 < 1.")
    rise = np.log1p((end - start) / (start * (1 - end)))
    middle = (np.log(start) - np.log1p(-start) + np.log(end) - np.log1p(-end)) / 2
    return np.asarray(prompts * (outputs - 1) / (2 * outputs) * (2 * rise + 4 * np.cosh(middle) * np.sinh(rise / 2)))


@checked_input(initial_probability=Single(INSIDE.check), outputs=Whole(2))
def one_against_equals_policy(initial_probability: float, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """The policy and the reward model of `one_against_equals_time`, float64, each of shape `(outputs,)`.

    The first output is the rewarded one.

    **Raises** `InvalidInputError` unless `0 < p0 < 1` and `K >= 2`.
    """
    policy = np.full(outputs, (1 - initial_probability) / (outputs - 1))
    policy[0] = initial_probability
    reward = np.full(outputs, -1.0)
    reward[0] = 1.0
    return policy, reward
