"""Bounds on gradients against the gradients of a real language model, in all of its parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.measured import measurement, settings_of
from figures.table import stack_rows

TEACHERS = {
    "truth": (BLACK, "o"),
    "truth times 0.1": (BLUE, "s"),
    "truth times 0.01": (GREEN, "D"),
    "contrast on unlikely tokens": (ORANGE, "^"),
    "steep on likely tokens": (VERMILION, "v"),
}
"""The colour and the mark of every teacher, in both figures of the language model."""

BOUNDS = {"prop2": "Proposition 2,\nRazin 2024", "s2": "S2", "s6-gradient": "S6", "s0": "S0\n(Fisher)"}


def compute(level: Level) -> FigureData:
    """One row for each prompt, reward and bound."""
    check = measurement(level)
    rows: list[dict[str, Any]] = [
        {
            "prompt": prompt.prompt,
            "teacher": row.teacher,
            "accuracy": row.accuracy,
            "on_policy_accuracy": row.on_policy_accuracy,
            "variance": row.variance,
            "gradient_norm": row.gradient_norm,
            "bound": id,
            "ratio": row.bounds[id] / row.gradient_norm,
        }
        for prompt in check.prompts
        for row in prompt.rows
        for id in BOUNDS
    ]
    data = FigureData(stack_rows(*rows), settings_of(check, level))
    facts: dict[str, float | int] = {"prompts": len(check.prompts), "violated": len(check.violated)}
    for id in BOUNDS:
        ratio = data.where(bound=id)["ratio"]
        for name, value in (("smallest", ratio.min()), ("median", np.median(ratio)), ("largest", ratio.max())):
            facts[f"{id}: {name}"] = float(value)
    facts["smallest variance"], facts["largest variance"] = (
        float(data.columns["variance"].min()),
        float(data.columns["variance"].max()),
    )
    return FigureData(data.columns, data.settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """Gradients against variances on the left, bounds over gradients on the right."""
    left, right = canvas.subplots(1, 2)
    offsets = np.linspace(-0.28, 0.28, len(TEACHERS))
    for (name, (colour, mark)), offset in zip(TEACHERS.items(), offsets, strict=True):
        look: dict[str, Any] = {"color": colour, "marker": mark, "markersize": 3.2, "linestyle": "none"}
        rows = data.where(teacher=name, bound="s0")
        left.plot(rows["variance"], rows["gradient_norm"], label=name, **look)
        for place, id in enumerate(BOUNDS):
            ratio = data.where(teacher=name, bound=id)["ratio"]
            right.plot(np.full(ratio.size, place + offset), ratio, **look)
    largest = data.where(bound="s0")
    variance = np.array([largest["variance"].min(), largest["variance"].max()])
    slope = float(np.max(largest["gradient_norm"] / np.sqrt(largest["variance"])))
    left.plot(variance, slope * np.sqrt(variance), color=GREY, linewidth=0.8, linestyle=(0, (4, 2)))
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlabel("reward variance under the policy")
    left.set_ylabel("norm of the gradient")
    left.legend(fontsize=6.5)
    right.axhline(1, color=BLACK, linewidth=0.8)
    right.set_yscale("log")
    right.set_xticks(range(len(BOUNDS)), list(BOUNDS.values()), fontsize=7.5)
    right.set_ylabel("bound / gradient")


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    return (
        "The gradient of the expected reward in all 134,515,008 parameters of SmolLM2-135M-Instruct, over all 49,152 "
        f"next tokens of {data.facts['prompts']} prompts, exactly, and what bounds say of it. Left: five reward models "
        f"whose variances reach from {f['smallest variance']} to {f['largest variance']}; the dashed line is "
        "proportional to the standard deviation, as S0, S2 and S6 say. Right: bound over gradient, for every prompt "
        f"and reward model, the smallest {f['s0: smallest']}. Medians: {f['prop2: median']} for Proposition 2, "
        f"{f['s2: median']} for S2, {f['s6-gradient: median']} for S6 and {f['s0: median']} for S0 (at most "
        f"{f['s0: largest']}). Norms are upper bounds, each with probability 1 − 10⁻⁶; S6's contrast norm is bounded "
        "by that of the centred logits' Jacobian."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels with logarithmic axes. Left: gradient norms rise with the square root of reward variance along a "
        "dashed line. Right: four columns of marks, bound over gradient; Proposition 2 lies highest, then S2, then S6, "
        "and S0 lies just above the line at 1."
    )


FIGURE = Figure(
    title="A bound that says something about a real language model: the gradient",
    corresponds_to="Proposition 2 and Theorem 1 of Razin et al. 2024, with our S0, S2 and S6, for one token.",
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.5,
)
