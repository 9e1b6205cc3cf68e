"""Hypothesis strategies, named after what they generate, and oracles that share no code with `theory`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from mpmath import mp, mpf

SIZES = (2, 3, 5)
"""Few numbers of outputs: each new shape is compiled anew."""


def normalized(logits: object) -> np.ndarray:
    """Log-probabilities, by the textbook formula."""
    values = np.asarray(logits, dtype=np.float64)
    values = values - values.max(axis=-1, keepdims=True)
    return values - np.log(np.exp(values).sum(axis=-1, keepdims=True))


def log_policies(outputs: int, lowest: float = -25.0) -> st.SearchStrategy[np.ndarray]:
    """Normalised log-probabilities, from uniform to nearly deterministic."""
    return st.lists(st.floats(lowest, 0), min_size=outputs, max_size=outputs).map(normalized)


def rewards(outputs: int) -> st.SearchStrategy[np.ndarray]:
    """Rewards in [-1, 1], ties and nearly equal rewards among them."""
    values = st.one_of(st.floats(-1, 1).map(lambda x: round(x, 6)), st.sampled_from([-1.0, 0.0, 1.0, 0.3, 0.3 + 1e-9]))
    return st.lists(values, min_size=outputs, max_size=outputs).map(np.array)


@st.composite
def policies_and_rewards(draw: Callable, policies: int = 1, rewards_given: int = 1) -> tuple[np.ndarray, ...]:
    """That many log-policies, then that many rewards, of one size."""
    outputs = draw(st.sampled_from(SIZES))
    drawn = [draw(log_policies(outputs)) for _ in range(policies)]
    return (*drawn, *(draw(rewards(outputs)) for _ in range(rewards_given)))


kl_coefficients = st.sampled_from([0.0, 1e-3, 0.1, 2.0])
increases = st.floats(1e-6, 1.9)


def complex_step(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The directional derivative of an analytic function, exact to rounding (Squire and Trapp 1998)."""
    step = 1e-30
    return np.imag(function(at + 1j * step * along)) / step


def softmax(logits: np.ndarray) -> np.ndarray:
    """Analytic in complex logits."""
    powers = np.exp(logits - logits.real.max())
    return powers / powers.sum()


def exact_moments(log_policy: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Mean and variance with fifty digits."""
    with mp.workdps(50):
        weights = [mp.exp(mpf(float(x))) for x in log_policy]
        numbers = [mpf(float(x)) for x in values]
        mean = mp.fdot(weights, numbers) / mp.fsum(weights)
        spread = mp.fdot(weights, [(x - mean) ** 2 for x in numbers]) / mp.fsum(weights)
        return float(mean), float(spread)
