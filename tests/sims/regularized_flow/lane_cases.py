"""Lanes of random problems with a KL term, in units of their proxy rewards' range."""

from __future__ import annotations

import numpy as np

from sims.regularized_flow.hitting_times import _scaled_lanes
from sims.regularized_flow.lanes import Lanes


def random_lanes(outputs: int, count: int, *, share: float = 0.5, coefficient: float = 1e-3) -> Lanes:
    """Problems in which the proxy reward is the one that is watched; `share` of its largest rise is awaited."""
    rng = np.random.default_rng(outputs + count)
    logs = np.log(rng.dirichlet(np.ones(outputs), count))
    reward = rng.uniform(-1, 1, (count, outputs))
    gamma = share * (reward.max(axis=1) - np.sum(np.exp(logs) * reward, axis=1))
    _, lanes = _scaled_lanes(logs, reward, reward, gamma, np.full(count, coefficient))
    return lanes
