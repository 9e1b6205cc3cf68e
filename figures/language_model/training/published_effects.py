"""The paper's own numbers for effects of Section 4.1, where it prints them."""

from __future__ import annotations

import numpy as np

from figures.published.correlations import COLUMNS, MODELS, recomputed
from figures.published.tables import TABLE_1, TABLE_2, published


def published_effects() -> dict[str, float]:
    """Leads in correlation from Tables 1 and 2 by the id of the effect; the others are in figures without numbers."""
    characteristics, correlations = published(TABLE_1), published(TABLE_2)
    proxy, truth = (correlations[f"pearson_with_{name}_increase"] for name in ("proxy", "ground_truth"))
    properties = np.stack([characteristics[name][:MODELS] for name in COLUMNS], axis=1)
    standardised = recomputed(properties, truth[:3])["standardised"]
    parts = truth[:4].max()
    return {
        "variance": float(proxy[0] - proxy[1:4].max()),
        "both": float(truth[4] - parts),
        "both-standardised": float(standardised - parts),
    }
