"""The time to gain gamma of ground-truth reward, over the accuracy and the variance of the reward model.

No KL term. The left panel follows one policy; the right one, and all intervals, come from many policies drawn at
random, whose reward models are all given one variance: a reward multiplied by `a > 0` takes `1 / a` times as long, so
that the times at any other variance of the same reward model follow exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import softmax

from figures.drawing.correlations import spearman
from figures.drawing.intervals import mean_interval
from figures.figure import Figure, FigureData, Level
from figures.practice.drawn_reward_models import largest_variances, rankings_by_accuracy, rewards_of_variance
from figures.practice.phase_diagram_drawing import alternative_text, caption, draw
from figures.published.tables import published_variances
from figures.table import stack_rows
from sims.flow_hitting_times import hitting_times
from theory.bounds import lower_bounds
from theory.bounds.growth_control import controlled_time
from theory.bounds.pathwise import artanh_rise
from theory.tabular.problem import make_problem

SEED = 0
POLICY = np.array([0.30, 0.25, 0.20, 0.12, 0.07, 0.04, 0.02])
GROUND_TRUTH = np.linspace(-1.0, 1.0, 7)
"""The left panel's policy and ground truth: the better an output, the less likely it is at first."""

SHARE_OF_GAIN = 0.3
"""`gamma` over what there is to gain, `max r_G - V_G`."""

VARIANCES = {
    "smoke": (0.01, 0.3),
    "quick": tuple(np.geomspace(1e-3, 0.9, 10)),
    "full": tuple(np.geomspace(1e-4, 0.9, 25)),
}
DRAWS = {"smoke": 3, "quick": 15, "full": 101}
SEEDS = {"smoke": 2, "quick": 24, "full": 100}
DRAWS_PER_SEED = {"smoke": 1, "quick": 5, "full": 20}
COMMON_VARIANCE = 0.01
"""Of all reward models in the right panel, before they are scaled."""

RATIOS = {"smoke": 5, "quick": 31, "full": 61}
LARGEST_RATIO = 1000.0
ACCURATE = 0.5
"""The paper's reward models have accuracies from 0.59 to 1."""

PAIRS = {"one at least gains": False, "both gain": True}


def increase(policy: np.ndarray, truth: np.ndarray) -> float:
    """`gamma` for a policy."""
    return SHARE_OF_GAIN * float(truth.max() - policy @ truth)


def _times(policy: np.ndarray, truth: np.ndarray, rewards: np.ndarray, gamma: np.ndarray | float) -> np.ndarray:
    """`t_gamma` of a batch, with infinity where it is never reached."""
    problem = make_problem(
        initial_probabilities=np.broadcast_to(policy, rewards.shape),
        proxy_reward=rewards,
        ground_truth_reward=np.broadcast_to(truth, rewards.shape),
    )
    found = hitting_times(problem, np.broadcast_to(np.asarray(gamma, dtype=float), rewards.shape[:1]))
    return np.where(found.reached, found.time, np.inf)


def cells(level: Level) -> dict[str, np.ndarray]:
    """The left panel: one row per accuracy and variance, with quantiles over the reward models drawn there.

    A median that is infinite (at least half never gain `gamma`) is empty.
    """
    rng = np.random.default_rng(SEED)
    rankings = rankings_by_accuracy(GROUND_TRUTH)
    rows: list[dict[str, Any]] = []
    drawn = []
    for accuracy, orders in rankings.items():
        largest = largest_variances(orders, POLICY)
        for wanted in VARIANCES[level]:
            able = orders[largest > wanted]
            rows.append(
                {"accuracy": accuracy, "reward_variance": float(wanted), "models": DRAWS[level] * bool(len(able))}
            )
            if len(able):
                chosen = able[rng.integers(len(able), size=DRAWS[level])]
                drawn.append(rewards_of_variance(rng, chosen, POLICY, float(wanted)))
    gamma = increase(POLICY, GROUND_TRUTH)
    rise = artanh_rise(gamma, float(POLICY @ GROUND_TRUTH))
    times = iter(_times(POLICY, GROUND_TRUTH, np.concatenate(drawn), gamma).reshape(-1, DRAWS[level]))
    for row in rows:
        row["bound_s3"] = float(lower_bounds.sharpened_proposition_3(gamma, row["reward_variance"], 1.0))
        row["bound_s3_plus_plus"] = float(controlled_time(rise, row["reward_variance"], 1.0))
        if row["models"]:
            found = np.sort(next(times))
            row["share_reached"] = float(np.mean(np.isfinite(found)))
            # The middle of an odd number of draws: no average of a finite and an infinite time.
            row["median_time"] = float(found[len(found) // 2]) if np.isfinite(found[len(found) // 2]) else np.nan
            row["shortest_time"] = float(found[0]) if np.isfinite(found[0]) else np.nan
    return stack_rows(*({"mark": "cell", **row} for row in rows))


def population(level: Level) -> tuple[np.ndarray, np.ndarray]:
    """Random policies with reward models of `COMMON_VARIANCE`, as many at every accuracy.

    **Returns** `times` and `accuracies`, shape `(seeds, models)`; logits are normal, ground truths uniform.
    """
    outputs, policies, truths, rewards, gammas, accuracies = len(POLICY), [], [], [], [], []
    for seed in range(SEEDS[level]):
        rng = np.random.default_rng([SEED, seed])
        policy = softmax(rng.standard_normal(outputs))
        truth = rng.uniform(-1, 1, outputs)
        for accuracy, orders in rankings_by_accuracy(truth).items():
            able = orders[largest_variances(orders, policy) > COMMON_VARIANCE]
            chosen = able[rng.integers(len(able), size=DRAWS_PER_SEED[level])]
            rewards.append(rewards_of_variance(rng, chosen, policy, COMMON_VARIANCE))
            accuracies.append(np.full(len(chosen), accuracy))
            policies.append(np.broadcast_to(policy, chosen.shape))
            truths.append(np.broadcast_to(truth, chosen.shape))
            gammas.append(np.full(len(chosen), increase(policy, truth)))
    times = _times(np.concatenate(policies), np.concatenate(truths), np.concatenate(rewards), np.concatenate(gammas))
    return times.reshape(SEEDS[level], -1), np.concatenate(accuracies).reshape(SEEDS[level], -1)


def share_of_faster(times: np.ndarray, accuracies: np.ndarray, ratio: float, *, both: bool = False) -> float:
    """The share of pairs in which the less accurate model, with `ratio` times the variance of the other, is faster.

    Over all pairs of models of different accuracy of which at least one, or both, ever gain `gamma`.

    **Arguments**: `times` at one variance, infinite if never, and `accuracies`, shape `(models,)`.
    """
    faster, slower = np.broadcast_arrays(times[:, None] / np.sqrt(ratio), times[None, :])
    reached = np.stack([np.isfinite(faster), np.isfinite(slower)])
    counted = (accuracies[:, None] < accuracies[None, :]) & (reached.all(axis=0) if both else reached.any(axis=0))
    return float(np.mean(faster[counted] < slower[counted]))


def rank_correlations(
    rng: np.random.Generator, times: np.ndarray, accuracies: np.ndarray, ratio: float
) -> tuple[float, float]:
    """Spearman's correlation of time with variance, and with accuracy, over models of different variances.

    Each model is given a variance of its own, log-uniform over a range whose ends have this ratio; never is the longest
    time of all.
    """
    log_variance = rng.uniform(0, np.log(ratio), times.shape)
    scaled = times * np.exp(-log_variance / 2)
    return spearman(log_variance, scaled), spearman(accuracies, scaled)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The mean over seeds and the half-width of its 95% interval, as numbers."""
    mean, half = mean_interval(values)
    return float(mean), float(half)


def compute(level: Level) -> FigureData:
    """Cells of one policy; shares and correlations over many."""
    left = cells(level)
    times, accuracies = population(level)
    ratios = np.geomspace(1, LARGEST_RATIO, RATIOS[level])
    curves = [
        {"mark": "share", "pairs": name, "variance_ratio": ratios} | _shares(times, accuracies, ratios, both)
        for name, both in PAIRS.items()
    ]
    settings = {
        "seed": SEED,
        "policy": POLICY.tolist(),
        "ground_truth": GROUND_TRUTH.tolist(),
        "share_of_gain": SHARE_OF_GAIN,
        "gamma": increase(POLICY, GROUND_TRUTH),
        "draws_per_cell": DRAWS[level],
        "seeds": SEEDS[level],
        "models_per_seed": times.shape[1],
        "kl_coefficient": 0.0,
    }
    data = FigureData(stack_rows(left, *curves), settings)
    return FigureData(data.columns, settings, _facts(data, times, accuracies))


def _shares(times: np.ndarray, accuracies: np.ndarray, ratios: np.ndarray, both: bool) -> dict[str, np.ndarray]:
    found = [
        interval(np.array([share_of_faster(*one, ratio, both=both) for one in zip(times, accuracies, strict=True)]))
        for ratio in ratios.tolist()
    ]
    return {"share_faster": np.array([mean for mean, _ in found]), "half_width": np.array([half for _, half in found])}


def published_ratio() -> float:
    """The largest over the smallest reward variance of the paper's Table 1."""
    variances = published_variances().values()
    return max(variances) / min(variances)


def _facts(data: FigureData, times: np.ndarray, accuracies: np.ndarray) -> dict[str, float | int | str]:
    rng = np.random.default_rng([SEED, 1])
    ratio = published_ratio()
    facts: dict[str, float | int | str] = {"published_ratio": ratio, "never": float(np.mean(np.isinf(times)))}
    for name, value in (("equal", 1.0), ("published", ratio), ("hundredfold", 100.0)):
        for suffix, both in (("", False), ("_both", True)):
            share = [share_of_faster(*one, value, both=both) for one in zip(times, accuracies, strict=True)]
            key = f"share_faster_{name}{suffix}"
            facts[key], facts[f"{key}_half_width"] = interval(np.array(share))
    perfect = accuracies == 1
    for name, value, least in (
        ("published", ratio, 0.0),
        ("hundredfold", 100.0, 0.0),
        ("thousandfold", LARGEST_RATIO, 0.0),
        ("accurate_published", ratio, ACCURATE),
        ("accurate_hundredfold", 100.0, ACCURATE),
    ):
        pairs = np.array(
            [
                rank_correlations(rng, time[accuracy >= least], accuracy[accuracy >= least], value)
                for time, accuracy in zip(times, accuracies, strict=True)
            ]
        )
        for column, name_of in enumerate(("variance", "accuracy")):
            key = f"rank_correlation_with_{name_of}_{name}"
            facts[key], facts[f"{key}_half_width"] = interval(pairs[:, column])
    beaten = [
        float(np.mean(time[~top][:, None] / np.sqrt(ratio) < time[top][None, :]))
        for time, top in zip(times, perfect, strict=True)
    ]
    facts["share_faster_than_perfect_published"], facts["share_faster_than_perfect_published_half_width"] = interval(
        np.array(beaten)
    )
    rows = data.where(mark="cell")
    drawn = rows["models"] > 0
    facts |= {
        "cells": int(drawn.size),
        "unreachable_cells": int(np.sum(~drawn)),
        "cells_whose_median_is_never": int(np.sum(np.isnan(rows["median_time"][drawn]))),
        "smallest_time_over_s3": float(np.nanmin(rows["shortest_time"][drawn] / rows["bound_s3"][drawn])),
        "smallest_time_over_s3_plus_plus": float(
            np.nanmin(rows["shortest_time"][drawn] / rows["bound_s3_plus_plus"][drawn])
        ),
        "accuracies": len(np.unique(rows["accuracy"])),
    }
    facts |= _against_perfect(rows)
    return facts


def _against_perfect(rows: dict[str, np.ndarray]) -> dict[str, float | int]:
    """How many cells beat the perfect model of equal variance, and of the smallest variance, in median time."""
    perfect = rows["accuracy"] == 1
    equal = dict(zip(rows["reward_variance"][perfect].tolist(), rows["median_time"][perfect].tolist(), strict=True))
    rival = np.array([equal[variance] for variance in rows["reward_variance"].tolist()])
    slowest = rows["median_time"][perfect][np.argmin(rows["reward_variance"][perfect])]
    beats, reached = ~perfect & (rows["median_time"] < rival), ~perfect & ~np.isnan(rows["median_time"])
    return {
        "imperfect_cells_that_reach": int(reached.sum()),
        "imperfect_cells_faster_than_perfect_of_equal_variance": int(beats.sum()),
        "imperfect_cells_faster_than_perfect_of_least_variance": int(np.sum(reached & (rows["median_time"] < slowest))),
    }


FIGURE = Figure(
    title="Accuracy decides whether a policy gains, accuracy and reward variance how fast",
    corresponds_to=(
        "Table 1 and Section 4.1 of the paper, which compares seven reward models: here hundreds of combinations of "
        "accuracy and variance on small tabular policies, uniform pairs, exact gradient flow and no KL term."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.55,
)
