"""The properties that the paper correlates with the increase of reward (Table 2), over each repetition's models."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from sims.rlhf import Replication
from sims.rlhf.teachers import TEACHERS, TRUTH

VARIANCE, ON_POLICY, OFF_POLICY = "reward variance", "on-policy accuracy", "off-policy accuracy"
ACCURACY, COMBINED = "on- & off-policy accuracy", "reward variance & accuracy"
STANDARDISED = "the same, standardised"
PROPERTIES = (VARIANCE, ON_POLICY, OFF_POLICY, ACCURACY, COMBINED, STANDARDISED)
INCREASES = ("proxy", "ground truth")
COEFFICIENTS = ("Pearson", "Spearman")

CORRELATED = [name != TRUTH for name in TEACHERS]
"""The reward models that are correlated: all except the ground truth (see `published-correlations`)."""

EPOCH = 1
"""After which the paper takes the increases of Table 2."""

Rows = Float64[np.ndarray, "repetitions models"]


def properties(found: Replication) -> dict[str, Rows]:
    """Every property of `PROPERTIES`, of all reward models but the ground truth."""
    return properties_from(*(np.asarray(values)[:, CORRELATED] for values in found[:3]))


def properties_from(variance: Rows, on_policy: Rows, off_policy: Rows) -> dict[str, Rows]:
    """Every property of `PROPERTIES` from the three that are measured.

    "&" is an average: of variance and accuracy as measured, as the paper does, or of both standardised over the models
    of a repetition. Accuracy on both kinds of pairs is the mean of both accuracies.
    """
    accuracy = (on_policy + off_policy) / 2
    return {
        VARIANCE: variance,
        ON_POLICY: on_policy,
        OFF_POLICY: off_policy,
        ACCURACY: accuracy,
        COMBINED: (variance + accuracy) / 2,
        STANDARDISED: _standardised(variance) + _standardised(accuracy),
    }


def _standardised(values: Rows) -> Rows:
    centred = values - values.mean(axis=1, keepdims=True)
    return np.asarray(centred / centred.std(axis=1, keepdims=True))


def increases(found: Replication, *, epoch: int = EPOCH, sampled: bool = False) -> dict[str, Rows]:
    """The increases of both rewards after some epochs, means over seeds; exact, or as evaluated on sampled outputs."""
    proxy, truth = (
        (found.sampled_proxy_increase, found.sampled_ground_truth_increase)
        if sampled
        else (found.proxy_increase, found.ground_truth_increase)
    )
    both = (np.asarray(values)[..., epoch][:, CORRELATED].mean(axis=-1) for values in (proxy, truth))
    return dict(zip(INCREASES, both, strict=True))


def correlations(
    found: Replication, *, sampled: bool = False
) -> dict[tuple[str, str, str], Float64[np.ndarray, " repetitions"]]:
    """Correlations over the reward models, one for each repetition, by property, increase and coefficient."""
    return correlations_between(properties(found), increases(found, sampled=sampled))


def correlations_between(
    measured: dict[str, Rows], gained: dict[str, Rows]
) -> dict[tuple[str, str, str], Float64[np.ndarray, " repetitions"]]:
    """Correlations over the models of each row, by property, increase and coefficient."""
    return {
        (name, increase, coefficient): row_correlations(*(kind(x) for x in (values, gains)))
        for name, values in measured.items()
        for increase, gains in gained.items()
        for coefficient, kind in (("Pearson", np.asarray), ("Spearman", _ranks))
    }


def row_correlations(first: Rows, second: Rows) -> Float64[np.ndarray, " repetitions"]:
    """Pearson's correlation of each row of one matrix with the same row of the other; NaN for a constant row."""
    x, y = (values - values.mean(axis=1, keepdims=True) for values in (first, second))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sum(x * y, axis=1) / np.sqrt(np.sum(x**2, axis=1) * np.sum(y**2, axis=1)))


def _ranks(values: Rows) -> Rows:
    # Importing it takes a second, which every command would wait for.
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1))
