"""The optimum of the KL-regularised objective, and how far from it gradient flow can still wander (ours).

For `lambda > 0` the objective `phi(p) = E_p[r] - lambda KL(p || p0)` of one prompt (paper, Eq (1)) is maximised by the
Gibbs policy `p*(y) = p0(y) exp(r(y) / lambda) / sum_y' p0(y') exp(r(y') / lambda)`, and for every policy

    phi(p*) - phi(p) = lambda KL(p || p*),

by inserting `r = lambda (ln p* - ln p0) + constant`. As `lambda -> 0` the optimum tends to the reference restricted to
the outputs of largest reward, and the gap to `max r - E_p[r]`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jax.nn import log_softmax
from jax.scipy.special import logsumexp

from theory.arguments.precision import double_precision
from theory.arrays import OutputVector, Scalars
from theory.moments import advantage, expectation

_ROUNDING = 2.0**-50
_HALVINGS = 60


def _exponent(proxy_reward: jax.Array, kl_coefficient: jax.Array) -> jax.Array:
    """`(r - max r) / lambda`, minus infinity below the maximum if `lambda = 0`."""
    below = proxy_reward - jnp.max(proxy_reward, axis=-1, keepdims=True)
    coefficient = kl_coefficient[..., None]
    limit = jnp.where(below == 0, 0.0, -jnp.inf)
    return jnp.where(coefficient > 0, below / jnp.where(coefficient > 0, coefficient, 1.0), limit)


@double_precision()
def gibbs_log_probabilities(
    log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> OutputVector:
    """`ln p*`, the log-probabilities of the policy that maximises the regularised objective.

    **Arguments**

    - `log_reference`: `ln p0`, shape `(*batch, outputs)`.
    - `proxy_reward`: `r_RM`, same shape.
    - `kl_coefficient`: `lambda >= 0`, shape `(*batch)`, in units of reward. Zero gives the limit.

    **Returns** shape `(*batch, outputs)`; exact also where `r / lambda` is far beyond the range of `exp` (minus
    infinity is possible).

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> log_policy = theory.gibbs_log_probabilities(np.log([0.5, 0.5]), [1.0, 0.0], 0.5)
    >>> np.exp(log_policy).round(4).tolist()
    [0.8808, 0.1192]
    """
    return log_softmax(log_reference + _exponent(jnp.asarray(proxy_reward), jnp.asarray(kl_coefficient)), axis=-1)


@double_precision()
def divergence_from_gibbs(
    log_policy: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> Scalars:
    """`KL(p || p*)` in nats, which never increases along the flow; infinite for `lambda = 0` off the optimum.

    Summed as `p ln(p / p*) - p + p*`, whose terms are nonnegative, so that small values keep digits.
    """
    log_optimum = gibbs_log_probabilities(log_reference, proxy_reward, kl_coefficient)
    log_ratio = log_policy - log_optimum
    policy = jnp.exp(log_policy)
    term = jnp.where(
        policy > 0, policy * (log_ratio + jnp.expm1(jnp.maximum(-log_ratio, -800.0))), jnp.exp(log_optimum)
    )
    # Where p is much smaller than p*, expm1 overflows while the term itself is just p*.
    term = jnp.where(log_ratio < -30, policy * (log_ratio - 1) + jnp.exp(log_optimum), term)
    return jnp.sum(term, axis=-1)


@double_precision()
def reward_ceiling(
    log_policy: OutputVector,
    log_reference: OutputVector,
    proxy_reward: OutputVector,
    reward: OutputVector,
    kl_coefficient: Scalars,
) -> Scalars:
    """A number that `E_{p(t)}[reward]` never exceeds from now on, under gradient flow of the regularised objective.

    Proof, `lambda > 0`. `phi` is nondecreasing along its own gradient flow, so `KL(p(t) || p*) <= e := KL(p(now) ||
    p*)` for all later `t`. By the variational formula of Donsker and Varadhan, `eta E_p[reward] <= KL(p || p*) + ln
    E_{p*} exp(eta reward)` for every `eta > 0`; hence `E_{p(t)}[reward] <= (ln E_{p*} exp(eta reward) + e) / eta`. The
    best `eta` is where the tilted policy `p* exp(eta reward)` is itself at divergence `e` from `p*`; it is found by
    bisection, and any other would be valid too.

    Proof, `lambda = 0`. `E_{p(t)}[r]` is nondecreasing, so `E_{p(t)}[reward] <= max { E_q[reward] : E_q[r] >=
    E_{p(now)}[r] } <= max_y { reward(y) + m (r(y) - E_{p(now)}[r]) }` for every `m >= 0`; for `m = 0` this is `max
    reward`, which is never exceeded.

    **Arguments**: `log_policy` is the policy now; all of shape `(*batch, outputs)`, `kl_coefficient` `(*batch)`.

    **Returns** shape `(*batch)`, in units of `reward`, rounded up by more than the rounding error of its computation.
    """
    coefficient = jnp.asarray(kl_coefficient)
    log_policy, log_reference = jnp.asarray(log_policy), jnp.asarray(log_reference)
    proxy_reward, reward = jnp.asarray(proxy_reward), jnp.asarray(reward)
    regularized = _regularized_ceiling(
        log_policy, log_reference, proxy_reward, reward, jnp.where(coefficient > 0, coefficient, 1.0)
    )
    return jnp.where(coefficient > 0, regularized, _unregularized_ceiling(log_policy, proxy_reward, reward))


def _regularized_ceiling(
    log_policy: jax.Array, log_reference: jax.Array, proxy_reward: jax.Array, reward: jax.Array, coefficient: jax.Array
) -> jax.Array:
    log_optimum = gibbs_log_probabilities(log_reference, proxy_reward, coefficient)
    optimum, policy = jnp.exp(log_optimum), jnp.exp(log_policy)
    excess = advantage(optimum, reward)
    largest = jnp.max(jnp.abs(excess), axis=-1)
    exponent = jnp.abs(_exponent(proxy_reward, coefficient)) + jnp.abs(log_reference)
    # Rounding of ln p and ln p* by w changes the divergence by sum (p - p*) w to first order, as sum p* w is zero
    # there.
    blur = jnp.where(optimum > 0, _ROUNDING * (exponent + jnp.abs(log_policy) + jnp.abs(log_optimum)), 0.0)
    radius = divergence_from_gibbs(log_policy, log_reference, proxy_reward, coefficient)
    radius = radius + jnp.sum(jnp.abs(policy - optimum) * blur + optimum * blur**2, axis=-1)
    blur_of_mean = _ROUNDING * (1 + jnp.sum(jnp.where(optimum > 0, optimum * exponent, 0.0), axis=-1)) * largest

    def cumulant(rate: jax.Array) -> tuple[jax.Array, jax.Array]:
        tilt = rate[..., None] * excess
        small = jnp.max(tilt, axis=-1) < 1
        series = jnp.log1p(expectation(optimum, jnp.expm1(jnp.minimum(tilt, 1.0))))
        value = jnp.where(small, series, logsumexp(log_optimum + tilt, axis=-1))
        tilted = jnp.exp(log_optimum + tilt - value[..., None])
        return value, jnp.asarray(expectation(tilted, excess))

    def halve(_: jax.Array | int, bracket: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = bracket
        middle = (low + high) / 2
        rate = jnp.exp(middle)
        value, slope = cumulant(rate)
        beyond = rate * slope - value > radius
        return jnp.where(beyond, low, middle), jnp.where(beyond, middle, high)

    scale = -jnp.log(jnp.where(largest > 0, largest, 1.0))
    low, high = lax.fori_loop(0, _HALVINGS, halve, (scale - 60, scale + 60))
    rate = jnp.exp((low + high) / 2)
    bound = jnp.minimum((cumulant(rate)[0] + radius) / rate, jnp.max(excess, axis=-1))
    most_likely = jnp.argmax(optimum, axis=-1, keepdims=True)
    reference_value = jnp.take_along_axis(reward - excess, most_likely, axis=-1)[..., 0]
    return reference_value + bound + 8 * _ROUNDING * largest + blur_of_mean


def _unregularized_ceiling(log_policy: jax.Array, proxy_reward: jax.Array, reward: jax.Array) -> jax.Array:
    gain = advantage(jnp.exp(log_policy), proxy_reward)
    largest = jnp.max(jnp.abs(gain), axis=-1)
    gain = gain / jnp.where(largest > 0, largest, 1.0)[..., None]

    def halve(_: jax.Array | int, bracket: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = bracket
        middle = (low + high) / 2
        best = jnp.argmax(reward + jnp.exp(middle)[..., None] * gain, axis=-1, keepdims=True)
        rising = jnp.take_along_axis(gain, best, axis=-1)[..., 0] > 0
        return jnp.where(rising, low, middle), jnp.where(rising, middle, high)

    start = jnp.zeros_like(largest)
    low, high = lax.fori_loop(0, _HALVINGS, halve, (start - 60, start + 60))
    multiplier = jnp.exp((low + high) / 2)
    size = jnp.max(jnp.abs(reward), axis=-1)
    bound = jnp.max(reward + multiplier[..., None] * gain, axis=-1) + 8 * _ROUNDING * (size + multiplier)
    # A proxy that is constant has gains of mere rounding, all of one sign: no multiplier is large enough then.
    return jnp.minimum(bound, jnp.max(reward, axis=-1) + 8 * _ROUNDING * size)
