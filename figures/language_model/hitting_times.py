"""Hitting times in all parameters of a real language model, beside what bounds say of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREY, ORANGE, PURPLE, SKY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.landscape import TEACHERS
from figures.language_model.measured import measurement, settings_of
from figures.table import stack_rows

BOUNDS = {
    "s7": ("S7", BLUE, "v"),
    "s8": ("S8", SKY, "^"),
    "s6": ("S6", ORANGE, "s"),
    "s4": ("S4", PURPLE, "D"),
    "thm4": ("Theorem 4", VERMILION, "o"),
}
MOST_POINTS = 200


def compute(level: Level) -> FigureData:
    """Paths of the truth, and one row for each teacher's time and each bound on it."""
    check = measurement(level)
    blocks: list[dict[str, Any]] = []
    facts: dict[str, float | int] = {"gamma": check.settings.increase, "prompts": check.settings.training_prompts}
    changes = []
    for lesson in check.lessons:
        chosen = np.unique(np.linspace(0, len(lesson.time) - 1, MOST_POINTS).astype(int))
        path = {"time": np.array(lesson.time)[chosen], "truth": np.array(lesson.truth)[chosen]}
        blocks.append({"mark": "path", "teacher": lesson.teacher} | path)
        reached = lesson.hitting_time is not None
        time = lesson.hitting_time if lesson.hitting_time is not None else lesson.time[-1]
        shared = {"teacher": lesson.teacher, "variance": lesson.initial_variance, "reached": str(reached)}
        blocks.append({"mark": "time", "time": time} | shared)
        for id, bound in lesson.bounds.items():
            blocks.append({"mark": "bound", "bound": id, "time": bound, "ratio": time / bound} | shared)
            facts[f"{lesson.teacher}: time over {id}"] = time / bound
        if lesson.hitting_time is not None and lesson.coarse_hitting_time is not None:
            changes.append(abs(lesson.hitting_time / lesson.coarse_hitting_time - 1))
    data = FigureData(stack_rows(*blocks), settings_of(check, level))
    for id in BOUNDS:
        ratio = data.where(mark="bound", bound=id, reached="True")["ratio"]
        facts |= {f"{id}: smallest": float(ratio.min()), f"{id}: largest": float(ratio.max())}
    facts["largest change with half the step"] = float(max(changes))
    return FigureData(data.columns, data.settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """The truth over training time on the left, times and bounds against variance on the right."""
    left, right = canvas.subplots(1, 2)
    first = float("inf")
    for name, (colour, _) in TEACHERS.items():
        rows = data.where(mark="path", teacher=name)
        gained = rows["truth"] - rows["truth"][0]
        # The start, at time zero, has no place on a logarithmic axis.
        left.plot(rows["time"][1:], gained[1:], color=colour, label=name)
        first = min(first, float(rows["time"][1]))
    left.axhline(float(data.facts["gamma"]), color=GREY, linewidth=0.8, linestyle=(0, (4, 2)))
    left.set_xscale("log")
    # Room for the key beside the first curve.
    left.set_xlim(left=first / 6000)
    left.set_xlabel("training time (sum of learning rates)")
    left.set_ylabel("gain of expected truth")
    left.legend(fontsize=6.5, loc="upper left", bbox_to_anchor=(0, 0.93))
    times = data.where(mark="time")
    for label, reached in (("measured", "True"), ("not reached by", "False")):
        chosen = times["reached"] == reached
        if chosen.any():
            face = BLACK if reached == "True" else "none"
            look: dict[str, Any] = {"marker": "*", "markersize": 7, "linestyle": "none", "color": BLACK}
            right.plot(times["variance"][chosen], times["time"][chosen], label=label, markerfacecolor=face, **look)
    for id, (label, colour, mark) in BOUNDS.items():
        rows = data.where(mark="bound", bound=id)
        right.plot(rows["variance"], rows["time"], mark, color=colour, markersize=3.6, label=label)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("initial reward variance")
    right.set_ylabel(r"$t_\gamma$ and lower bounds")
    # Room below the bounds for the key.
    right.set_ylim(bottom=1e-3 * float(np.min(data.where(mark="bound")["time"])))
    right.legend(fontsize=6.5, ncols=2, loc="lower left")


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    change = readable(100 * float(data.facts["largest change with half the step"]))
    ranges = ", ".join(f"{f[f'{id}: smallest']} to {f[f'{id}: largest']} for {BOUNDS[id][0]}" for id in BOUNDS)
    return (
        "Gradient ascent on all 134,515,008 parameters of SmolLM2-135M-Instruct with exact expectations over 49,152 "
        f"next tokens, {data.facts['prompts']} prompts sharing the network. Left: gain of the mean expected truth "
        f"under five teachers, up to γ = {f['gamma']} (dashed). Right: the time at which it is reached, and lower "
        f"bounds, against the teacher's variance. Time over bound: {ranges}. Steps half as long change times by at "
        f"most {change}%. The "
        "Fisher information is the largest met on the path (upper bounds, each with probability 1 − 10⁻⁶); Jacobians "
        "and scores are those of the initial policy, which can only make their bounds larger."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels. Left: the truth rises under each teacher, the later the flatter the teacher, on a logarithmic "
        "axis of training time. Right: measured times fall as variance grows; S7 and S8 lie closest below them, S6 and "
        "S4 further down, and Theorem 4 many orders of magnitude below."
    )


FIGURE = Figure(
    title="A bound that says something about a real language model: the hitting time",
    corresponds_to="Theorem 4, with our S4, S6, S7 and S8, for one token and several prompts that share the network.",
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.5,
)
