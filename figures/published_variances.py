"""Reward variances that the paper measured, as it prints them (arXiv 2503.15477, Table 1)."""

from __future__ import annotations

PUBLISHED_VARIANCES = {
    "100% on-policy": 0.63,
    "75% on-policy": 0.616,
    "50% on-policy": 0.555,
    "25% on-policy": 0.438,
    "0% on-policy": 0.314,
    "perfect accuracy, low reward variance": 0.111,
    "ground truth": 0.256,
}
"""By reward model, under the initial policy of the paper's main experiment."""
