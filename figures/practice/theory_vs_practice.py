"""Theory against practice: gradient flow and its bounds beside sampled methods, as reward variance falls in two ways.

One output is rewarded, the other outputs of the policy are not. At reward variance 1 the policy gives it one half and
the levels are -1 and 1; from there either the levels approach each other or the output becomes rare. The two families
start at the same problem, and in both all quantities of a group of samples follow from one binomial number. What is
derived here in place of Proposition 3 stands in `theory.bounds.standardised_updates`, with proofs in docs/sharpened.md.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
import optax

from figures.drawing.intervals import mean_interval, mean_interval_or_single
from figures.figure import Figure, FigureData, Level
from figures.practice.theory_vs_practice_drawing import alternative_text, caption, draw
from figures.table import stack_rows
from sims.flow_hitting_times import hitting_times
from sims.policy_gradient import (
    Method,
    dapo,
    degenerate_groups,
    degenerate_probability,
    exact_gradient,
    first_passage,
    grpo,
    reinforce,
    rloo,
    sample_outputs,
)
from sims.policy_gradient.advantages import standardised_advantages
from sims.policy_gradient.estimator import output_weights
from theory.bounds import lower_bounds
from theory.bounds.growth_control import controlled_time
from theory.bounds.pathwise import artanh_rise
from theory.bounds.standardised_updates import (
    expected_update_size,
    rare_output_time,
    standardised_rate,
    standardised_time,
)
from theory.bounds.updates import sampled_ascent_time
from theory.moments import variance
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.tabular.problem import make_problem

OUTPUTS, PROMPTS = 8, 4
POLICY = TabularPerPrefixPolicy(PROMPTS, OUTPUTS, 1)
INCREASE = 0.5
STEP = 0.1
"""The flow time of a step over the number of prompts."""

LEARNING_RATE = STEP * PROMPTS
SGD = optax.sgd(LEARNING_RATE)
GROUP_SIZE = 8
EPSILON = 1e-4

CLOSE, RARE = "the two levels are close", "the rewarded output is rare"
EXPONENTS: dict[str, dict[str, tuple[float, ...]]] = {
    "smoke": {CLOSE: (0.0, -2.0, -8.0), RARE: (0.0, -1.5)},
    "quick": {CLOSE: tuple(-1.0 * np.arange(11)), RARE: tuple(-0.5 * np.arange(7))},
    "full": {CLOSE: tuple(-0.5 * np.arange(21)), RARE: tuple(-0.25 * np.arange(15))},
}
"""Reward variances, as powers of ten."""

SEEDS = {"smoke": 3, "quick": 20, "full": 100}
HORIZON = {"smoke": 300, "quick": 10_000, "full": 60_000}
"""Steps after which a run is given up."""

GROUPS = {"smoke": 1_000, "quick": 10_000, "full": 100_000}
GROUP_SIZES = (2, 4, 8, 16)

FLOW = "gradient flow"
RLOO_GROUP = 2
METHODS: dict[str, Method] = {
    "gradient ascent": exact_gradient(),
    "REINFORCE": reinforce(1),
    "RLOO": rloo(RLOO_GROUP),
    "GRPO, no std": grpo(GROUP_SIZE, standardise=False),
    "GRPO": grpo(GROUP_SIZE, epsilon=EPSILON),
    "DAPO": dapo(GROUP_SIZE, epsilon=EPSILON),
}


def member(family: str, exponent: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Initial policy, `r_RM` and `r_G` of a family at a reward variance of `10 ** exponent`, shape `(outputs,)`."""
    probability, gap = place(family, np.asarray(10.0**exponent))
    policy = np.full(OUTPUTS, (1 - float(probability)) / (OUTPUTS - 1))
    policy[0] = float(probability)
    truth = np.where(np.arange(OUTPUTS) == 0, 1.0, -1.0)
    return policy, float(gap) / 2 * truth, truth


def place(family: str, reward_variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The probability of the rewarded output and the gap between the levels: `Var = gap^2 q (1 - q)`."""
    half, whole = np.full(reward_variance.shape, 0.5), np.full(reward_variance.shape, 2.0)
    if family == CLOSE:
        return half, np.asarray(whole * np.sqrt(reward_variance))
    # The smaller root of 4 q (1 - q) = Var, without the cancellation.
    return np.asarray(half * reward_variance / (1 + np.sqrt(1 - reward_variance))), whole


def method_times(level: Level, family: str, name: str) -> list[dict[str, Any]]:
    """One row per variance, from the highest; none after the first at which no prompt reaches the target."""
    rows = []
    method = METHODS[name]
    for exponent in EXPONENTS[level][family]:
        policy, proxy, truth = member(family, exponent)
        found = first_passage(
            POLICY,
            np.broadcast_to(np.log(policy), (PROMPTS, 1, OUTPUTS)),
            INCREASE,
            reward_model=np.broadcast_to(proxy, (PROMPTS, OUTPUTS)),
            ground_truth_reward=np.broadcast_to(truth, (PROMPTS, OUTPUTS)),
            optimizer=SGD,
            method=method,
            horizon=HORIZON[level],
            seeds=range(1 if method.exact else SEEDS[level]),
        )
        times = STEP * found.steps
        mean, half = map(float, mean_interval_or_single(times.mean(axis=1)))
        rows.append(
            {
                "mark": "time",
                "family": family,
                "method": name,
                "reward_variance": float(variance(policy, proxy)),
                "probability": float(policy[0]),
                "time": mean,
                "half_width": half,
                "shortest_time": float(times.min()),
                "share_reached": float(found.reached.mean()),
            }
        )
        if not found.reached.any():
            break
    return rows


def flow_times(level: Level) -> dict[str, Any]:
    """`t_gamma / |S|` of gradient flow at the same variances, both families in one batch."""
    keys = [(family, exponent) for family in (CLOSE, RARE) for exponent in EXPONENTS[level][family]]
    policy, proxy, truth = (np.stack(parts) for parts in zip(*(member(*key) for key in keys), strict=True))
    problem = make_problem(initial_probabilities=policy, proxy_reward=proxy, ground_truth_reward=truth)
    times = np.asarray(hitting_times(problem, INCREASE).time)
    return {
        "mark": "time",
        "family": np.array([family for family, _ in keys]),
        "method": FLOW,
        "reward_variance": np.asarray(variance(policy, proxy)),
        "probability": policy[:, 0],
        "time": times,
        "shortest_time": times,
        "share_reached": 1.0,
    }


def bound_curves(reward_variance: np.ndarray, family: str) -> dict[str, np.ndarray]:
    """Lower bounds on `t_gamma / |S|` by name: the paper's, S3 and S3++ for flow, S-RLOO, S-G1, S-G2 for the "
    "methods."""
    probability, gap = place(family, reward_variance)
    curves = {
        "Proposition 3": lower_bounds.proposition_3(INCREASE, reward_variance, 1.0),
        "S3": lower_bounds.sharpened_proposition_3(INCREASE, reward_variance, 1.0),
        "S3++": controlled_time(artanh_rise(INCREASE, 2 * probability - 1), reward_variance, 1.0),
        "S-RLOO": sampled_ascent_time(
            artanh_rise(INCREASE, 2 * probability - 1), reward_variance, 1.0, float(RLOO_GROUP)
        ),
        "S-G1": standardised_time(INCREASE, gap, EPSILON, 1.0),
    }
    if family == RARE:
        ends = (probability, probability + INCREASE / 2)
        rate = standardised_rate(float(GROUP_SIZE), gap, EPSILON)
        curves["S-G2"] = rare_output_time(*ends, rate, 1.0)
        curves["S-G2, DAPO"] = rare_output_time(*ends, rate, 1.0 / PROMPTS)
    return {name: np.asarray(values) for name, values in curves.items()}


@partial(jax.jit, static_argnums=(0, 1))
def _sampled(groups: int, sizes: tuple[int, ...], key: jax.Array, policy: jax.Array, proxy: jax.Array) -> Any:
    """How many independent groups of each size are degenerate, and `||g||_1` of groups of `GROUP_SIZE`."""
    logs = jax.numpy.broadcast_to(jax.numpy.log(policy), (groups, OUTPUTS))
    *keys, last = jax.random.split(key, len(sizes) + 1)
    counts = [
        degenerate_groups(proxy[sample_outputs(k, logs, size)]).sum() for k, size in zip(keys, sizes, strict=True)
    ]
    samples = sample_outputs(last, logs, GROUP_SIZE)
    advantages = standardised_advantages(proxy[samples], EPSILON)
    per_group = jax.vmap(lambda drawn, given: output_weights(drawn[None], given[None], OUTPUTS)[0])
    return jax.numpy.stack(counts), jax.numpy.abs(per_group(samples, advantages)).sum(axis=1)


def group_rows(level: Level, family: str) -> list[dict[str, Any]]:
    """Groups from the initial policies, exact and measured.

    The probability that a group is degenerate (95% intervals of Clopper and Pearson), and `||E g||_1` of GRPO (95%
    intervals of Student's t over groups).
    """
    # Importing it takes a second, which every command would wait for.
    from scipy.stats import binomtest

    rows: list[dict[str, Any]] = []
    for number, exponent in enumerate(EXPONENTS[level][family]):
        policy, proxy, _ = member(family, exponent)
        key = jax.random.key(2 * number + (family == RARE))
        counts, sizes = (np.asarray(part) for part in _sampled(GROUPS[level], GROUP_SIZES, key, policy, proxy))
        about = {"family": family, "reward_variance": float(variance(policy, proxy))}
        for size, count in zip(GROUP_SIZES, counts.tolist(), strict=True):
            low, high = binomtest(count, GROUPS[level]).proportion_ci()
            exact = float(degenerate_probability(policy, proxy, size))
            rows.append(
                about
                | {"mark": "degenerate", "group_size": size, "value": count / GROUPS[level], "exact": exact}
                | {"low": low, "high": high}
            )
        # All groups agree in the signs of the update: the norm of the mean is the mean of the norms.
        mean, half = map(float, mean_interval(sizes))
        gap, share = float(proxy[0] - proxy[1]), float(policy[0])
        exact = float(expected_update_size(share, gap, GROUP_SIZE, EPSILON))
        rows.append(about | {"mark": "update", "value": mean, "low": mean - half, "high": mean + half, "exact": exact})
    return rows


def exact_curves(family: str, reward_variance: np.ndarray) -> list[dict[str, Any]]:
    """The exact numbers of `group_rows` along a line of variances."""
    share, gap = place(family, reward_variance)
    policy = np.concatenate([share[:, None], np.repeat((1 - share[:, None]) / (OUTPUTS - 1), OUTPUTS - 1, 1)], axis=1)
    proxy = np.where(np.arange(OUTPUTS) == 0, 1.0, -1.0) * gap[:, None] / 2
    about = {"family": family, "reward_variance": reward_variance}
    curves: list[dict[str, Any]] = [
        about
        | {"mark": "degenerate curve", "group_size": size}
        | {"exact": np.asarray(degenerate_probability(policy, proxy, size))}
        for size in GROUP_SIZES
    ]
    exact = expected_update_size(share, gap, GROUP_SIZE, EPSILON)
    return [*curves, about | {"mark": "update curve", "exact": exact, "gradient": 2 * gap * share * (1 - share)}]


def compute(level: Level) -> FigureData:
    """Times of all methods on both families, bounds, degenerate groups and the sizes of updates."""
    blocks: list[dict[str, Any]] = [flow_times(level)]
    for family in (CLOSE, RARE):
        for name in METHODS:
            blocks += method_times(level, family, name)
        line = np.geomspace(10.0 ** min(EXPONENTS[level][family]), 1.0, 101)
        blocks += [
            {"mark": "bound", "family": family, "method": name, "reward_variance": line, "time": values}
            for name, values in bound_curves(line, family).items()
        ]
        blocks += exact_curves(family, line) + group_rows(level, family)
    settings = {
        "outputs": OUTPUTS,
        "prompts": PROMPTS,
        "gamma": INCREASE,
        "learning_rate": LEARNING_RATE,
        "step_over_prompts": STEP,
        "horizon_steps": HORIZON[level],
        "seeds": SEEDS[level],
        "group_size": GROUP_SIZE,
        "epsilon": EPSILON,
        "groups": GROUPS[level],
        "kl_coefficient": 0.0,
    }
    data = FigureData(stack_rows(*blocks), settings)
    return FigureData(data.columns, settings, _facts(data))


def _facts(data: FigureData) -> dict[str, float]:
    facts: dict[str, float] = {"rescue_limit": float(np.sqrt(GROUP_SIZE - 1) / 2)}
    for key, family in (("close", CLOSE), ("rare", RARE)):
        for name in (FLOW, *METHODS):
            rows = data.where(mark="time", family=family, method=name)
            s3 = np.asarray(lower_bounds.sharpened_proposition_3(INCREASE, rows["reward_variance"], 1.0))
            whole = rows["share_reached"] == 1
            stem = f"{key}_{name.replace(', ', '_').replace(' ', '_').lower()}"
            facts[f"{stem}_first_time"] = float(rows["time"][0])
            facts[f"{stem}_last_time"] = float(rows["time"][whole][-1])
            facts[f"{stem}_last_variance"] = float(rows["reward_variance"][whole][-1])
            facts[f"{stem}_smallest_ratio_to_s3"] = float(np.min(rows["time"][whole] / s3[whole]))
            # At the last variance at which all runs of both this method and gradient ascent reach the target.
            ascent = data.where(mark="time", family=family, method="gradient ascent")
            common = min(int(whole.sum()), int(np.sum(ascent["share_reached"] == 1))) - 1
            facts[f"{stem}_speed_up"] = float(ascent["time"][common] / rows["time"][common])
            facts[f"{stem}_speed_up_variance"] = float(rows["reward_variance"][common])
        shortest = {name: data.where(mark="time", family=family, method=name) for name in ("GRPO", "DAPO")}
        for name, share in (("GRPO", 1.0), ("DAPO", 1.0 / PROMPTS)):
            limit = share * bound_curves(shortest[name]["reward_variance"], family)["S-G1"]
            facts[f"{key}_{name.lower()}_smallest_ratio_to_sg1"] = float(
                np.min(shortest[name]["shortest_time"] / limit)
            )
    for name, bound in (("GRPO", "S-G2"), ("DAPO", "S-G2, DAPO")):
        rows = data.where(mark="time", family=RARE, method=name)
        facts[f"rare_{name.lower()}_smallest_ratio_to_sg2"] = float(
            np.min(rows["time"] / bound_curves(rows["reward_variance"], RARE)[bound])
        )
    degenerate = data.where(mark="degenerate")
    inside = (degenerate["low"] <= degenerate["exact"]) & (degenerate["exact"] <= degenerate["high"])
    facts["degenerate_points"], facts["degenerate_inside"] = inside.size, int(inside.sum())
    last = data.where(mark="degenerate", family=RARE, group_size=GROUP_SIZE)
    facts["rare_degenerate_first"], facts["rare_degenerate_last"] = float(last["exact"][0]), float(last["exact"][-1])
    facts["rare_last_probability"] = float(member(RARE, np.log10(last["reward_variance"][-1]))[0][0])
    return facts


FIGURE = Figure(
    title="Dividing by the group's deviation undoes small reward differences, not rare rewards",
    corresponds_to=(
        "Proposition 3 and the paper's experiments with RLOO and GRPO (Section 4, Figure 14): here one small tabular "
        "problem under gradient flow, gradient ascent and sampled methods, no KL term, with bounds of our own for "
        "standardised updates."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.95,
)
