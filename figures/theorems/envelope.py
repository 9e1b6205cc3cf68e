"""The envelope: the shortest time in which two outputs can gain `gamma`, and how near to it each lower bound comes."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from theory.bounds import growth_control, lower_bounds
from theory.bounds.pathwise import artanh_rise
from theory.tabular.exact_solutions import one_against_equals_time

POINTS = {"smoke": 8, "quick": 60, "full": 160}
STARTS = {"smoke": 401, "quick": 2001, "full": 8001}
LARGEST = 1.98
"""Of `gamma`; at two the time is infinite."""

SHOWN = 1.5
"""The `gamma` that the caption speaks of."""

TRUTH = "two outputs, exactly"
LINEAR_LAW = "linear law"
BOUNDS: dict[str, tuple[str, Any]] = {
    "Proposition 3": (ORANGE, (0, (5, 1.2))),
    "S3": (BLUE, (0, (1, 1))),
    "S3+": (SKY, (0, (6, 1, 1, 1, 1, 1))),
    "S3++": (GREEN, "-."),
    "S3++, linear": (VERMILION, (0, (8, 2))),
    LINEAR_LAW: (GREY, (0, (2, 2))),
}


def shortest_time(increase: float, starts: int) -> tuple[float, float]:
    """`t_gamma sigma_0 / |S|` of two outputs of rewards 1 and -1 from the start that is worst, and its probability."""
    room = 1 - increase / 2
    probability = room * np.linspace(0.0, 1.0, starts + 2)[1:-1]
    time = np.asarray(one_against_equals_time(probability, probability + increase / 2, 2))
    scaled = time * np.sqrt(4 * probability * (1 - probability))
    best = int(np.argmin(scaled))
    return float(scaled[best]), float(probability[best])


def bounds_at(increase: np.ndarray) -> dict[str, np.ndarray]:
    """Every lower bound on `t_gamma sigma_0 / |S|` that knows `gamma` alone: the start is the worst one."""
    rise, one = np.asarray(artanh_rise(increase, -increase / 2)), np.ones_like(increase)
    found = {
        "Proposition 3": lower_bounds.proposition_3(increase, one, 1.0),
        "S3": lower_bounds.sharpened_proposition_3(increase, one, 1.0),
        "S3+": growth_control.time_by_room(rise, one, 1.0),
        "S3++": growth_control.controlled_time(rise, one, 1.0),
        "S3++, linear": growth_control.linear_time(increase, one, 1.0),
        LINEAR_LAW: growth_control.linear_law_time(increase, one, 1.0),
    }
    return {name: np.asarray(values) for name, values in found.items()}


def compute(level: Level) -> FigureData:
    """The exact envelope of two outputs, and the bounds."""
    increase = np.linspace(0.02, LARGEST, POINTS[level])
    exact = np.array([shortest_time(float(gamma), STARTS[level]) for gamma in increase])
    bounds = bounds_at(increase)
    blocks = [{"curve": TRUTH, "gamma": increase, "time": exact[:, 0], "start": exact[:, 1]}]
    blocks += [{"curve": name, "gamma": increase, "time": values} for name, values in bounds.items()]
    facts: dict[str, float] = {
        f"{name}: smallest ratio": float((exact[:, 0] / values).min()) for name, values in bounds.items()
    }
    there = shortest_time(SHOWN, STARTS[level])[0]
    for name, values in bounds_at(np.array([SHOWN])).items():
        facts[f"{name}: ratio at 1.5"] = there / float(values[0])
    return FigureData(stack_rows(*blocks), {"largest_gamma": LARGEST, "starts": STARTS[level]}, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """Times on the left, divided by `2 gamma` on the right."""
    left, right = canvas.subplots(1, 2)
    for axes, divided in ((left, False), (right, True)):
        for name in (*BOUNDS, TRUTH):
            rows = data.where(curve=name)
            unit = 2 * rows["gamma"] if divided else 1.0
            colour, style = BOUNDS.get(name, (BLACK, "-"))
            axes.plot(rows["gamma"], rows["time"] / unit, color=colour, linestyle=style, label=name)
        axes.set_xlabel(r"increase $\gamma$")
    left.set_ylim(0, 6)
    left.set_ylabel(r"$t_\gamma\,\sigma_0\,/\,|S|$")
    right.set_ylim(0.4, 1.6)
    right.set_ylabel(r"the same over $2\gamma$")
    left.legend(fontsize=7)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value), 4) for name, value in data.facts.items()}
    return (
        "Black: the shortest time in which gradient flow on two outputs of rewards 1 and −1 gains γ, over all starts, "
        "times the initial standard deviation of the reward, per prompt; exact. The others are lower bounds for any "
        "number of outputs that know γ alone. At γ = 1.5 the black line is "
        f"{f['Proposition 3: ratio at 1.5']} times Proposition 3, {f['S3: ratio at 1.5']} times S3, "
        f"{f['S3+: ratio at 1.5']} times S3+ and {f['S3++: ratio at 1.5']} times S3++. The linear corollary of S3++, "
        "t ≥ 1.869 |S|γ/σ₀, follows from it; the linear law has 2 in its place. The smallest ratio of the "
        f"black line to it here is {f[f'{LINEAR_LAW}: smallest ratio']}. That no number of outputs is faster than two "
        "is conjectured too."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels over the increase from 0 to 2. Left: the exact time rises along a straight line and bends upwards "
        "near 2; S3++ follows it closest, Proposition 3 and S3 bend away below it. Right: divided by twice the "
        "increase, the exact time stays at one until about 1 and rises, the bounds fall from one, Proposition 3 from "
        "one half."
    )


FIGURE = Figure(
    title="How fast the fastest two outputs are, and what bounds know of it",
    corresponds_to=(
        "Proposition 3 and its sharpened forms S3, S3+ and S3++; the paper does not compare its bounds with the times "
        "of an extremal flow."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.5,
)
