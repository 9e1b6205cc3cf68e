"""Draws: nuclei by the book, frequencies equal to probabilities, and rows that do not depend on their company."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from sims.llm.sampling.draw import draw_tokens, nucleus
from sims.llm.sampling.settings import SamplingSettings
from theory.errors import InvalidInputError


def kept_by_sorting(logits: np.ndarray, top_p: float) -> set[int]:
    """The fewest tokens, likeliest first, whose probability is at least `top_p`."""
    probabilities = softmax(logits.astype(np.float64))
    order = np.argsort(-probabilities, kind="stable")
    count = int(np.searchsorted(np.cumsum(probabilities[order]), top_p)) + 1
    return set(order[:count].tolist())


@given(st.integers(0, 10**6), st.sampled_from([1e-6, 0.1, 0.5, 0.9, 0.999]))
def test_the_nucleus_is_that_of_sorting(seed: int, top_p: float) -> None:
    random = np.random.default_rng(seed)
    logits = (random.normal(size=(3, 50)) * random.uniform(0.1, 20)).astype(np.float32)
    kept = np.isfinite(np.asarray(nucleus(jnp.asarray(logits), top_p)))
    for row in range(3):
        assert set(np.flatnonzero(kept[row]).tolist()) == kept_by_sorting(logits[row], top_p)


@pytest.mark.parametrize("top_p", [1e-9, 0.5, 0.9999999])
def test_equal_logits_stay_together(top_p: float) -> None:
    logits = jnp.asarray([[2.0, 2.0, -1.0, 2.0], [-0.0, 0.0, 0.0, 0.0]], jnp.float32)
    kept = np.isfinite(np.asarray(nucleus(logits, top_p)))
    assert kept[0, [0, 1, 3]].all()
    assert kept[1].any()


def test_frequencies_are_probabilities() -> None:
    logits = jnp.asarray([[1.0, 0.0, -1.0, 2.0, 0.5]], jnp.float32)
    count = 20_000
    keys = jax.random.split(jax.random.key(3), count)
    many = jnp.broadcast_to(logits, (count, 5))
    for settings in (SamplingSettings(1), SamplingSettings(1, 0.5), SamplingSettings(1, 2.0, 0.7)):
        tokens, values = draw_tokens(keys, many, settings)
        warmed = np.asarray(logits[0], np.float64) / settings.temperature
        kept = np.isin(np.arange(5), list(kept_by_sorting(warmed, settings.top_p)))
        expected = softmax(np.where(kept, warmed, -np.inf))
        frequency = np.bincount(np.asarray(tokens), minlength=5) / count
        # Five standard deviations of a binomial.
        assert (np.abs(frequency - expected) <= 5 * np.sqrt(expected * (1 - expected) / count)).all()
        np.testing.assert_allclose(values, log_softmax(np.asarray(logits[0]))[np.asarray(tokens)], atol=1e-6)


def test_frequencies_across_blocks_of_the_vocabulary() -> None:
    likely = {3: 1.0, 255: 0.0, 256: 1.5, 600: 0.5, 699: -0.5}
    logits = np.full((1, 700), -9.0, np.float32)
    logits[0, list(likely)] = list(likely.values())
    count = 20_000
    many = jnp.broadcast_to(jnp.asarray(logits), (count, 700))
    tokens, values = draw_tokens(jax.random.split(jax.random.key(5), count), many, SamplingSettings(1))
    expected = softmax(logits[0].astype(np.float64))
    groups = np.array([list(likely).index(k) if k in likely else 5 + k // 256 for k in range(700)])
    frequency = np.bincount(groups[np.asarray(tokens)], minlength=8) / count
    wanted = np.bincount(groups, weights=expected, minlength=8)
    # Five standard deviations of a binomial.
    assert (np.abs(frequency - wanted) <= 5 * np.sqrt(wanted * (1 - wanted) / count)).all()
    np.testing.assert_allclose(values, np.log(expected)[np.asarray(tokens)], atol=1e-5)


def test_temperature_zero_takes_the_likeliest_token() -> None:
    logits = jnp.asarray(np.random.default_rng(0).normal(size=(4, 9)).astype(np.float32))
    tokens, _ = draw_tokens(jax.random.split(jax.random.key(0), 4), logits, SamplingSettings(1, 0.0))
    np.testing.assert_array_equal(tokens, np.argmax(logits, axis=-1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_tokens": 0}, "max_tokens: got 0"),
        ({"max_tokens": 1, "temperature": -0.1}, "temperature"),
        ({"max_tokens": 1, "temperature": float("nan")}, "temperature"),
        ({"max_tokens": 1, "top_p": 0.0}, "top_p"),
        ({"max_tokens": 1, "top_p": 1.1}, "top_p"),
        ({"max_tokens": 1, "stop_tokens": (-1,)}, "stop_tokens"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        SamplingSettings(**settings)
