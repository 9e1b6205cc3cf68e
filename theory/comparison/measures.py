"""Everything an audit measures of each reward model, as functions of means over prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.comparison.relative_flatness import relative_flatness
from theory.comparison.trainer_conventions import TrainerConvention, shrink_factors, trainer_convention
from theory.estimators.best_of_k import best_of_k_rewards, best_of_k_truths
from theory.estimators.group_moments import divided
from theory.estimators.grouped_rewards import GroupedRewards
from theory.estimators.no_signal import no_signal_probabilities
from theory.estimators.pairs import PairSums, pair_sums
from theory.estimators.ranking_accuracy import ACCURACY_RULES, ranking_accuracy
from theory.estimators.ranks import ranks
from theory.estimators.reward_variance import (
    PromptVariances,
    defined_prompts,
    near_zero,
    prompt_variances,
    sample_moments,
    sample_variance,
    share_columns,
    variance_share,
)
from theory.estimators.truth_classes import truth_class_variance

Statistic = Callable[..., np.ndarray]
"""Takes the means of the columns, each of shape `(*batch, models)`, and returns that shape."""


class Measure(NamedTuple):
    """One number per reward model: a function of means over the prompts.

    **Fields**: `name`; `columns`, per-prompt numbers of shape `(models, prompts)`, NaN where a prompt has none;
    `statistic`, of their means over the prompts that have one.
    """

    name: str
    columns: tuple[Float64[np.ndarray, "models prompts"], ...]
    statistic: Statistic


def mean_of(column: np.ndarray) -> np.ndarray:
    """The statistic of a measure that is a mean."""
    return column


def audit_measures(
    grouped: GroupedRewards,
    *,
    subset_sizes: Sequence[int] = (1, 2, 4, 8),
    group_sizes: Sequence[int] = (2, 4, 8),
    trainer: str = "trl",
) -> list[Measure]:
    """All measures that the data allow: those of accuracy and truth need a truth, weighted ones need weights.

    **Arguments**: `subset_sizes`, the `k` of Best-of-k; `group_sizes`, the `G` of P(no signal); `trainer`, a name of
    `TRAINER_CONVENTIONS`.

    **Raises** `InvalidInputError` for sizes that are not whole numbers of at least 1, and for another trainer.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0, 0.5, 0.5]], [0, 2, 4])
    >>> audit_measures(data, subset_sizes=(), group_sizes=())[0].name
    'reward mean'
    """
    convention = trainer_convention(trainer)
    variances = prompt_variances(grouped)
    found = list(_variance_measures(variances, convention))
    places = ranks(grouped) if group_sizes or subset_sizes else None
    found += [
        Measure(f"no signal, G={size}", (no_signal_probabilities(grouped, size, places),), mean_of)
        for size in group_sizes
    ]
    found += [Measure(f"best-of-{k} reward", (best_of_k_rewards(grouped, k, places),), mean_of) for k in subset_sizes]
    if grouped.truth is None:
        return found
    if np.isnan(grouped.truth).any():
        places = ranks(grouped, with_truth_only=True) if subset_sizes else None
    found += [Measure(f"best-of-{k} truth", (best_of_k_truths(grouped, k, places),), mean_of) for k in subset_sizes]
    found += _accuracy_measures("accuracy", pair_sums(grouped, policy_means=variances.mean))
    if grouped.log_weights is not None:
        sums = pair_sums(grouped, weighted=True, policy_means=variances.mean)
        found += _accuracy_measures("weighted accuracy", sums)
    classes = truth_class_variance(grouped)
    found.append(Measure("variance between truths", (classes.between,), mean_of))
    found.append(Measure("variance within truths", (classes.within,), mean_of))
    found.append(Measure("share within truths", (classes.within, classes.total), divided))
    found.append(Measure("variance of equal-truth pairs", (classes.equal_truth,), mean_of))
    return found


def _variance_measures(variances: PromptVariances, convention: TrainerConvention) -> Iterator[Measure]:
    moments = sample_moments(variances)
    prompts = float(variances.mean.shape[-1])
    of_models = defined_prompts(variances)

    def whitened(variance: np.ndarray, count: np.ndarray, total: np.ndarray, squares: np.ndarray) -> np.ndarray:
        return divided(variance, sample_variance(count, total, squares, prompts))

    def share(variance: np.ndarray, mean: np.ndarray, square: np.ndarray) -> np.ndarray:
        return variance_share(variance, mean, square, np.broadcast_to(of_models, variance.shape))

    yield Measure("reward mean", (variances.mean,), mean_of)
    yield Measure("reward variance", (variances.variance,), mean_of)
    yield Measure("relative gradient bound", (variances.variance,), lambda own: relative_flatness(own).gradient)
    yield Measure("whitened reward variance", (variances.variance, *moments), whitened)
    yield Measure("within-prompt share", share_columns(variances), share)
    yield Measure("zero variance", (variances.constant,), mean_of)
    yield Measure("near-zero variance", (near_zero(variances),), mean_of)
    yield Measure(f"shrink factor, {convention.name}", (shrink_factors(variances, convention),), mean_of)


def _accuracy_measures(name: str, sums: PairSums) -> Iterator[Measure]:
    for rule in ACCURACY_RULES:
        # Weights of different prompts stay on scales of their own: on one, a single pair would decide.
        ratios = ranking_accuracy(sums, rule)
        spoken = rule.replace("_", " ")
        yield Measure(f"{name}, {spoken}, pooled", (ratios.right, ratios.total), divided)
        yield Measure(f"{name}, {spoken}, by prompt", (ratios.of_prompts,), mean_of)
