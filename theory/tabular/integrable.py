r"""The tabular policy-gradient flow without KL term is exactly integrable (ours, statement S5).

**Statement.** Let `d theta_i/dt = (1/|S|) p_i (r_i - V)`, `p = softmax(theta)`, `V = sum p_i r_i` (paper, Eq 4 and
Lemma 7 with `lambda = 0`). With `u_i = exp(-theta_i)`, `Z = sum 1/u_i` and the clock `A(t) = int_0^t ds / (|S| Z(s))`,

    u_i = u_i(0) - r_i A + B(A)   for every output i,

where the height `B` is one number for all outputs: `B(0) = 0`, `dB/dA = V`. It is also the only root of `sum ln u_i =
sum ln u_i(0)` at which every `u_i` is positive. Time is recovered by the quadrature `t = |S| int_0^A Z dA`. So `|Y|`
numbers evolve as one scalar curve.

**Proof.** `p_i = exp(theta_i) / sum_j exp(theta_j) = 1 / (u_i Z)`. Therefore
`du_i/dt = -u_i d theta_i/dt = -(1/|S|) u_i p_i (r_i - V) = -(r_i - V) / (|S| Z)`, and since
`dA/dt = 1 / (|S| Z) > 0`, `du_i/dA = -r_i + V`: integrate, with `B(A) = int_0^A V`. Next
`d/dt sum theta_i = (1/|S|) sum p_i (r_i - V) = 0`, so `sum ln u_i = -sum theta_i` is constant. For fixed `A` the
function `B -> sum ln(u_i(0) - r_i A + B)` increases strictly from minus infinity to infinity where its arguments are
positive: exactly one such root. Last, `dt = |S| Z dA`.

**Panels.** The flow does not change when a constant is added to `theta`, nor when one is added to `r`. So at any
moment one may start afresh with `u_i = 1 / p_i` (then `Z = 1`), with `a = r - V` for `r`, and a new clock `s`. With
`x_i = u_i p_i` the curve reads `x_i = 1 + p_i (b - a_i s)`, `prod x_i = 1`, and `b >= 0` because
`db/ds = E[a] = V - V(start)` never decreases: `dV/ds = Z sum q_i^2 (r_i - V)^2` for the policy `q` there.

**Limit.** Let `T` be the outputs of largest reward and, among those, of largest initial probability. Differences
`u_i - u_j = u_i(0) - u_j(0) - (r_i - r_j) A` are known in closed form, and show that `p_i(t) >= p_j(t)` for all later
times if it holds once and `r_i >= r_j`; and that all members of `T` share one probability for ever. See
`eventual_reward_bound` for what follows.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import OutputVector, Scalars


@double_precision()
def curve_factors(
    probabilities: OutputVector, proxy_reward: OutputVector, clock: Scalars, height: Scalars
) -> OutputVector:
    """`x_i = 1 + p_i (b - r_i s)`: by what `u_i = exp(-theta_i)` has changed, at a point of the plane of the curve.

    **Arguments**

    - `probabilities`: the policy at the start, shape `(*batch, outputs)`.
    - `proxy_reward`: `r_RM` or that plus any constant (which changes `height` by the constant times `clock`), of the
      same shape.
    - `clock`, `height`: `s` and `b`, shape `(*batch)`, in units of one over reward and of one.

    **Returns** shape `(*batch, outputs)`. Source: the module's statement, with `u_i(0) = 1 / p_i`.
    """
    clock, height = jnp.asarray(clock)[..., None], jnp.asarray(height)[..., None]
    return 1 + probabilities * (height - proxy_reward * clock)


@double_precision()
def curve_invariant(factors: OutputVector) -> Scalars:
    """`sum ln x_i`, which vanishes on the curve and nowhere else at the same clock. Shape `(*batch)`."""
    return jnp.sum(jnp.log(factors), axis=-1)


@double_precision()
def curve_weight(probabilities: OutputVector, factors: OutputVector) -> Scalars:
    """`Z = sum p_i / x_i`, the time that passes per clock and prompt: `dt = |S| Z ds`. Shape `(*batch)`."""
    return jnp.sum(probabilities / factors, axis=-1)


@double_precision()
def curve_policy(probabilities: OutputVector, factors: OutputVector) -> OutputVector:
    """The policy `p_i / (x_i Z)` at a point of the curve, shape `(*batch, outputs)`."""
    weights = probabilities / factors
    return weights / jnp.sum(weights, axis=-1, keepdims=True)


@double_precision()
def overtaking_clock(probabilities: OutputVector, proxy_reward: OutputVector) -> OutputVector:
    """The clock at which each output becomes as likely as the most likely one of the start.

    `(1 / p_i - 1 / p_max) / (r_i - r_max)`, exact; infinity for outputs whose reward is not larger. Shape
    `(*batch, outputs)`.
    """
    most_likely = jnp.argmax(probabilities, axis=-1, keepdims=True)
    gain = proxy_reward - jnp.take_along_axis(proxy_reward, most_likely, axis=-1)
    lead = 1 / probabilities - 1 / jnp.take_along_axis(probabilities, most_likely, axis=-1)
    return jnp.where(gain > 0, lead / jnp.where(gain > 0, gain, 1.0), jnp.inf)


@double_precision()
def eventual_reward_bound(
    winner_probability: Scalars, sharing_outputs: Scalars, sharing_reward: Scalars, largest_reward: Scalars
) -> Scalars:
    """An upper bound on `E_pi[reward]` at all later times, valid from when the winner is the most likely output.

    **Arguments**, shape `(*batch)`

    - `winner_probability`: `q`, the probability of an output `w` that is most likely initially among those that
      maximise `r_RM`; it must be the largest of all probabilities now.
    - `sharing_outputs`: `m`, how many outputs maximise `r_RM` and start exactly as likely as `w` (`w` included).
    - `sharing_reward`: the mean of `reward` over those.
    - `largest_reward`: the largest `reward` of any output.

    **Returns** `m q * sharing_reward + (1 - m q) * largest_reward`, shape `(*batch)`.

    **Proof.** From now on `q` never decreases: with `A_j = r_j - V`, `dq/dt = (1/|S|) q (q A_w - sum_j p_j^2 A_j)`
    (paper, Lemma 9), and `sum_j p_j^2 A_j <= sum_{A_j > 0} p_j (p_j A_j) <= q A_w` as long as `p_j <= q` and
    `A_j <= A_w`. The second is given; the first stays true, since
    `d/dt (ln q - ln p_j) = (1/|S|) (q A_w - p_j A_j) >= 0` wherever `p_j = q`. The `m` sharing outputs have the same
    `u`, hence the same probability, for ever. So at any later time they hold `m q' >= m q` in equal parts, and the
    rest of the mass, at most `1 - m q`, earns at most `largest_reward`, which is at least `sharing_reward`.

    The limit of the flow is the uniform policy on those `m` outputs, so the bound tends to the limit of
    `E_pi[reward]`: a target above that limit and not reached before is always ruled out in the end.
    """
    share = sharing_outputs * winner_probability
    return share * sharing_reward + (1 - share) * largest_reward
