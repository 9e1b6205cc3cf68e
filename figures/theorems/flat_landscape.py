"""The flat landscape of a network: gradients against reward deviation, hitting times against reward variance.

One small transformer, whose prompts share its parameters, is taught by reward models of many shapes and sizes. Its
Jacobian and its Fisher information do not depend on the reward, so that every bound is a line in the first panel.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from proofs_check.sampling.parametric import measured_flows, measured_policies
from theory.bounds import parameter_space
from theory.instances.parametric import ParametricPolicyInstance
from theory.parameter_space.problem import PolicyProblem, make_policy_problem, stack_policy_problems
from theory.policies.policy import outputs
from theory.policies.transformer import TransformerPolicy
from theory.statements.parametric_hitting_times import (
    contrast_theorem_4_bound,
    sharpened_theorem_4_bound,
    theorem_4_bound,
)

POLICY = TransformerPolicy(prompts=2, vocabulary=3, length=3, width=4, heads=2, blocks=2)
SEED = 0
INCREASE = 0.1
REWARD_MODELS = {"smoke": 4, "quick": 200, "full": 1000}
TEACHERS = {"smoke": 1, "quick": 3, "full": 12}
SIZES = {"smoke": (1.0, 1e-3), "quick": (1.0, 1e-1, 1e-2, 1e-4), "full": (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)}
"""What a teacher's rewards are multiplied with: its accuracy stays, its variance falls with the square."""

GRADIENT_LINES = {
    "Proposition 2": (VERMILION, "-"),
    "S2": (BLUE, (0, (5, 1.2))),
    "S0": (GREEN, (0, (1, 1))),
}
TIME_MARKS: dict[str, dict[str, Any]] = {
    "hitting time": {"marker": "o", "color": BLACK, "markersize": 3.5},
    "S6": {"marker": "|", "color": ORANGE, "markersize": 6, "markeredgewidth": 1.2},
    "S4": {"marker": "_", "color": BLUE, "markersize": 6, "markeredgewidth": 1.2},
    "Theorem 4": {"marker": "x", "color": VERMILION, "markersize": 3.5, "markeredgewidth": 1.0},
}


def _problem(proxy: np.ndarray, truth: np.ndarray) -> PolicyProblem:
    with jax.enable_x64(True):
        parameters = jax.tree.map(np.asarray, POLICY.initial_parameters(jax.random.key(SEED)))
    return make_policy_problem(POLICY, parameters, proxy_reward=proxy, ground_truth_reward=truth)


def _rewards(rng: np.random.Generator, count: int) -> np.ndarray:
    """Spread out, or one output against the rest; scaled by up to a million; `(count, prompts, outputs)`."""
    shape = (count, POLICY.prompts, outputs(POLICY))
    spread = rng.uniform(-1, 1, shape)
    single = np.where(np.arange(shape[2]) == rng.integers(0, shape[2], (count, shape[1], 1)), 1.0, -1.0)
    size = np.exp(rng.uniform(np.log(1e-6), 0, (count, 1, 1)))
    return size * np.where(rng.random((count, 1, 1)) < 0.5, spread, single)


def compute(level: Level) -> FigureData:
    """Both panels; times in units of the flow, variances in squared units of reward."""
    rng = np.random.default_rng(SEED)
    rewards = _rewards(rng, REWARD_MODELS[level])
    measured = measured_policies(stack_policy_problems([_problem(reward, reward) for reward in rewards]))
    deviation, gradient = (
        np.sqrt(np.asarray(measured.variance)),
        np.asarray(measured.gradient_norm),
    )
    first = jax.tree.map(lambda field: field[0], measured)
    line = np.geomspace(deviation.min(), 1.0, 40)
    blocks: list[dict[str, Any]] = [
        {"panel": "gradient", "mark": "measured", "reward_deviation": deviation, "gradient_norm": gradient}
    ]
    blocks += [
        {"panel": "gradient", "mark": name, "reward_deviation": line, "gradient_norm": values}
        for name, values in _gradient_bounds(first, line).items()
    ]
    truth = rng.uniform(-1, 1, (TEACHERS[level], POLICY.prompts, outputs(POLICY)))
    keys = [(teacher, size) for teacher in range(TEACHERS[level]) for size in SIZES[level]]
    problems = stack_policy_problems([_problem(size * truth[teacher], truth[teacher]) for teacher, size in keys])
    hitting, at_end, *_ = measured_flows(problems, np.zeros(len(keys), np.int64), np.full(len(keys), INCREASE))
    reached = np.asarray(hitting.reached)
    marks = {
        "hitting time": np.where(reached, hitting.time, np.nan),
        "S6": np.asarray(contrast_theorem_4_bound(at_end)),
        "S4": np.asarray(sharpened_theorem_4_bound(at_end)),
        "Theorem 4": np.asarray(theorem_4_bound(at_end)),
    }
    about = {
        "panel": "time",
        "teacher": np.array([teacher for teacher, _ in keys]),
        "reward_size": np.array([size for _, size in keys]),
        "reward_variance": np.asarray(at_end.initial_variance),
    }
    blocks += [about | {"mark": name, "time": values} for name, values in marks.items()]
    settings = {
        "policy": str(POLICY),
        "seed": SEED,
        "gamma": INCREASE,
        "kl_coefficient": 0.0,
        "jacobian_norm": float(np.asarray(first.jacobian_norm)),
        "contrast_norm": float(np.asarray(first.contrast_norm)),
        "fisher_norm": float(np.asarray(first.fisher_norm)),
    }
    data = FigureData(stack_rows(*blocks), settings)
    return FigureData(data.columns, settings, _facts(data, measured))


def _gradient_bounds(first: ParametricPolicyInstance, deviation: np.ndarray) -> dict[str, np.ndarray]:
    """The bounds as functions of the deviation, for the first prompt's Jacobian and Fisher information."""
    variance = deviation**2
    jacobian, length = first.jacobian_norm, first.length
    values = {
        "Proposition 2": parameter_space.proposition_2(variance, jacobian, length, 1.0),
        "S2": parameter_space.sharpened_proposition_2(variance, jacobian, length),
        "S0": parameter_space.fisher_form(variance, first.fisher_norm),
    }
    return {name: np.asarray(value) for name, value in values.items()}


def _facts(data: FigureData, measured: ParametricPolicyInstance) -> dict[str, float]:
    gradient, variance = np.asarray(measured.gradient_norm), np.asarray(measured.variance)
    jacobian, length = np.asarray(measured.jacobian_norm), np.asarray(measured.length)
    fisher = np.asarray(measured.fisher_norm)
    facts = {
        "smallest_ratio_proposition_2": np.min(
            parameter_space.proposition_2(variance, jacobian, length, 1.0) / gradient
        ),
        "smallest_ratio_s2": np.min(parameter_space.sharpened_proposition_2(variance, jacobian, length) / gradient),
        "smallest_ratio_s0": np.min(parameter_space.fisher_form(variance, fisher) / gradient),
    }
    marks = {name: data.where(panel="time", mark=name) for name in TIME_MARKS}
    for name in ("S6", "S4", "Theorem 4"):
        ratio = marks["hitting time"]["time"] / marks[name]["time"]
        facts |= {
            f"smallest_time_over_{name.lower().replace(' ', '_')}": np.nanmin(ratio),
            f"largest_time_over_{name.lower().replace(' ', '_')}": np.nanmax(ratio),
        }
    for name, rows in marks.items():
        mine = (rows["teacher"] == 0) & np.isfinite(rows["time"])
        slope = np.polyfit(np.log(rows["reward_variance"][mine]), np.log(rows["time"][mine]), 1)[0]
        facts[f"slope_{name.lower().replace(' ', '_')}"] = slope
    return {name: float(value) for name, value in facts.items()}


def draw(data: FigureData, canvas: Canvas) -> None:
    """Gradient norms on the left, hitting times on the right."""
    left, right = canvas.subplots(1, 2)
    points = data.where(panel="gradient", mark="measured")
    left.plot(
        points["reward_deviation"],
        points["gradient_norm"],
        ".",
        color=GREY,
        markersize=2.5,
        label="measured",
        rasterized=True,
    )
    for name, (colour, style) in GRADIENT_LINES.items():
        rows = data.where(panel="gradient", mark=name)
        left.plot(rows["reward_deviation"], rows["gradient_norm"], color=colour, linestyle=style, label=name)
    left.set_xlabel("reward standard deviation")
    left.set_ylabel(r"gradient norm $\|\nabla\phi(\theta; x)\|$")
    for name, shape in TIME_MARKS.items():
        rows = data.where(panel="time", mark=name)
        for teacher in np.unique(rows["teacher"]):
            mine = rows["teacher"] == teacher
            right.plot(
                rows["reward_variance"][mine],
                rows["time"][mine],
                linestyle=":",
                linewidth=0.6,
                label=name if teacher == 0 else None,
                **shape,
            )
    right.set_xlabel("initial reward variance")
    right.set_ylabel(r"time (gradient flow) to $V_G(0) + \gamma$")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
    left.legend(fontsize=7)
    # Room below the marks for what they mean.
    right.set_ylim(bottom=1e-10)
    right.legend(fontsize=7, loc="lower left")


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value), 3) for name, value in data.facts.items()}
    return (
        f"A transformer of two blocks over {outputs(POLICY)} outputs of {POLICY.length} tokens; its {POLICY.prompts} "
        "prompts share its parameters, and everything is enumerated exactly. Left: the norm of each prompt's policy "
        "gradient under reward models of many shapes and sizes, and three upper bounds, drawn for the first prompt. "
        f"The smallest ratio of bound to gradient is {f['smallest_ratio_proposition_2']} for Proposition 2, "
        f"{f['smallest_ratio_s2']} for S2 and {f['smallest_ratio_s0']} for S0. Right: the time that gradient flow "
        f"takes to raise the first prompt's ground-truth reward by γ = {INCREASE}, for teachers of perfect accuracy: "
        "the ground truth scaled down. Dotted lines join the sizes of one teacher. Against the reward variance, the "
        f"measured times of the first teacher have slope {f['slope_hitting_time']} in the logarithms, S4 "
        f"{f['slope_s4']} and S6 {f['slope_s6']}, Theorem 4 {f['slope_theorem_4']}: the gap to Theorem 4 grows as "
        f"variance falls. Measured times are {f['smallest_time_over_theorem_4']} to "
        f"{f['largest_time_over_theorem_4']} times Theorem 4, {f['smallest_time_over_s4']} to "
        f"{f['largest_time_over_s4']} times S4 and {f['smallest_time_over_s6']} to {f['largest_time_over_s6']} times "
        "S6."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels with logarithmic axes. Left: gradient norms rise with the reward's standard deviation and lie "
        "below three lines, S0 the lowest, then S2, then Proposition 2, which is flatter. Right: hitting times fall "
        "with reward variance along a slope of minus one half, parallel to the bounds S4 and S6 below them; Theorem 4 "
        "lies far below, with a slope of minus one third."
    )


FIGURE = Figure(
    title="Low reward variance flattens a network's landscape",
    corresponds_to=(
        "Proposition 2 and Theorem 4, which the paper proves and does not draw; with our sharper S0, S2, S4 and S6. "
        "The policy is a small transformer, so that the bounds' constants are exact."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.47,
)
