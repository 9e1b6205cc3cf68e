"""A reward that is wrong about a mediocre output can teach better than the truth (Shang et al. 2026, arXiv 2604.25872).

Under the true reward a policy that favours the mediocre output first moves there and stalls; a proxy that calls this
output bad does not let that happen. The last row shows where the effect ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import optax

from figures.drawing.numbers import readable
from figures.figure import Figure, FigureData, Level
from figures.table import stack_rows
from figures.theorems.imperfect_rewards_drawing import draw
from figures.theorems.mediocre_output import (
    BEST,
    MEDIOCRE,
    MEDIOCRE_PROBABILITY,
    REWARDS,
    TRUTH,
    flow,
    initial_policy,
    log_linear_problem,
    reaching_times,
)
from sims.hitting import Status
from sims.parameter_space.optimizer_ascent import parameter_ascent, parameter_ascent_hitting_steps

BEST_PROBABILITIES = (0.05, 0.1, 0.15)
CORRELATIONS = (0.0, 0.5)
"""Between the feature vectors of the best and the mediocre output."""

TARGET = 0.9
"""A ground-truth reward that the mediocre output alone does not give."""

LEARNING_RATE, ADAM_LEARNING_RATE = 0.1, 0.01
SGD, ADAM = optax.sgd(LEARNING_RATE), optax.adam(ADAM_LEARNING_RATE)
STEPS = {"smoke": 4_000, "quick": 50_000, "full": 50_000}
POINTS = {"smoke": 40, "quick": 300, "full": 1000}
SWEEP_POINTS = {"smoke": 5, "quick": 49, "full": 121}
SOLVED_POINTS = {"smoke": 3, "quick": 14, "full": 39}
"""Of the sweep over correlations, each point of which goes through an ODE solver."""

SWEEPS = {
    "target": (0.3, 0.99),
    "initial_mediocre_probability": (0.005, 0.7),
    "correlation": (0.0, 0.95),
}
"""What is varied in the last row, and between which values."""


def compute(level: Level) -> FigureData:
    """Paths of flow and SGD, and how much longer the ground truth takes than the proxy, in three sweeps."""
    facts: dict[str, float | str] = {}
    blocks = []
    for best in BEST_PROBABILITIES:
        for correlation in CORRELATIONS:
            for reward in REWARDS:
                rows, more = _paths(level, best, correlation, reward)
                blocks += rows
                facts |= {f"{name}_{_key(reward, best, correlation)}": value for name, value in more.items()}
    data = FigureData(
        stack_rows(*blocks, _reaching_times(level)),
        {
            "ground_truth": TRUTH.tolist(),
            "proxy": REWARDS["proxy"].tolist(),
            "target": TARGET,
            "initial_probabilities": {str(best): initial_policy(best).tolist() for best in BEST_PROBABILITIES},
            "learning_rate": LEARNING_RATE,
            "adam_learning_rate": ADAM_LEARNING_RATE,
            "steps": STEPS[level],
            "correlation": "inner product of the unit feature vectors of the best and the mediocre output",
            "correlations": list(CORRELATIONS),
            "prompts": 1,
            "kl_coefficient": 0.0,
        },
    )
    return FigureData(data.columns, data.settings, facts | _facts(data, facts))


def _key(reward: str, best: float, correlation: float) -> str:
    return f"{reward.replace(' ', '_')}_{best:g}_{correlation:g}"


def _shown(log_probabilities: np.ndarray) -> dict[str, np.ndarray]:
    policy = np.exp(log_probabilities)
    return {
        "ground_truth_reward": policy @ TRUTH,
        "best_probability": policy[:, BEST],
        "mediocre_probability": policy[:, MEDIOCRE],
    }


def _paths(
    level: Level, best: float, correlation: float, reward: str
) -> tuple[list[dict[str, Any]], dict[str, float | str]]:
    """Curves and marks of one policy and one reward, and what to say about them."""
    most, policy, values = STEPS[level], initial_policy(best), REWARDS[reward]
    spots = np.unique(np.geomspace(1, most, 13).astype(int))
    times = LEARNING_RATE * np.union1d(np.geomspace(1, most, POINTS[level]), spots)
    smooth = _shown(flow(policy, correlation, values, times))
    problem = log_linear_problem(policy, correlation, values)
    discrete = _shown(np.asarray(parameter_ascent(problem, SGD, most).log_probabilities)[spots, 0])
    about = {"panel": "path", "reward": reward, "initial_best_probability": best, "correlation": correlation}
    blocks = [
        about | {"method": "flow", "time": times} | smooth,
        about | {"method": "SGD", "time": LEARNING_RATE * spots, "step": spots} | discrete,
    ]
    gap = np.abs(smooth["ground_truth_reward"][np.isin(times, LEARNING_RATE * spots)] - discrete["ground_truth_reward"])
    facts: dict[str, float | str] = {
        "largest_mediocre_probability": float(smooth["mediocre_probability"].max()),
        "largest_gap_between_flow_and_sgd": float(gap.max()),
    }
    for name, optimizer in (("SGD", SGD), ("Adam", ADAM)):
        found = parameter_ascent_hitting_steps(
            problem, TARGET - float(policy @ TRUTH), optimizer=optimizer, max_steps=most
        )
        reached = int(found.status) == Status.REACHED
        facts[f"{name.lower()}_steps"] = float(found.time) if reached else f"more than {most:,}"
    return blocks, facts


def _reaching_times(level: Level) -> dict[str, np.ndarray]:
    """The times of both rewards for the paths shown, and as one thing is varied: level, initial policy or features."""
    cases = []
    for best in BEST_PROBABILITIES:
        usual = {
            "initial_best_probability": best,
            "target": TARGET,
            "correlation": 0.0,
            "initial_mediocre_probability": MEDIOCRE_PROBABILITY,
        }
        cases.append(usual | {"panel": "times", "correlation": np.array(CORRELATIONS)})
        for name, ends in SWEEPS.items():
            points = (SOLVED_POINTS if name == "correlation" else SWEEP_POINTS)[level]
            space = np.geomspace if name == "initial_mediocre_probability" else np.linspace
            cases.append(usual | {"panel": name, name: space(*ends, points)})
    columns = stack_rows(*cases)
    chances = zip(columns["initial_best_probability"], columns["initial_mediocre_probability"], strict=True)
    policies = np.array([initial_policy(*chance) for chance in chances])
    truth, proxy = (
        reaching_times(policies, columns["correlation"], np.tile(vector, (len(policies), 1)), columns["target"])
        for vector in REWARDS.values()
    )
    return columns | {"ground_truth_time": truth, "proxy_time": proxy, "time_ratio": truth / proxy}


def _facts(data: FigureData, facts: dict[str, float | str]) -> dict[str, float]:
    """Times, and where the ground truth is as good a teacher: up to which level, and its smallest handicaps."""
    found: dict[str, float] = {
        "largest_gap_between_flow_and_sgd": max(float(v) for k, v in facts.items() if k.startswith("largest_gap")),
    }
    for best in BEST_PROBABILITIES:
        rows = {name: data.where(panel=name, initial_best_probability=best) for name in ("times", *SWEEPS)}
        for reward in REWARDS:
            for correlation, time in zip(
                rows["times"]["correlation"], rows["times"][f"{reward.replace(' ', '_')}_time"], strict=True
            ):
                found[f"time_{_key(reward, best, correlation)}"] = float(time)
        level, mediocre = rows["target"], rows["initial_mediocre_probability"]
        found[f"level_of_equal_times_{best:g}"] = float(np.interp(0, np.log(level["time_ratio"]), level["target"]))
        found[f"ratio_at_smallest_mediocre_{best:g}"] = float(mediocre["time_ratio"][0])
        found[f"ratio_at_equal_probabilities_{best:g}"] = float(
            np.exp(np.interp(best, mediocre["initial_mediocre_probability"], np.log(mediocre["time_ratio"])))
        )
        found[f"smallest_ratio_over_correlations_{best:g}"] = float(rows["correlation"]["time_ratio"].min())
    return found


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: _said(value) for name, value in data.facts.items()}
    first = f"{BEST_PROBABILITIES[0]:g}"
    stalled = float(data.facts[f"largest_mediocre_probability_ground_truth_{first}_0"])
    levels = ", ".join(f[f"level_of_equal_times_{best:g}"] for best in BEST_PROBABILITIES)
    times = "; ".join(
        f"at {best:g}: {f[f'time_ground_truth_{best:g}_0']} against {f[f'time_proxy_{best:g}_0']}, with correlated "
        f"features {f[f'time_ground_truth_{best:g}_0.5']} against {f[f'time_proxy_{best:g}_0.5']}"
        for best in BEST_PROBABILITIES
    )
    handicaps = [float(data.facts[f"smallest_ratio_over_correlations_{best:g}"]) for best in BEST_PROBABILITIES]
    even = [float(data.facts[f"ratio_at_smallest_mediocre_{best:g}"]) for best in BEST_PROBABILITIES]
    return (
        "A log-linear policy with a best output y* (ground-truth reward 1), a mediocre one y_m (0.8, initial "
        f"probability {MEDIOCRE_PROBABILITY:g}) and three bad ones (−1 each, equally likely at first). The proxy errs "
        "on one output: it gives y_m −1. No KL term, exact gradients. Top: trained on the truth itself the policy "
        f"moves to y_m (up to probability {readable(stalled, 4)} at π₀(y*) = {first}) and stalls at a reward of 0.8; "
        f"trained on the proxy it does not. Time until V_G = {TARGET:g} under truth against proxy, by π₀(y*), "
        f"{times}. Correlated: the unit feature vectors of y* and y_m have inner product {CORRELATIONS[1]:g}. Lines: "
        f"gradient flow; circles: SGD with learning rate {LEARNING_RATE:g}, whose V_G is within "
        f"{f['largest_gap_between_flow_and_sgd']} of the flow's. At π₀(y*) = {first} and orthonormal features SGD "
        f"takes {f[f'sgd_steps_ground_truth_{first}_0']} steps under the truth and {f[f'sgd_steps_proxy_{first}_0']} "
        f"under the proxy; Adam with learning rate {ADAM_LEARNING_RATE:g} hardly stalls "
        f"({f[f'adam_steps_ground_truth_{first}_0']} and {f[f'adam_steps_proxy_{first}_0']}). Bottom: the ratio of "
        "the two times under gradient flow, orthonormal features unless varied. The truth is the faster teacher of "
        f"low levels, up to V_G = {levels} in turn. The effect is gone where y_m is much less likely than y* at first "
        f"(ratios within {readable(100 * (max(even) - 1), 1)}% of one on the left edge), and shrinks as the features' "
        f"correlation grows, though the ratio stays above {readable(min(handicaps))} up to a correlation of "
        f"{SWEEPS['correlation'][1]:g}."
    )


def _said(value: object) -> str:
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return f"{number:,.0f}" if number >= 100 else readable(number)


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Nine panels over logarithmic training time, a column for each initial probability of the best output. Under "
        "the ground truth the expected reward climbs early to a plateau at 0.8, as the mediocre output takes nearly "
        "all probability, and leaves it late or not at all; under the proxy it rises later, but straight to 1. Circles "
        "of SGD lie on the curves of gradient flow. Below, the ratio of the times on truth and proxy: less than one "
        "for low levels and far above one for levels beyond 0.8; one where the mediocre output is initially unlikely; "
        "falling as the features' correlation grows, but not to one."
    )


FIGURE = Figure(
    title="A reward that is wrong about a mediocre output teaches better than the truth",
    corresponds_to=(
        "The controlled experiment of Shang et al. 2026 (arXiv 2604.25872), with exact gradients. The structure of the "
        "correlated features, the gradient flow beside SGD, and the sweeps in the last row are ours."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=1.0,
)
