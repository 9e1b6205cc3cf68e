"""Proposition 3's counterpart where advantages are divided by their group's standard deviation (GRPO, DAPO).

Ours, not the paper's; proofs in docs/sharpened.md (S-G1, S-G2). Setting: a tabular policy, `|S|` prompts, `k` samples
per prompt and step, all prompts in every step, no KL term. A step moves the logits of a prompt by `eta / |S|` times
`g`, `g_y = (1/k) sum of A_i over the samples i with y_i = y`, and `A_i = (r_i - mean) / (s + epsilon)`, `s` being the
standard deviation of the group's rewards. Time is steps times `eta`: the clock of gradient flow on the same objective.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from theory.arguments.checking import checked_input
from theory.arguments.names import FINITE_POSITIVE
from theory.arguments.number_rules import between
from theory.arguments.precision import double_precision
from theory.arguments.rules import Numbers, Single, Whole
from theory.arrays import Scalars
from theory.errors import InvalidInputError

STANDARDISED_CONSTANT = 2.0
RARE_OUTPUT_DIVISOR = 2.0


@double_precision()
def damping(reward_range: Scalars, epsilon: Scalars) -> Scalars:
    """`R / (R + 2 epsilon)`: at most so much of `s / (s + epsilon)` is left, since `s <= R / 2` (Popoviciu)."""
    return jnp.asarray(reward_range) / (reward_range + 2 * jnp.asarray(epsilon))


@double_precision()
def standardised_time(increase: Scalars, reward_range: Scalars, epsilon: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `2 |S| gamma (1 + 2 epsilon / R)` on `t_gamma` of standardised updates (ours, S-G1).

    For every expected reward inside [-1, 1], every path of samples, group size and `eta`; free of the reward variance.
    `R` is the range `max r_RM - min r_RM`. Under DAPO a prompt may be given the steps of all others, and the bound is
    that for `prompts = 1`. The constant is the best possible.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.standardised_time(0.5, 2.0, 1e-8, 1)), 6)
    1.0
    """
    return STANDARDISED_CONSTANT * prompts * jnp.asarray(increase) / damping(reward_range, epsilon)


@double_precision()
def rare_output_time(initial: Scalars, final: Scalars, rate: Scalars, prompts: Scalars) -> Scalars:
    """Lower bound `|S| (1/q0 - 1/q1) / (2 c)` on the mean time that one rewarded output takes from `q0` to `q1` (S-G2).

    For rewards of two levels, the higher one given to this output alone.

    **Arguments**

    - `initial`, `final`: `q0 < q1`, probabilities of the output.
    - `rate`: `c`, from `standardised_rate`, or the gap between the levels for what follows the gradient on average:
      gradient flow, gradient ascent, RLOO.
    - `prompts`: `|S|`; one for DAPO, as far as it leaves degenerate groups out of the batch. Where the batch is filled
      again by sampling, a kept group moves a rare output as much as a likely one, and the bound does not hold in steps.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.rare_output_time(0.01, 0.5, 1.0, 1)), 6)
    49.0
    """
    return prompts * (1 / jnp.asarray(initial) - 1 / jnp.asarray(final)) / (RARE_OUTPUT_DIVISOR * jnp.asarray(rate))


@double_precision()
def standardised_rate(group_size: Scalars, reward_range: Scalars, epsilon: Scalars) -> Scalars:
    """`sqrt(k - 1) R / (R + 2 epsilon)`: a standardised advantage is never larger."""
    return jnp.sqrt(jnp.asarray(group_size) - 1) * damping(reward_range, epsilon)


@checked_input(
    probability=Numbers(between(0.0, 1.0), any_shape=True),
    gap=Numbers(FINITE_POSITIVE.check, any_shape=True),
    group_size=Whole(2),
    epsilon=Single(between(0.0, np.inf, infinite=False)),
)
def expected_update_size(
    probability: object, gap: object, group_size: int, epsilon: float
) -> Float[np.ndarray, "*batch"]:
    """`||E g||_1` for a reward of two levels, the higher one given to one output: exact (ours).

    A group with `N` samples of that output has `s = gap sqrt(N (k - N)) / k` and `||g||_1 = 2 sqrt(N (k - N)) / k * s /
    (s + epsilon)`; all groups agree in the signs of `g`, and `N` is binomial. For `epsilon = 0` it does not depend on
    `gap`, is at most the probability that a group is not degenerate, and for small `q` it is `2 sqrt(k - 1) q`.

    **Arguments**

    - `probability`: `q`, of the output, and `gap > 0`, between the levels; shapes that broadcast.
    - `group_size`: `k >= 2`. `epsilon >= 0`.

    **Raises** `InvalidInputError` for probabilities outside [0, 1], gaps that are not positive, groups of one, a
    negative epsilon, and shapes that do not fit.
    """
    # Importing it takes a second, which every command would wait for.
    from scipy.stats import binom

    share, distance = np.asarray(probability), np.asarray(gap)
    try:
        share, distance = np.broadcast_arrays(share, distance)
    except ValueError:
        remedy = f"Give one number, or one per probability: shape {share.shape}."
        raise InvalidInputError("gap", f"shape {distance.shape}", remedy) from None
    # Groups of one kind contribute nothing, and would divide zero by zero without an epsilon.
    good = np.arange(1, group_size)
    spread = np.sqrt(good * (group_size - good)) / group_size
    deviation = distance[..., None] * spread
    weights = binom.pmf(good, group_size, share[..., None])
    return np.asarray(np.sum(weights * 2 * spread * deviation / (deviation + epsilon), axis=-1))
