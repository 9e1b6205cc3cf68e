"""Figure 1 of the paper: how accuracy and reward variance shape the landscape, computed for a policy over three "
"outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import softmax

from figures.drawing.style import BLACK, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from sims.flow_hitting_times import hitting_times
from sims.trajectories import trajectory
from theory.accuracy.pairs import uniform_accuracy
from theory.bounds.growth_control import controlled_time
from theory.bounds.lower_bounds import sharpened_proposition_3
from theory.bounds.pathwise import artanh_rise
from theory.moments import variance
from theory.tabular.problem import make_problem, stack_problems

POLICY = np.array([0.15, 0.35, 0.5])
GROUND_TRUTH = np.array([1.0, 0.0, -1.0])
INCREASE = 0.2
TIME = 12.0
"""Of gradient flow, the same for all reward models."""

FLAT = 0.1
MODELS = {
    "accurate, steep": GROUND_TRUTH,
    "accurate, flat": FLAT * GROUND_TRUTH,
    "less accurate, steep": np.array([0.0, 1.0, -1.0]),
    "less accurate, flat": FLAT * np.array([0.0, 1.0, -1.0]),
}
"""The less accurate ones take the second best output for the best."""

PLANE = np.array([[1.0, -1.0, 0.0], [1.0, 1.0, -2.0]]) / np.sqrt([[2.0], [6.0]])
"""Orthonormal coordinates of logits that sum to zero."""

REACH = 3.6
POINTS = {"smoke": 21, "quick": 91, "full": 301}
STEPS = {"smoke": 20, "quick": 100, "full": 400}


def compute(level: Level) -> FigureData:
    """The expected reward over the plane of logits, and the path of gradient flow, for every reward model."""
    problems = [
        make_problem(initial_probabilities=POLICY, proxy_reward=reward, ground_truth_reward=GROUND_TRUTH)
        for reward in MODELS.values()
    ]
    hitting = hitting_times(stack_problems(problems), INCREASE)
    times, reached = np.asarray(hitting.time), np.asarray(hitting.reached)
    start = PLANE @ np.log(POLICY)
    across, up = np.meshgrid(*(centre + np.linspace(-REACH, REACH, POINTS[level]) for centre in start))
    grid = softmax(np.stack([across.ravel(), up.ravel()], axis=1) @ PLANE, axis=1)
    blocks: list[dict[str, Any]] = []
    facts: dict[str, float | str] = {}
    for k, ((name, reward), problem) in enumerate(zip(MODELS.items(), problems, strict=True)):
        path = trajectory(problem, np.linspace(0, TIME, STEPS[level]))
        about = {"reward_model": name}
        blocks.append(
            about | {"mark": "landscape", "x": across.ravel(), "y": up.ravel(), "proxy_reward": grid @ reward}
        )
        spots = path.log_probabilities @ PLANE.T
        blocks.append(
            about
            | {
                "mark": "path",
                "x": spots[:, 0],
                "y": spots[:, 1],
                "time": path.times,
                "proxy_reward": path.expected(reward),
                "ground_truth_reward": path.expected(GROUND_TRUTH),
            }
        )
        spread = float(variance(POLICY, reward))
        facts |= {
            f"variance, {name}": spread,
            f"accuracy, {name}": float(uniform_accuracy(reward, GROUND_TRUTH)),
            f"gradient norm, {name}": float(np.linalg.norm(POLICY * (np.asarray(reward) - POLICY @ reward))),
            f"hitting time, {name}": float(times[k]) if reached[k] else "never",
            f"S3, {name}": float(sharpened_proposition_3(INCREASE, spread, 1.0)),
            f"S3++, {name}": float(controlled_time(artanh_rise(INCREASE, POLICY @ GROUND_TRUTH), spread, 1.0)),
            f"increase, {name}": float(path.expected(GROUND_TRUTH)[-1] - POLICY @ GROUND_TRUTH),
        }
    settings = {
        "initial_probabilities": POLICY.tolist(),
        "ground_truth": GROUND_TRUTH.tolist(),
        "gamma": INCREASE,
        "time": TIME,
        "kl_coefficient": 0.0,
        "reward_models": {name: r.tolist() for name, r in MODELS.items()},
    }
    return FigureData(stack_rows(*blocks), settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """A landscape per reward model, all of one colour scale."""
    panels = canvas.subplots(2, 2, sharex=True, sharey=True)
    levels = np.linspace(-1, 1, 21)
    for axes, name in zip(panels.flat, MODELS, strict=True):
        rows = data.where(mark="landscape", reward_model=name)
        side = round(len(rows["x"]) ** 0.5)
        x, y, z = (rows[key].reshape(side, side) for key in ("x", "y", "proxy_reward"))
        shown = axes.contourf(x, y, z, levels=levels, cmap="viridis")
        axes.contour(x, y, z, levels=levels, colors="white", linewidths=0.3)
        path = data.where(mark="path", reward_model=name)
        axes.plot(path["x"], path["y"], color=VERMILION, linewidth=1.8)
        axes.plot(path["x"][0], path["y"][0], "o", color="white", markeredgecolor=BLACK, markersize=5)
        axes.plot(path["x"][-1], path["y"][-1], "*", color=VERMILION, markeredgecolor=BLACK, markersize=9)
        axes.set_title(
            f"{name}: variance {float(data.facts[f'variance, {name}']):.2g},\nground truth "
            f"{float(data.facts[f'increase, {name}']):+.2f}",
            fontsize=8,
        )
        axes.set_aspect("equal")
        axes.grid(visible=False)
    canvas.colorbar(shown, ax=panels, shrink=0.8, label="expected proxy reward", ticks=np.linspace(-1, 1, 5))
    canvas.supxlabel(r"$(\theta_1 - \theta_2)\,/\,\sqrt{2}$", fontsize=8)
    canvas.supylabel(r"$(\theta_1 + \theta_2 - 2\theta_3)\,/\,\sqrt{6}$", fontsize=8)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""

    def described(name: str) -> str:
        time = data.facts[f"hitting time, {name}"]
        when = (
            "never"
            if isinstance(time, str)
            else f"after {time:.1f} (S3: at least {float(data.facts[f'S3, {name}']):.1f}, S3++: "
            f"{float(data.facts[f'S3++, {name}']):.1f})"
        )
        return (
            f"{name}: accuracy {float(data.facts[f'accuracy, {name}']):.2f}, gradient norm "
            f"{float(data.facts[f'gradient norm, {name}']):.3f}, gains {INCREASE:g} {when}"
        )

    return (
        "Expected proxy reward over all policies with three outputs, in the plane of logits that sum to zero, for four "
        "reward models and one ground truth, (1, 0, −1). Circle: the initial policy, "
        f"({', '.join(f'{p:g}' for p in POLICY)}); line: gradient flow for the same time, {TIME:g}, to the star; no KL "
        "term. Titles: reward variance under the initial policy, and what the ground-truth reward has gained at the "
        f"star. {'; '.join(described(name) for name in MODELS)}. The flat models are the steep ones times {FLAT:g}: as "
        "accurate, ten times as slow. The steep model that confuses the two best outputs gains as soon as the accurate "
        "one, but ends at the second best output."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    listed = "; ".join(f"{name} {float(data.facts[f'increase, {name}']):+.2f}" for name in MODELS)
    return f"Four landscapes with a path each. Gain of ground-truth reward at the end of the path: {listed}."


FIGURE = Figure(
    title="Accuracy says where a landscape leads, reward variance how steep it is",
    corresponds_to=(
        "Figure 1 of the paper, an illustration. Here: the landscape of a tabular policy over three outputs, computed."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.78,
)
