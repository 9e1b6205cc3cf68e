"""Small sets of scored completions, and quick settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from flatscape.audit import AuditSettings
from flatscape.audit.given.samples import PolicySamples
from theory.estimators.grouped_rewards import make_grouped_rewards

QUICK = AuditSettings(resamples=40)

START = (0.08, 0.52, 0.16, 0.12, 0.12)
BETTER_PROXY: dict[str, Any] = {
    "prompt": ["q"] * 5,
    "completion": list("abcde"),
    "truth": [1.0, 0.7, -0.8, -0.8, -0.8],
    "rm_truth": [1.0, 0.7, -0.8, -0.8, -0.8],
    "rm_proxy": [1.0, -0.8, -0.8, -0.8, -0.8],
    "weight": list(START),
}
"""One prompt, where the truth varies more, is more accurate and has the larger gradient, and teaches worse."""


def noisy(prompts: int = 12, size: int = 4, *, noises: tuple[float, ...] = (0.1, 2.0), seed: int = 0) -> dict[str, Any]:
    """Completions with a truth, and reward models that are the truth with noise."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, prompts * size) / 2
    rewards = {f"rm_{k}": truth + noise * rng.normal(size=truth.size) for k, noise in enumerate(noises)}
    prompt = np.repeat([f"p{k}" for k in range(prompts)], size)
    return {"prompt": prompt.tolist(), "truth": truth, **rewards}


def samples(rewards: Any, offsets: Any, *, truth: Any = None, advantage: Any = None, **weights: Any) -> PolicySamples:
    """Samples of one policy, from arrays."""
    grouped = make_grouped_rewards(rewards, offsets, truth=truth, **weights)
    names = tuple(f"rm_{k}" for k in range(len(grouped.rewards)))
    return PolicySamples(None, names, grouped, None if advantage is None else np.array(advantage, dtype=np.float64))


def values(record: dict[str, Any], id: str, policy: int = 0) -> dict[str, Any]:
    """Estimates of a measure, by model."""
    (found,) = (m for m in record["policies"][policy]["measures"] if m["id"] == id)
    return found["estimate"]
