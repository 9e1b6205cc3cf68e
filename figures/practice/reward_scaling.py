"""Multiplying the reward by c: c squared times the variance, c times the speed, and c times the noise as well.

The paper remarks (Section 5.1) that scaling rewards up raises their variance but also amplifies the noise of sampled
gradients. One tabular problem, no KL term: exact gradient and RLOO with SGD at a fixed learning rate, and RLOO with
Adam, whose steps do not depend on the size of the gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import optax
from scipy.special import softmax

from figures.drawing.intervals import mean_interval_or_single
from figures.figure import Figure, FigureData, Level
from figures.practice.reward_scaling_drawing import alternative_text, caption, draw
from figures.table import stack_rows
from sims.policy_gradient import Method, exact_gradient, rloo, train
from theory.moments import variance
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy

SEED = 0
OUTPUTS = 8
POLICY = TabularPerPrefixPolicy(1, OUTPUTS, 1)
SHARE_OF_GAIN = 0.5
"""`gamma` over what there is to gain, `max r_G - V_G`."""

LEARNING_RATE, ADAM_RATE = 0.1, 0.05
SGD, ADAM = optax.sgd(LEARNING_RATE), optax.adam(ADAM_RATE)
EXACT, SAMPLED, ADAPTIVE = "exact gradient, SGD", "RLOO, SGD", "RLOO, Adam"
RUNS: dict[str, tuple[Method, optax.GradientTransformation]] = {
    EXACT: (exact_gradient(), SGD),
    SAMPLED: (rloo(2), SGD),
    ADAPTIVE: (rloo(2), ADAM),
}
SCALES = {
    "smoke": (0.25, 4.0, 256.0),
    "quick": tuple(2.0 ** np.arange(-4, 9)),
    "full": tuple(2.0 ** np.arange(-6, 10.5, 0.5)),
}
SEEDS = {"smoke": 8, "quick": 50, "full": 400}
HORIZON = {"smoke": 200, "quick": 1_000, "full": 4_000}


def problem() -> tuple[np.ndarray, np.ndarray]:
    """Initial policy and ground truth, shape `(outputs,)`: the better an output, the less likely it tends to be."""
    rng = np.random.default_rng(SEED)
    truth = np.linspace(-1.0, 1.0, OUTPUTS)
    return softmax(-0.7 * truth + 0.5 * rng.standard_normal(OUTPUTS)), truth


def gradient_noise(policy: np.ndarray, reward: np.ndarray) -> tuple[float, float]:
    """Of one RLOO(2) estimate at a tabular policy, exact: `||E g||^2` and `E||g - E g||^2`, over all pairs of samples.

    **Arguments**: `policy` and `reward`, shape `(outputs,)`.
    """
    outputs = np.arange(len(policy))
    first, second = np.meshgrid(outputs, outputs, indexing="ij")
    weights = policy[first] * policy[second]
    half_gap = (reward[first] - reward[second]) / 2
    # The advantages of a pair are opposite: the policy's part of the scores cancels.
    estimates = half_gap[..., None] * ((first[..., None] == outputs) * 1.0 - (second[..., None] == outputs))
    mean = np.einsum("ij,ijk->k", weights, estimates)
    noise = float(np.sum(weights * np.sum((estimates - mean) ** 2, axis=-1)))
    return float(mean @ mean), noise


def first_steps(reward: np.ndarray, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Steps until `reward`, shape `(*batch, steps + 1)`, first reaches the target, all steps if never; and whether."""
    there = reward >= target
    reached = np.asarray(there.any(axis=-1))
    return np.where(reached, there.argmax(axis=-1), reward.shape[-1] - 1), reached


def runs(level: Level, name: str) -> dict[str, Any]:
    """One row per scale: steps to the target, the share of seeds without it, and the rewards at the end."""
    # Importing it takes a second, which every command would wait for.
    from scipy.stats import binomtest

    method, optimizer = RUNS[name]
    policy, truth = problem()
    scales = np.array(SCALES[level])
    result = train(
        POLICY,
        np.log(policy)[None, None],
        reward_models=scales[:, None, None] * truth,
        ground_truth_reward=truth[None],
        optimizer=optimizer,
        method=method,
        epochs=HORIZON[level],
        kl_coefficient=0.0,
        seeds=range(1 if method.exact else SEEDS[level]),
    )
    gamma = SHARE_OF_GAIN * float(truth.max() - policy @ truth)
    steps, reached = first_steps(result.ground_truth_reward, float(policy @ truth) + gamma)
    final = result.ground_truth_reward[..., -1]
    count, failed = final.shape[1], np.sum(~reached, axis=1)
    limits = [binomtest(int(number), count).proportion_ci() for number in failed]
    tenth, ninetieth = np.quantile(final, (0.1, 0.9), axis=1)
    mean_steps, steps_half_width = mean_interval_or_single(steps.T.astype(float))
    mean_final, final_half_width = mean_interval_or_single(final.T)
    return {
        "mark": "run",
        "method": name,
        "scale": scales,
        "reward_variance": float(variance(policy, truth)) * scales**2,
        "steps": mean_steps,
        "steps_half_width": steps_half_width,
        "median_steps": np.median(steps, axis=1),
        "failed_share": failed / count,
        "failed_low": np.array([low for low, _ in limits]),
        "failed_high": np.array([high for _, high in limits]),
        "final_reward": mean_final,
        "final_half_width": final_half_width,
        "final_tenth": tenth,
        "final_ninetieth": ninetieth,
    }


def compute(level: Level) -> FigureData:
    """All runs, and the exact signal and noise of the first step."""
    policy, truth = problem()
    scales = np.array(SCALES[level])
    signal, noise = np.array([gradient_noise(policy, scale * truth) for scale in scales]).T
    blocks: list[dict[str, Any]] = [runs(level, name) for name in RUNS]
    blocks.append(
        {"mark": "noise", "scale": scales, "signal": signal, "noise": noise, "signal_to_noise": signal / noise}
    )
    settings = {
        "seed": SEED,
        "outputs": OUTPUTS,
        "prompts": 1,
        "kl_coefficient": 0.0,
        "learning_rate": LEARNING_RATE,
        "adam_rate": ADAM_RATE,
        "seeds": SEEDS[level],
        "horizon_steps": HORIZON[level],
        "share_of_gain": SHARE_OF_GAIN,
        "gamma": SHARE_OF_GAIN * float(truth.max() - policy @ truth),
        "initial_probabilities": policy.tolist(),
        "ground_truth": truth.tolist(),
        "initial_reward": float(policy @ truth),
    }
    data = FigureData(stack_rows(*blocks), settings)
    return FigureData(data.columns, settings, _facts(data))


def _facts(data: FigureData) -> dict[str, float | int | str]:
    ratio = data.where(mark="noise")["signal_to_noise"]
    facts: dict[str, float | int | str] = {
        "smallest_scale": float(data.columns["scale"].min()),
        "largest_scale": float(data.columns["scale"].max()),
        "smallest_signal_to_noise": float(ratio.min()),
        "largest_signal_to_noise": float(ratio.max()),
        "initial_variance": float(np.max(data.where(mark="run", scale=data.columns["scale"].min())["reward_variance"]))
        / float(data.columns["scale"].min()) ** 2,
    }
    for key, name in (("exact", EXACT), ("sampled", SAMPLED), ("adam", ADAPTIVE)):
        rows = data.where(mark="run", method=name)
        best, last, fastest = int(np.argmax(rows["final_reward"])), -1, int(np.argmin(rows["steps"]))
        slow = int(np.argmin(rows["failed_share"]))
        facts |= {
            f"{key}_slowest_steps": float(rows["steps"][slow]),
            f"{key}_slowest_scale": float(rows["scale"][slow]),
            f"{key}_fastest_steps": float(rows["steps"][fastest]),
            f"{key}_fastest_scale": float(rows["scale"][fastest]),
            f"{key}_best_final": float(rows["final_reward"][best]),
            f"{key}_best_scale": float(rows["scale"][best]),
            f"{key}_last_final": float(rows["final_reward"][last]),
            f"{key}_last_tenth": float(rows["final_tenth"][last]),
            f"{key}_last_ninetieth": float(rows["final_ninetieth"][last]),
            f"{key}_last_failed": float(rows["failed_share"][last]),
            f"{key}_last_failed_low": float(rows["failed_low"][last]),
            f"{key}_last_failed_high": float(rows["failed_high"][last]),
            f"{key}_last_steps": float(rows["steps"][last]),
            f"{key}_last_median": float(rows["median_steps"][last]),
        }
        if key != "exact":
            facts[f"{key}_best_half_width"] = float(rows["final_half_width"][best])
            facts[f"{key}_last_steps_half_width"] = float(rows["steps_half_width"][last])
            facts[f"{key}_last_half_width"] = float(rows["final_half_width"][last])
    return facts


FIGURE = Figure(
    title="Scaling the reward up shortens the plateau and amplifies the noise",
    corresponds_to=(
        "The remark in Section 5.1 of the paper that scaling rewards inflates their variance but also the noise of "
        "sampled gradients, which it does not draw: here on one tabular prompt, no KL term."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.78,
)
