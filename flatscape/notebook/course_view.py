"""A course on a page: its curves as a picture, its numbers in a row, its bounds as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from figures.drawing.style import BLUE, GREEN, GREY, LINE_STYLES, VERMILION
from flatscape.notebook.course import Course
from flatscape.notebook.pieces.markup import facts, number, table
from flatscape.notebook.pieces.picture import picture
from theory.statement import Direction
from theory.statements.problem_bounds import BoundOnProblem

LOWER_COLOUR, UPPER_COLOUR = BLUE, GREEN


def tightest(bounds: Sequence[BoundOnProblem], direction: Direction) -> BoundOnProblem | None:
    """Of the bounds that apply, the largest lower or the smallest upper one; None if there is none."""
    usable = [b for b in bounds if b.applies and b.direction is direction and np.isfinite(b.value) and b.value > 0]
    if not usable:
        return None
    return max(usable, key=lambda b: b.value if direction is Direction.LOWER else -b.value)


def course_facts(course: Course) -> Markup:
    """The numbers that a person watches while moving a slider."""
    time = number(course.hitting_time) if course.hitting_time is not None else course.status.label
    return facts(
        {
            "reward variance": number(course.reward_variance),
            "accuracy": number(course.accuracy),
            "true reward at first": number(course.initial_truth),
            "in the end": number(course.final_truth),
            "hitting time": time,
        }
    )


def draw_course(course: Course) -> Markup:
    """`V_G` and `V_RM` along the flow, the target, and the tightest lower and upper bound on the hitting time."""
    words = (
        f"The expected true reward rises from {number(course.initial_truth)}; its target is {number(course.target)}; "
        f"the hitting time is {number(course.hitting_time)}."
    )
    times = np.asarray(course.path.times)[1:]
    with picture(words) as drawn:
        axes = drawn.axes
        axes.plot(times, course.truth[1:], color=VERMILION, label="true reward")
        axes.plot(times, course.proxy[1:], color=GREY, linestyle=LINE_STYLES[1], label="what the reward model pays")
        axes.axhline(course.target, color=VERMILION, linewidth=0.7, linestyle=LINE_STYLES[3])
        if course.hitting_time is not None:
            axes.plot([course.hitting_time], [course.target], "o", color=VERMILION, markersize=5, zorder=4)
        _draw_bounds(axes, course, times)
        axes.set_xscale("log")
        axes.set_xlim(times[0], times[-1])
        axes.set_ylim(-1.05, 1.05)
        axes.set_xlabel("time of the flow")
        axes.set_ylabel("expected reward")
        axes.legend(loc="lower right")
    return drawn.svg


def _draw_bounds(axes: Axes, course: Course, times: np.ndarray) -> None:
    for direction, colour, word in (
        (Direction.LOWER, LOWER_COLOUR, "not before"),
        (Direction.UPPER, UPPER_COLOUR, "not after"),
    ):
        bound = tightest(course.bounds, direction)
        if bound is not None and times[0] < bound.value < times[-1]:
            axes.axvline(bound.value, color=colour, linewidth=1.0, label=f"{word} ({bound.number})")


def bounds_table(course: Course) -> Markup:
    """Every bound: its value, how far from the measured time it is; where it says nothing, which hypothesis fails."""
    rows = []
    for bound in sorted(course.bounds, key=lambda b: (not b.applies, b.direction is not Direction.LOWER)):
        kind = "not before" if bound.direction is Direction.LOWER else "not after"
        far = "—" if bound.ratio is None else number(bound.ratio if bound.ratio >= 1 else 1 / bound.ratio)
        said = (kind, number(bound.value), far) if bound.applies else ("says nothing", "—", "—")
        failed = "" if bound.applies else f"fails: {bound.failed_hypothesis}"
        rows.append((f"{bound.number} ({bound.statement})", *said, failed))
    headings = ("statement", "the target is reached", "time", "factor from the truth", "hypotheses")
    return table(headings, rows, right=("time", "factor from the truth"))
