"""The register, on sampled completions: identities that trainers, audits and benchmarks rely on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from theory.comparison.several_rewards import decoupled_advantages, summed_advantages
from theory.comparison.trainer_conventions import trainer_advantages, trainer_convention
from theory.estimators.best_of_k import best_of_k_rewards
from theory.estimators.largest_variance import largest_variance_subset, sums_of_squares
from theory.estimators.no_signal import no_signal_probabilities
from theory.estimators.reward_variance import prompt_variances, sample_moments, whitened_variances
from theory.estimators.truth_classes import truth_class_variance
from theory.instances.group_sides import (
    best_of_k_sides,
    between_prompts,
    largest_with_replacement,
    no_signal_sides,
    pooled_no_signal,
    truth_class_parts,
    with_replacement,
)
from theory.instances.sampled_groups import (
    DrawnGroupInstance,
    ScoredGroupInstance,
    ScoredPromptsInstance,
    as_groups,
)
from theory.statement import Hypothesis, Relation, Sides, Statement, Subject, inequality, stated

STANDARDISED, CENTRED, LEAVE_ONE_OUT = map(trainer_convention, ("trl", "open-instruct", "nemo-rl-centred"))
"""Trainers' conventions of each kind: `(r - mean) / (s + 0.0001)`, `r - mean`, `r - mean of the others`."""


def _largest(rewards: np.ndarray, axis: int | tuple[int, ...] = -1) -> np.ndarray:
    return np.asarray(np.abs(rewards).max(axis=axis, keepdims=True))


def _leave_one_out(factor: Callable[[int], float]) -> Callable[[ScoredGroupInstance], Sides]:
    def sides(instance: ScoredGroupInstance) -> Sides:
        shape = instance.rewards.shape
        others, centred = (trainer_advantages(instance.grouped, c).reshape(shape) for c in (LEAVE_ONE_OUT, CENTRED))
        return Sides(others, factor(shape[-1]) * centred, 2 * _largest(instance.rewards))

    return sides


def _no_signal(instance: DrawnGroupInstance, estimate: Any = no_signal_probabilities) -> Sides:
    found, truth = no_signal_sides(instance, estimate)
    return Sides(found, truth, np.ones_like(truth))


def _pooling(instance: DrawnGroupInstance) -> Sides:
    found, _ = no_signal_sides(instance)
    return inequality(pooled_no_signal(instance), found.mean(axis=-1))


def _reversed(instance: DrawnGroupInstance) -> Sides:
    pooled, by_prompt, scale = _pooling(instance)
    return Sides(by_prompt, pooled, scale)


def _best_of_k(instance: DrawnGroupInstance, estimate: Any = best_of_k_rewards) -> Sides:
    found, truth = best_of_k_sides(instance, estimate)
    return Sides(found, truth, np.broadcast_to(_largest(instance.rewards), truth.shape))


def _half_and_half(rewards: np.ndarray, size: int) -> np.ndarray:
    place = np.argsort(np.argsort(rewards, axis=-1, kind="stable"), axis=-1)
    return (place < (size + 1) // 2) | (place >= rewards.shape[-1] - size // 2)


def _subset(instance: ScoredGroupInstance, best: Any = largest_variance_subset) -> Sides:
    """Sums of squares of the subset given and of the best of its size; both are divided by the same number."""
    sizes = instance.kept.sum(axis=-1)
    largest = np.zeros(instance.batch_shape)
    for size in np.unique(sizes):
        rows = sizes == size
        rewards = instance.rewards[rows]
        largest[rows] = sums_of_squares(rewards, best(rewards, int(size)))
    return inequality(sums_of_squares(instance.rewards, instance.kept), largest)


def _two_rewards(advantages: Any, second: float, weight: float) -> Callable[[ScoredGroupInstance], Sides]:
    """The advantages of a reward and another, `c - second * reward`, with the weights 1 and `weight`, against zero."""

    def sides(instance: ScoredGroupInstance) -> Sides:
        rewards = instance.rewards
        both = np.stack([rewards, instance.constant[..., None] - second * rewards])
        grouped = as_groups(rewards)._replace(rewards=both.reshape(2, -1))
        found = advantages(grouped, np.array([1.0, weight]), STANDARDISED).reshape(rewards.shape)
        size = (3 * _largest(rewards) + np.abs(instance.constant)[..., None]) / STANDARDISED.eps
        return Sides(found, np.zeros_like(found), size)

    return sides


def _truth_classes(instance: ScoredGroupInstance, *, each_class_once: bool = False) -> Sides:
    found = truth_class_variance(instance.grouped)
    parts = [part.reshape(instance.batch_shape) for part in (found.total, found.within, found.between)]
    wanted = truth_class_parts(instance.rewards, instance.truth, each_class_once=each_class_once)
    return Sides(np.stack(parts, axis=-1), wanted, 4 * np.ptp(instance.rewards, axis=-1)[..., None] ** 2)


def _size_of_shifted(instance: ScoredPromptsInstance) -> np.ndarray:
    return np.asarray(_largest(instance.rewards, (-2, -1)) + np.abs(instance.shift).max(axis=-1)[..., None, None])


def _prompt_shift(instance: ScoredPromptsInstance) -> Sides:
    before, after = (
        trainer_advantages(as_groups(rewards), STANDARDISED).reshape(rewards.shape)
        for rewards in (instance.rewards, instance.shifted)
    )
    rows = instance.rewards.shape[-1]
    scale = np.broadcast_to((2 + rows**0.5) * _size_of_shifted(instance) / STANDARDISED.eps, before.shape)
    return Sides(*(part.reshape(*instance.batch_shape, -1) for part in (after, before, scale)))


def _divided_by_all(instance: ScoredPromptsInstance) -> Sides:
    """The same where rewards are divided by the deviation over all prompts."""
    parts = []
    for rewards in (instance.shifted, instance.rewards):
        centred = rewards - rewards.mean(axis=-1, keepdims=True)
        parts.append(centred / (rewards.std(axis=(-2, -1), keepdims=True) + STANDARDISED.eps))
    after, before = (part.reshape(*instance.batch_shape, -1) for part in parts)
    return Sides(after, before, np.abs(after) + np.abs(before))


def _whitening(factor: float) -> Callable[[ScoredPromptsInstance], Sides]:
    def sides(instance: ScoredPromptsInstance) -> Sides:
        prompts, rows = instance.rewards.shape[-2:]
        flat = instance.shifted.reshape(-1, prompts, rows)
        whitened = [float(whitened_variances(prompt_variances(as_groups(one))).mean()) for one in flat]
        found = np.array(whitened).reshape(instance.batch_shape)
        variance = prompt_variances(as_groups(instance.rewards)).variance.reshape(-1, prompts).mean(axis=-1)
        variance = variance.reshape(instance.batch_shape)
        between = between_prompts(instance.shifted)
        bound = (prompts * rows - 1) * variance / between
        # Of means that nearly agree only the last digits differ.
        lost = _size_of_shifted(instance)[..., 0, 0] * np.sqrt(prompts * rows / between)
        return Sides(found, factor * bound, bound * (1 + lost))

    return sides


def _means_differ(instance: ScoredPromptsInstance) -> np.ndarray:
    shifted = instance.shifted
    spread = sample_moments(prompt_variances(as_groups(shifted))).variance
    # Means that differ by rounding alone do not differ.
    return np.asarray((between_prompts(shifted) > 1e-20 * _size_of_shifted(instance)[..., 0, 0] ** 2) & (spread > 0))


def _group(rewards: list[float], truth: list[float], constant: float, kept: list[bool]) -> ScoredGroupInstance:
    return ScoredGroupInstance(
        rewards=np.array(rewards), truth=np.array(truth), constant=np.array(constant), kept=np.array(kept)
    )


def _one_winner() -> ScoredGroupInstance:
    return _group([0.9, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], 1.0, [False, True, True, True])


def _two_prompts() -> ScoredPromptsInstance:
    rewards = np.array([[0.0, 1 / 128], [0.0, 1 / 64]])
    return ScoredPromptsInstance(rewards=rewards, shift=np.array([0.0, 1.0]))


def _two_coins() -> DrawnGroupInstance:
    probabilities = np.array([[0.05, 0.95], [0.4, 0.6]])
    return DrawnGroupInstance(probabilities=probabilities, rewards=np.array([1.0, 0.0]), draws=4, size=3)


MEANS_DIFFER: Hypothesis[Any] = Hypothesis("means-differ", r"\bar r_x + \delta_x \text{ not all equal}", _means_differ)


def _statement(
    subject: Subject,
    id: str,
    number: str,
    title: str,
    latex: str,
    sides: Callable[[Any], Sides],
    control: tuple[str, Callable[[Any], Sides], Callable[[], Any]],
    *,
    origin: str,
    relation: Relation = Relation.EQUAL,
    hypotheses: tuple[Hypothesis[Any], ...] = (),
) -> Statement[Any]:
    return stated(
        subject,
        id,
        number,
        title,
        latex,
        sides,
        control,
        hypotheses,
        section="docs/sampled-groups.md",
        origin=origin,
        relation=relation,
    )


SAMPLED_GROUP_STATEMENTS: tuple[Statement[Any], ...] = (
    _statement(
        Subject.GROUP,
        "leave-one-out",
        "RLOO",
        "Leave-one-out advantages are centred rewards times G/(G-1)",
        r"r_i - \tfrac{1}{G-1}\textstyle\sum_{j \ne i} r_j = \tfrac{G}{G-1}(r_i - \bar r)",
        _leave_one_out(lambda rows: rows / (rows - 1)),
        ("centred rewards as they are", _leave_one_out(lambda rows: 1.0), _one_winner),
        origin="2402.14740",
    ),
    _statement(
        Subject.GROUP,
        "largest-variance",
        "PODS",
        "The subset of largest variance is made of the smallest and the largest rewards",
        r"\mathrm{Var}(r_T) \le \max_{0 \le k \le m} "
        r"\mathrm{Var}(r_{(1)}, \dots, r_{(k)}, r_{(n-m+k+1)}, \dots, r_{(n)})\quad |T| = m",
        _subset,
        ("as many of the smallest as of the largest", partial(_subset, best=_half_and_half), _one_winner),
        origin="2504.13818",
        relation=Relation.AT_MOST,
    ),
    _statement(
        Subject.GROUP,
        "summed-cancel",
        "GDPO, summed",
        "Two rewards of constant sum cancel where they are summed and then standardised",
        r"r + r' = c \Rightarrow A_i(r + r') = 0",
        _two_rewards(summed_advantages, 1.0, 1.0),
        ("the second falls twice as fast", _two_rewards(summed_advantages, 2.0, 1.0), _one_winner),
        origin="2601.05242",
    ),
    _statement(
        Subject.GROUP,
        "decoupled-cancel",
        "GDPO, decoupled",
        "Two rewards of constant sum cancel where they are standardised and then summed",
        r"r + r' = c \Rightarrow A_i(r) + A_i(r') = 0",
        _two_rewards(decoupled_advantages, 1.0, 1.0),
        ("the second with twice the weight", _two_rewards(decoupled_advantages, 1.0, 2.0), _one_winner),
        origin="2601.05242",
    ),
    _statement(
        Subject.GROUP,
        "truth-classes",
        "S-TC",
        "Reward variance is that within classes of equal truth plus that between them",
        r"\textstyle\sum_i (r_i - \bar r)^2 = \sum_i (r_i - \bar r_{c(i)})^2 + \sum_c n_c (\bar r_c - \bar r)^2",
        _truth_classes,
        ("every class counts once", partial(_truth_classes, each_class_once=True), _one_winner),
        origin="ours",
    ),
    _statement(
        Subject.PROMPTS,
        "prompt-shift",
        "S-PS, advantages",
        "A shift of all rewards of a prompt changes no advantage",
        r"A_i(r + \delta_x) = A_i(r)",
        _prompt_shift,
        ("rewards divided by the deviation over all prompts", _divided_by_all, _two_prompts),
        origin="ours",
    ),
    _statement(
        Subject.PROMPTS,
        "whitening-shift",
        "S-PS, whitening",
        "Shifts of prompts make the whitened reward variance as small as one likes",
        r"E_x[\mathrm{Var}_x[(r + \delta)/s]] \le \frac{N - 1}{\sum_x n_x (\bar r_x + \delta_x - \mu)^2}"
        r"\,E_x[\mathrm{Var}_x[r]]",
        _whitening(1.0),
        ("half of the right side", _whitening(0.5), _two_prompts),
        origin="ours",
        relation=Relation.AT_MOST,
        hypotheses=(MEANS_DIFFER,),
    ),
    _statement(
        Subject.DRAWS,
        "no-signal-unbiased",
        "P(no signal), estimate",
        "The estimate of P(no signal) is unbiased",
        r"E[\textstyle\sum_v C(c_v, G)] / C(n, G) = \sum_v p_v^G\quad(C(n, G) = n!/(G!\,(n - G)!))",
        _no_signal,
        ("groups drawn with replacement", partial(_no_signal, estimate=with_replacement), _two_coins),
        origin="2503.14476",
    ),
    _statement(
        Subject.DRAWS,
        "no-signal-pooling",
        "P(no signal), pooling",
        "Pooling prompts under-reports P(no signal)",
        r"\textstyle\sum_v (E_x p_{x,v})^G \le E_x \sum_v p_{x,v}^G",
        _pooling,
        ("the other way round", _reversed, _two_coins),
        origin="2503.14476",
        relation=Relation.AT_MOST,
    ),
    _statement(
        Subject.DRAWS,
        "best-of-k-unbiased",
        "Best of k",
        "The estimate of the best of k is unbiased",
        r"E[\textstyle\sum_i r_{(i)} C(i-1, k-1)] / C(n, k) = E[\max(r_1, \dots, r_k)]",
        _best_of_k,
        ("draws with replacement", partial(_best_of_k, estimate=largest_with_replacement), _two_coins),
        origin="2107.03374",
    ),
)
"""Statements about sampled completions, in the order of the ledger."""
