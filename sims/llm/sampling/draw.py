"""One token drawn for each of many completions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float32, Int32, Key

from .settings import SamplingSettings

_BLOCK = 256


def nucleus(logits: Float32[Array, "rows vocabulary"], top_p: float) -> Float32[Array, "rows vocabulary"]:
    """Logits in which all but the likeliest tokens are at minus infinity.

    Holtzman et al. 2020, section 3.1.

    **Arguments**

    - `logits`: one row a distribution.
    - `top_p`: the tokens that stay are the fewest, likeliest first, whose probability is at least this; one at least.

    **Returns** an array of the same shape. Tokens as likely as the last that stays do so too.

    The least logit that stays is found by bisection of the float32 numbers, in 32 sums: sorting a vocabulary takes
    longer than running a small model on it.

    >>> import jax.numpy as jnp
    >>> nucleus(jnp.log(jnp.array([[0.5, 0.3, 0.15, 0.05]])), 0.7) > -jnp.inf
    Array([[ True,  True, False, False]], dtype=bool)
    """
    probabilities, ranks = jax.nn.softmax(logits, axis=-1), _ranks(logits)
    # Below the first at least `top_p` stays, below the second less does.
    least, greatest = jnp.min(ranks, axis=-1, keepdims=True), jnp.max(ranks, axis=-1, keepdims=True)

    def halve(_: Array, bounds: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bounds
        middle = (low & high) + ((low ^ high) >> 1)
        enough = jnp.sum(jnp.where(ranks >= middle, probabilities, 0.0), axis=-1, keepdims=True) >= top_p
        return jnp.where(enough, middle, low), jnp.where(enough, high, middle)

    threshold, _ = jax.lax.fori_loop(0, 32, halve, (least, greatest + 1))
    # The likeliest token stays whatever is rounded.
    return jnp.where(ranks >= jnp.minimum(threshold, greatest), logits, -jnp.inf)


def _ranks(values: Float32[Array, "rows vocabulary"]) -> Int32[Array, "rows vocabulary"]:
    """Whole numbers in the order of the float32 numbers whose bits they are."""
    bits = jax.lax.bitcast_convert_type(values, jnp.int32)
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)


def draw_tokens(
    keys: Key[Array, " rows"], logits: Float32[Array, "rows vocabulary"], settings: SamplingSettings
) -> tuple[Int32[Array, " rows"], Float32[Array, " rows"]]:
    """A token for each row, and its log-probability.

    **Arguments**

    - `keys`: a random key of its own for each row, so that a row's token does not depend on its company.
    - `logits`: of the model.
    - `settings`: temperature and top-p.

    **Returns** the ids, and the natural logarithms of their probabilities under the model itself: at temperature 1,
    and with all tokens, whatever the settings.
    """
    masses = _log_masses(logits)
    if settings.temperature == 0:
        tokens = jnp.argmax(logits, axis=-1).astype(jnp.int32)
    else:
        warmed = logits if settings.temperature == 1 else logits / settings.temperature
        if settings.top_p < 1:
            warmed = nucleus(warmed, settings.top_p)
        tokens = _choose(keys, warmed, masses if warmed is logits else _log_masses(warmed))
    chosen = jnp.take_along_axis(logits, tokens[:, None], axis=-1)[:, 0]
    return tokens, chosen - jax.nn.logsumexp(masses, axis=-1)


def _in_blocks(logits: Float32[Array, "rows vocabulary"]) -> Float32[Array, "rows blocks block"]:
    padding = -logits.shape[1] % _BLOCK
    return jnp.pad(logits, ((0, 0), (0, padding)), constant_values=-jnp.inf).reshape(logits.shape[0], -1, _BLOCK)


def _log_masses(logits: Float32[Array, "rows vocabulary"]) -> Float32[Array, "rows blocks"]:
    """The logarithm of each block's share, up to the same number in a row."""
    return jax.nn.logsumexp(_in_blocks(logits), axis=-1)


def _choose(
    keys: Key[Array, " rows"], logits: Float32[Array, "rows vocabulary"], masses: Float32[Array, "rows blocks"]
) -> Int32[Array, " rows"]:
    """A token for each row: first a block of the vocabulary by its mass, then a token of it.

    Both by the largest of logits plus Gumbel noise (Gumbel 1954; Maddison et al. 2014, "A* Sampling", section 2), which
    rounding of the logits rarely changes; a search in cumulative probabilities would hang on it for unlikely tokens.
    Noise for the whole vocabulary would take a tenth of a small model's time.
    """
    noise = jax.vmap(lambda key: jax.random.gumbel(key, (masses.shape[1] + _BLOCK,), jnp.float32))(keys)
    block = jnp.argmax(masses + noise[:, :-_BLOCK], axis=-1).astype(jnp.int32)
    inside = jnp.take_along_axis(_in_blocks(logits), block[:, None, None], axis=1)[:, 0]
    return block * _BLOCK + jnp.argmax(inside + noise[:, -_BLOCK:], axis=-1).astype(jnp.int32)
