"""The effects that the paper reports of Section 4.1, as numbers per repetition that are positive where one appears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from figures.paper.experiment.properties import (
    ACCURACY,
    COMBINED,
    EPOCH,
    OFF_POLICY,
    ON_POLICY,
    STANDARDISED,
    VARIANCE,
    correlations,
)
from sims.rlhf import TEACHERS, Replication
from sims.rlhf.teachers import FLAT, TRUTH

Numbers = Float64[np.ndarray, " repetitions"]

ON_POLICY_MODEL = TEACHERS[0]
"""Trained on pairs from the initial policy alone: of lower accuracy than the flat model, of higher variance."""

OFF_POLICY_MODEL = TEACHERS[4]
"""Trained on pairs from the other distribution alone."""


@dataclass(frozen=True)
class Effect:
    """**Fields**: `id`; `claim`, what the paper says; `measure`, what the number is; `of`, which computes it."""

    id: str
    claim: str
    measure: str
    of: Callable[[Replication], Numbers]


def truth_increase(found: Replication, model: str, epoch: int) -> Numbers:
    """The increase of ground-truth reward under a reward model, mean over seeds; negative epochs count from the end."""
    return np.asarray(found.ground_truth_increase)[:, TEACHERS.index(model), :, epoch].mean(axis=-1)


def flat_falls_behind(found: Replication) -> Numbers:
    """The share of the on-policy model's first increase that the flat one misses."""
    rival = truth_increase(found, ON_POLICY_MODEL, EPOCH)
    return 1 - truth_increase(found, FLAT, EPOCH) / rival


def proxy_wins_early(found: Replication) -> Numbers:
    """How much more the on-policy model's first increase is than that of the ground truth itself, relative to it."""
    return truth_increase(found, ON_POLICY_MODEL, EPOCH) / truth_increase(found, TRUTH, EPOCH) - 1


def truth_wins_late(found: Replication) -> Numbers:
    """How much less the on-policy model has gained in the end than the ground truth, relative to the latter."""
    return 1 - truth_increase(found, ON_POLICY_MODEL, -1) / truth_increase(found, TRUTH, -1)


def hacking(found: Replication) -> Numbers:
    """How far ground-truth reward has fallen from its peak in the end under the model that saw no on-policy pair.

    In units of the truth's last increase. The peak's epoch is that of the other repetitions' mean: noise alone has a
    peak, too, but not where others have theirs. Zero where they rise until the end. The paper finds that models of high
    off-policy and low on-policy accuracy tend to be hacked (Section 4.1).
    """
    gains = np.asarray(found.ground_truth_increase)[:, TEACHERS.index(OFF_POLICY_MODEL)].mean(axis=1)
    peak = np.argmax(gains.sum(axis=0) - gains, axis=1)
    fall = gains[np.arange(len(gains)), peak] - gains[:, -1]
    return fall / truth_increase(found, TRUTH, -1)


def kl_of_level(found: Replication, model: str, level: Numbers) -> Numbers:
    """The KL divergence at which the ground-truth reward first has risen by a level, linear between epochs, nats."""
    row = TEACHERS.index(model)
    gains, divergences = (
        np.asarray(values)[:, row].mean(axis=1) for values in (found.ground_truth_increase, found.kl_divergence)
    )
    spent = []
    for gain, divergence, wanted in zip(gains, divergences, level, strict=True):
        after = int(np.argmax(gain >= wanted))
        spent.append(np.interp(wanted, gain[after - 1 : after + 1], divergence[after - 1 : after + 1]))
    return np.array(spent)


def kl_efficiency(found: Replication) -> Numbers:
    """How much more KL divergence the on-policy model needs than the flat, perfectly accurate one for the same gain.

    Relative to the latter, at half of what the one that gains less has gained at its best.
    """
    paths = np.asarray(found.ground_truth_increase).mean(axis=2)
    best = [paths[:, TEACHERS.index(name)].max(axis=-1) for name in (ON_POLICY_MODEL, FLAT)]
    level = np.minimum(*best) / 2
    return kl_of_level(found, ON_POLICY_MODEL, level) / kl_of_level(found, FLAT, level) - 1


Correlations = Mapping[tuple[str, str, str], Numbers]
"""By property, increase and coefficient (`correlations_between`)."""


def variance_lead(r: Correlations) -> Numbers:
    """By how much variance correlates better with the proxy increase than the best of the accuracies (Pearson)."""
    best = np.max([r[name, "proxy", "Pearson"] for name in (ON_POLICY, OFF_POLICY, ACCURACY)], axis=0)
    return np.asarray(r[VARIANCE, "proxy", "Pearson"] - best)


def combined_lead(r: Correlations, average: str) -> Numbers:
    """By how much an average of variance and accuracy correlates better with the truth's increase than its parts."""
    parts = np.max([r[name, "ground truth", "Pearson"] for name in (VARIANCE, ON_POLICY, OFF_POLICY, ACCURACY)], axis=0)
    return np.asarray(r[average, "ground truth", "Pearson"] - parts)


def variance_predicts_proxy(found: Replication) -> Numbers:
    """The lead of variance in every repetition."""
    return variance_lead(correlations(found))


def both_predict_truth(found: Replication) -> Numbers:
    """The lead of the average of variance and accuracy, as measured."""
    return combined_lead(correlations(found), COMBINED)


def both_predict_truth_standardised(found: Replication) -> Numbers:
    """The same for the average of both standardised."""
    return combined_lead(correlations(found), STANDARDISED)


EFFECTS = (
    Effect("flat", "perfect but flat falls behind", "share of the increase missed", flat_falls_behind),
    Effect("early", "a proxy beats the truth early", "lead over the truth, epoch 1", proxy_wins_early),
    Effect("late", "the truth wins in the end", "lead of the truth, last epoch", truth_wins_late),
    Effect("hacking", "an off-policy model is hacked", "fall from the peak", hacking),
    Effect("kl", "accurate is KL-efficient", "extra KL of the proxy", kl_efficiency),
    Effect("variance", "variance predicts the proxy", "lead in correlation", variance_predicts_proxy),
    Effect("both", "both predict the truth", "lead in correlation", both_predict_truth),
    Effect("both-standardised", "both, standardised", "lead in correlation", both_predict_truth_standardised),
)
