"""Reward models of the next token, made from a ground truth: their variance spans four decades and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float64

Vector = Float64[np.ndarray, " vocabulary"]

LIKELY = 1e-4
"""The steep teacher knows the tokens that are at least as likely as this, and calls all others equal."""

MASS_INSIDE = 0.99
FLATTENING = 0.01


def scaled(truth: Vector, factor: float) -> Vector:
    """Perfectly accurate, its variance `factor^2` times that of the truth."""
    return factor * truth


def contrast_on_unlikely_tokens(policy: Vector, truth: Vector) -> Vector:
    """Perfectly accurate, flat on rewards that the policy meets and steep on those that it hardly ever meets.

    An increasing odd function of the truth: of slope 0.01 up to the size that 99% of the policy's tokens stay below,
    and from there linear to 1.
    """
    size = np.abs(truth)
    order = np.argsort(size, kind="stable")
    inside = np.searchsorted(np.cumsum(policy[order]), MASS_INSIDE * policy.sum())
    corner = size[order[min(int(inside), len(order) - 1)]]
    beyond = np.maximum(size - corner, 0.0) / max(1 - corner, np.finfo(float).tiny)
    flat = FLATTENING * np.minimum(size, corner)
    return np.sign(truth) * (flat + (1 - FLATTENING * corner) * beyond)


def steep_on_likely_tokens(policy: Vector, truth: Vector) -> Vector:
    """Less accurate and of large variance: a likely token is good (1) or bad (-1), any other is worth nothing.

    Good is what the truth calls better than the policy's average.
    """
    return np.where(policy >= LIKELY, np.where(truth > policy @ truth, 1.0, -1.0), 0.0)


TEACHERS: Mapping[str, Callable[[Vector, Vector], Vector]] = {
    "truth": lambda policy, truth: truth,
    "truth times 0.1": lambda policy, truth: scaled(truth, 0.1),
    "truth times 0.01": lambda policy, truth: scaled(truth, 0.01),
    "contrast on unlikely tokens": contrast_on_unlikely_tokens,
    "steep on likely tokens": steep_on_likely_tokens,
}
"""The rewards of one prompt's next tokens, from the policy's probabilities and the truth, by the teacher's name."""
