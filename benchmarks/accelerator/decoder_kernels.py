"""The decoder in float32 and bfloat16: logits, log-probabilities, their gradient, sampling with a cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.accelerator.double_decoder import all_logits, check_kind, in_double, row_log_probabilities
from benchmarks.accelerator.kernel import Arrays, Kernel, relative_to_largest, relative_to_scale
from benchmarks.accelerator.sizes import Sizes
from benchmarks.accelerator.weights import decoder_weights, in_precision
from sims.llm.decoder.forward import last_logits
from sims.llm.decoder.parameters import DecoderParameters
from sims.llm.sampling.generate import completion_keys, generate
from sims.llm.sampling.log_probability import token_log_probabilities
from sims.llm.sampling.settings import SamplingSettings

KEPT_NUMBERS = 50_000
"""Of each gradient at most so many numbers are compared, evenly spread, and its norm."""

compiled_logits = jax.jit(last_logits, static_argnames="config")
compiled_generate = jax.jit(generate, static_argnames=("config", "settings"))
_compiled_logs = jax.jit(token_log_probabilities, static_argnames="config")


def token_rows(sizes: Sizes, vocabulary: int) -> list[np.ndarray]:
    """Rows of random tokens, each shorter than the one before it."""
    rng = np.random.default_rng(7)
    return [rng.integers(0, vocabulary, max(2, sizes.length - 3 * row)).astype(np.int32) for row in range(sizes.rows)]


def padded(rows: list[np.ndarray]) -> tuple[jax.Array, jax.Array]:
    """Rows filled up on the left, and which tokens are not padding."""
    length = max(map(len, rows))
    tokens = np.stack([np.pad(row, (length - len(row), 0)) for row in rows])
    kept = np.stack([np.arange(length) >= length - len(row) for row in rows])
    return jnp.asarray(tokens, jnp.int32), jnp.asarray(kept)


def logits(sizes: Sizes, dtype: str) -> Arrays:
    """Next-token logits of rows of different lengths."""
    weights = decoder_weights(sizes)
    rows = padded(token_rows(sizes, weights.config.vocabulary_size))
    return {"logits": np.asarray(compiled_logits(in_precision(weights.parameters, dtype), weights.config, *rows))}


def double_logits(sizes: Sizes, _: Arrays) -> Arrays:
    """The same by the float64 decoder, one row after the other."""
    weights = decoder_weights(sizes)
    check_kind(weights.config)
    with jax.enable_x64(True):
        compute = jax.jit(all_logits, static_argnums=1)
        parameters = in_double(weights.parameters)
        rows = token_rows(sizes, weights.config.vocabulary_size)
        return {"logits": np.stack([np.asarray(compute(parameters, weights.config, row))[-1] for row in rows])}


def completion_logs(sizes: Sizes) -> Arrays:
    """The log-probabilities of given tokens, row behind row."""
    weights = decoder_weights(sizes)
    tokens, kept = padded(token_rows(sizes, weights.config.vocabulary_size))
    found = np.asarray(_compiled_logs(weights.parameters, weights.config, tokens, kept))
    return {
        "log-probabilities": np.concatenate([row[mask][1:] for row, mask in zip(found, np.asarray(kept), strict=True)])
    }


def double_completion_logs(sizes: Sizes, _: Arrays) -> Arrays:
    """The same by the float64 decoder; the scale is that of its logits."""
    weights = decoder_weights(sizes)
    rows = token_rows(sizes, weights.config.vocabulary_size)
    return _double_logs(sizes, rows, [1] * len(rows))


def _double_logs(sizes: Sizes, rows: list[np.ndarray], firsts: list[int]) -> Arrays:
    """Log-probabilities of the tokens of rows from given places on, and the largest logit."""
    weights = decoder_weights(sizes)
    check_kind(weights.config)
    logs, scale = [], 0.0
    with jax.enable_x64(True):
        compute = jax.jit(all_logits, static_argnums=1)
        parameters = in_double(weights.parameters)
        for row, first in zip(rows, firsts, strict=True):
            found = np.asarray(compute(parameters, weights.config, row))
            scale = max(scale, float(np.abs(found).max()))
            whole = found - np.logaddexp.reduce(found, axis=-1, keepdims=True)
            logs.append(np.take_along_axis(whole[:-1], row[1:, None], axis=-1)[first - 1 :, 0])
    return {"log-probabilities": np.concatenate(logs), "scale": np.asarray(scale)}


def _evenly_spread(gradient: DecoderParameters) -> Arrays:
    """Numbers of each gradient that are compared, and its norm times the share of an average number in it."""
    found = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        flat, name = np.asarray(leaf).reshape(-1), jax.tree_util.keystr(path)
        found[name] = flat[:: max(1, flat.size // KEPT_NUMBERS)]
        found[f"{name}, norm"] = np.sqrt(np.sum(flat.astype(np.float64) ** 2))[None]
    return found


def log_gradient(sizes: Sizes) -> Arrays:
    """The gradient of the mean log-probability of all rows in every parameter."""
    weights = decoder_weights(sizes)
    tokens, kept = padded(token_rows(sizes, weights.config.vocabulary_size))

    def mean(parameters: DecoderParameters) -> jax.Array:
        return jnp.mean(jnp.sum(token_log_probabilities(parameters, weights.config, tokens, kept), axis=1))

    return _evenly_spread(jax.jit(jax.grad(mean))(weights.parameters))


def double_log_gradient(sizes: Sizes, _: Arrays) -> Arrays:
    """The same through the float64 decoder."""
    weights = decoder_weights(sizes)
    check_kind(weights.config)
    rows = token_rows(sizes, weights.config.vocabulary_size)
    with jax.enable_x64(True):

        def mean(parameters: DecoderParameters) -> jax.Array:
            sums = [jnp.sum(row_log_probabilities(parameters, weights.config, jnp.asarray(row))) for row in rows]
            return jnp.mean(jnp.stack(sums))

        return _evenly_spread(jax.jit(jax.grad(mean))(in_double(weights.parameters)))


def sampled(sizes: Sizes, dtype: str) -> Arrays:
    """Two completions of each row, drawn with a cache, and the log-probabilities that the draws came with."""
    weights = decoder_weights(sizes)
    rows = padded(token_rows(sizes, weights.config.vocabulary_size))
    numbers = jnp.arange(2 * sizes.rows, dtype=jnp.uint32).reshape(sizes.rows, 2)
    keys = completion_keys(jnp.asarray(0, jnp.uint32), numbers)
    settings = SamplingSettings(max_tokens=sizes.drawn, top_p=0.95)
    drawn = compiled_generate(in_precision(weights.parameters, dtype), weights.config, settings, *rows, keys)
    return {
        "tokens": np.asarray(drawn.tokens),
        "log-probabilities": np.asarray(drawn.log_probabilities).reshape(-1),
    }


def double_sampled(sizes: Sizes, found: Arrays) -> Arrays:
    """What the float64 decoder says of the tokens that were drawn, reading each completion as a whole."""
    vocabulary = decoder_weights(sizes).config.vocabulary_size
    prompts = token_rows(sizes, vocabulary)
    rows = [
        np.concatenate([prompt, own]).astype(np.int32)
        for prompt, completions in zip(prompts, found["tokens"], strict=True)
        for own in completions
    ]
    return _double_logs(sizes, rows, [len(prompt) for prompt in prompts for _ in range(2)])


def float32_tolerance(sizes: Sizes) -> float:
    """64 roundings of float32, times the root of the number of half-blocks and the unembedding."""
    return float(64 * np.finfo(np.float32).eps / 2 * np.sqrt(2 * _layers(sizes) + 1))


def bfloat16_tolerance(sizes: Sizes) -> float:
    """Four roundings of bfloat16 (8 bits), times the same root."""
    return float(4 * 2**-8 * np.sqrt(2 * _layers(sizes) + 1))


def _layers(sizes: Sizes) -> int:
    return sizes.decoder.layers


_WHY_FLOAT32 = (
    "rounding of 6e-8 in each of the half-blocks adds up as a root, and a matrix product takes a few tens of them; "
    "products rounded to 10 bits, as accelerators make them unasked, would be off by fifty times as much"
)
_WHY_BFLOAT16 = (
    "each half-block rounds to 8 bits, which adds up as a root of their number; four times that, which at two layers "
    "is the 4% that tests of checkpoints allow"
)


def _kernel(
    name: str,
    compute: Callable[[Sizes], Arrays],
    reference: Callable[[Sizes, Arrays], Arrays],
    deviation: Callable[[Arrays, Arrays], float],
    *,
    bfloat16: bool = False,
    factor: float = 1.0,
) -> Kernel:
    """A check of the decoder: sizes, tolerances and reasons are the same for all."""

    def described(sizes: Sizes) -> str:
        weights = decoder_weights(sizes)
        count = sum(leaf.size for leaf in jax.tree.leaves(weights.parameters))
        return f"{count / 1e6:,.3g}M parameters ({weights.source}), {sizes.rows} rows of up to {sizes.length} tokens"

    tolerance = bfloat16_tolerance if bfloat16 else float32_tolerance
    reason = _WHY_BFLOAT16 if bfloat16 else _WHY_FLOAT32
    if factor != 1:
        reason += f"; {factor:g} times that, for the way back"
    return Kernel(
        name, described, compute, reference, deviation, lambda sizes: factor * tolerance(sizes), reason, double=False
    )


DECODER_KERNELS = (
    _kernel("next-token logits, float32", partial(logits, dtype="float32"), double_logits, relative_to_largest),
    _kernel(
        "next-token logits, bfloat16",
        partial(logits, dtype="bfloat16"),
        double_logits,
        relative_to_largest,
        bfloat16=True,
    ),
    _kernel("completion log-probabilities", completion_logs, double_completion_logs, relative_to_scale),
    _kernel("gradient of log-probabilities", log_gradient, double_log_gradient, relative_to_largest, factor=4.0),
    _kernel("sampling with a cache, float32", partial(sampled, dtype="float32"), double_sampled, relative_to_scale),
    _kernel(
        "sampling with a cache, bfloat16",
        partial(sampled, dtype="bfloat16"),
        double_sampled,
        relative_to_scale,
        bfloat16=True,
    ),
)
