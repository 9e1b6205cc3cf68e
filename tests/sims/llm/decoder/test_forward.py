"""The decoder on tiny random weights: against a plain NumPy decoder in float64, and its structural properties."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import DecoderConfig, DecoderParameters, RotaryEmbedding, hidden_states, last_logits
from sims.llm.decoder import attention
from sims.llm.decoder.attention import grouped_query_attention
from sims.llm.decoder.rotary import rotate


def reference_logits(parameters: DecoderParameters, config: DecoderConfig, ids: list[int]) -> np.ndarray:
    """Logits at every position in float64: one head at a time, one query at a time, rotations as complex numbers."""
    weights = jax.tree.map(lambda x: np.asarray(x, dtype=np.float64), parameters)
    x = weights.embedding[ids]
    half, group = config.head_size // 2, config.query_heads // config.key_value_heads

    def norm(v: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return v / np.sqrt((v**2).mean(-1, keepdims=True) + config.norm_epsilon) * weight

    def turn(v: np.ndarray) -> np.ndarray:
        turns = np.arange(len(v))[:, None] * config.rotary.base ** (-2 * np.arange(half) / config.head_size)
        z = (v[:, :half] + 1j * v[:, half:]) * np.exp(1j * turns)
        return np.concatenate([z.real, z.imag], axis=1)

    for layer in range(config.layers):
        w = jax.tree.map(lambda x, layer=layer: x[layer], weights.layers)
        y = norm(x, w.attention_norm)
        mixed = []
        for head in range(config.query_heads):
            rows = slice(head * config.head_size, (head + 1) * config.head_size)
            shared = slice((head // group) * config.head_size, (head // group + 1) * config.head_size)
            q, k, v = turn(y @ w.query[rows].T), turn(y @ w.key[shared].T), y @ w.value[shared].T
            out = []
            for place in range(len(ids)):
                scores = np.exp(q[place] @ k[: place + 1].T / np.sqrt(config.head_size))
                out.append(scores / scores.sum() @ v[: place + 1])
            mixed.append(np.stack(out))
        x = x + np.concatenate(mixed, axis=1) @ w.attention_output.T
        y = norm(x, w.feed_forward_norm)
        gate = y @ w.gate.T
        x = x + (gate / (1 + np.exp(-gate)) * (y @ w.up.T)) @ w.down.T
    return norm(x, weights.output_norm) @ weights.embedding.T


run_logits = jax.jit(last_logits, static_argnums=1)


def padded(rows: list[list[int]], length: int, filler: int = 0) -> tuple[jax.Array, jax.Array]:
    ids = [[filler] * (length - len(row)) + row for row in rows]
    kept = [[False] * (length - len(row)) + [True] * len(row) for row in rows]
    return jnp.array(ids, jnp.int32), jnp.array(kept)


ROWS = [[5, 17, 200, 3, 3, 90, 41], [8], list(range(20, 36)), [250, 1, 2]]


@pytest.mark.parametrize("length", [16, 32])
def test_agrees_with_a_plain_decoder(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters, length: int
) -> None:
    logits = run_logits(tiny_parameters, tiny_config, *padded(ROWS, length))
    assert logits.dtype == jnp.float32
    expected = np.stack([reference_logits(tiny_parameters, tiny_config, row)[-1] for row in ROWS])
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(np.asarray(logits), expected, atol=5e-5)


def test_untied_unembedding_is_used(tiny_config: DecoderConfig, tiny_parameters: DecoderParameters) -> None:
    untied = tiny_parameters._replace(unembedding=-2 * tiny_parameters.embedding)
    tied = run_logits(tiny_parameters, tiny_config, *padded(ROWS, 16))
    np.testing.assert_allclose(run_logits(untied, tiny_config, *padded(ROWS, 16)), -2 * tied, rtol=1e-6)


def test_later_tokens_do_not_alter_earlier_positions(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters
) -> None:
    ids, kept = padded([list(range(40, 56))], 16)
    run = jax.jit(hidden_states, static_argnums=1)
    before = run(tiny_parameters, tiny_config, ids, kept)
    after = run(tiny_parameters, tiny_config, ids.at[0, 9].set(7), kept)
    np.testing.assert_array_equal(before[:, :9], after[:, :9])
    assert (np.abs(before[:, 9:] - after[:, 9:]).max(axis=-1) > 1e-3).all()


def test_padding_is_invisible(tiny_config: DecoderConfig, tiny_parameters: DecoderParameters) -> None:
    short = run_logits(tiny_parameters, tiny_config, *padded(ROWS, 16, filler=0))
    junk = run_logits(tiny_parameters, tiny_config, *padded(ROWS, 16, filler=77))
    longer = run_logits(tiny_parameters, tiny_config, *padded(ROWS, 64, filler=9))
    np.testing.assert_array_equal(short, junk)
    np.testing.assert_allclose(short, longer, atol=3e-5)


def test_queries_in_blocks_give_the_same(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = jax.jit(hidden_states, static_argnums=1)(tiny_parameters, tiny_config, *padded(ROWS, 32))
    monkeypatch.setattr(attention, "_QUERY_BLOCK", 8)
    # The compiled function of the other block size must not be reused.
    jax.clear_caches()
    blocked = jax.jit(hidden_states, static_argnums=1)(tiny_parameters, tiny_config, *padded(ROWS, 32))
    for row, ids in enumerate(ROWS):
        np.testing.assert_allclose(whole[row, -len(ids) :], blocked[row, -len(ids) :], atol=3e-5)


def test_rotation_depends_on_differences_of_positions_and_keeps_norms() -> None:
    q, k = jnp.asarray(np.random.default_rng(0).normal(size=(2, 1, 1, 3, 8)).astype(np.float32))

    def product(first: int, second: int) -> jax.Array:
        turned = rotate(q, jnp.full((1, 1), first, jnp.int32), RotaryEmbedding(100.0, 8)) * rotate(
            k, jnp.full((1, 1), second, jnp.int32), RotaryEmbedding(100.0, 8)
        )
        return turned.sum(-1)

    np.testing.assert_allclose(product(3, 10), product(23, 30), atol=1e-5)
    assert np.abs(product(3, 10) - product(3, 11)).max() > 1e-2
    np.testing.assert_allclose(rotate(q, jnp.zeros((1, 1), jnp.int32), RotaryEmbedding(100.0, 8)), q)
    turned = rotate(q, jnp.full((1, 1), 50, jnp.int32), RotaryEmbedding(100.0, 8))
    np.testing.assert_allclose((turned**2).sum(-1), (q**2).sum(-1), rtol=1e-5)


def test_grouped_attention_is_ordinary_attention_with_repeated_keys() -> None:
    random = np.random.default_rng(1)
    query = random.normal(size=(2, 5, 3, 4, 8)).astype(np.float32)
    key, value = random.normal(size=(2, 2, 6, 3, 8)).astype(np.float32)
    visible = random.random((2, 5, 6)) < 0.6
    visible[:, :, 0] = True
    mixed = grouped_query_attention(*map(jnp.asarray, (query, key, value, visible)))
    repeated_key, repeated_value = np.repeat(key, 4, axis=2), np.repeat(value, 4, axis=2)
    scores = np.einsum("bqhd,bshd->bhqs", query.reshape(2, 5, 12, 8), repeated_key) / np.sqrt(8)
    weights = np.exp(scores) * visible[:, None]
    weights /= weights.sum(-1, keepdims=True)
    expected = np.einsum("bhqs,bshd->bqhd", weights, repeated_value)
    np.testing.assert_allclose(mixed, expected.reshape(query.shape), atol=1e-6)


def test_derivatives_are_finite_and_agree_with_differences(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters
) -> None:
    ids, kept = padded(ROWS, 16)

    def loss(parameters: DecoderParameters) -> jax.Array:
        logits = last_logits(parameters, tiny_config, ids, kept)
        return jax.nn.log_softmax(logits)[jnp.arange(4), jnp.array([4, 5, 6, 7])].sum()

    gradient = jax.jit(jax.grad(loss))(tiny_parameters)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))
    random = np.random.default_rng(2)
    direction = jax.tree.map(lambda x: random.normal(size=x.shape).astype(np.float32), tiny_parameters)
    pairs = zip(jax.tree.leaves(gradient), jax.tree.leaves(direction), strict=True)
    slope = sum(np.vdot(np.asarray(g, np.float64), d) for g, d in pairs)
    _, tangent = jax.jit(lambda d: jax.jvp(loss, (tiny_parameters,), (d,)))(direction)
    np.testing.assert_allclose(tangent, slope, rtol=1e-4)
    # Along the gradient itself the slope is largest, so a difference in float32 sees it well.
    size = np.sqrt(sum(np.sum(np.square(leaf, dtype=np.float64)) for leaf in jax.tree.leaves(gradient)))
    value, step = jax.jit(loss), 1e-3
    ahead, behind = (
        value(jax.tree.map(lambda x, g, s=s: np.asarray(x) + np.float32(s / size) * g, tiny_parameters, gradient))
        for s in (step, -step)
    )
    np.testing.assert_allclose((ahead - behind) / (2 * step), size, rtol=5e-3)


@pytest.mark.parametrize("double", [False, True])
def test_float32_whatever_the_precision_of_the_process(
    tiny_config: DecoderConfig, tiny_parameters: DecoderParameters, double: bool
) -> None:
    ids, kept = padded(ROWS, 16)
    with jax.enable_x64(double):
        text = jax.jit(partial(last_logits, config=tiny_config)).lower(tiny_parameters, token_ids=ids, kept=kept)
    assert "xf64" not in text.as_text(), "an array of doubles; single constants are folded"
