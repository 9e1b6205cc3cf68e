"""A race on a page: both curves with the bounds of Theorem 5, both reward models, and their numbers side by side."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from figures.drawing.style import BLUE, GREY, LINE_STYLES, VERMILION
from flatscape.notebook.course import Course
from flatscape.notebook.pieces.markup import number, table
from flatscape.notebook.pieces.picture import picture
from flatscape.notebook.race import Race

LOOKS = {"narrow": (BLUE, LINE_STYLES[0], "o"), "contrasting": (VERMILION, LINE_STYLES[1], "s")}


def _both(race: Race) -> dict[str, Course]:
    return {"narrow": race.slow, "contrasting": race.fast}


def draw_race(race: Race) -> Markup:
    """The true reward under both teachers, and when each reaches the target."""
    said = "; ".join(f"{name}: {number(course.hitting_time)}" for name, course in _both(race).items())
    with picture(f"The true reward over time under two teachers. Times to the target: {said}.") as drawn:
        axes = drawn.axes
        axes.axhline(race.slow.target, color=GREY, linewidth=0.7)
        for name, course in _both(race).items():
            colour, style, marker = LOOKS[name]
            axes.plot(course.path.times[1:], course.truth[1:], color=colour, linestyle=style, label=name)
            if course.hitting_time is not None:
                axes.plot([course.hitting_time], [course.target], marker, color=colour, markersize=5, zorder=4)
        axes.set_xscale("log")
        axes.set_xlim(*np.asarray(race.slow.path.times)[[1, -1]].tolist())
        axes.set_ylim(-1.05, 1.05)
        axes.set_xlabel("time of the flow")
        axes.set_ylabel("expected true reward")
        axes.legend(loc="lower right")
    return drawn.svg


def draw_rewards(race: Race) -> Markup:
    """What each teacher pays for each output, in the order of the truth."""
    order = np.argsort(race.slow.problem.ground_truth_reward)
    places = np.arange(len(order))
    with picture("The rewards of both teachers for each output, outputs in the order of the true reward.") as drawn:
        axes = drawn.axes
        axes.plot(places, race.slow.problem.ground_truth_reward[order], "_", color=GREY, markersize=10, label="truth")
        for name, course in _both(race).items():
            colour, _, marker = LOOKS[name]
            axes.plot(places, course.problem.proxy_reward[order], marker, color=colour, markersize=5, label=name)
        axes.set_ylim(-1.05, 1.1)
        axes.set_xlabel("outputs, from the worst to the best")
        axes.set_ylabel("reward")
        axes.legend(loc="upper left")
    return drawn.svg


def race_table(race: Race) -> Markup:
    """Accuracy, variance, times and the tightest bounds of both."""
    rows = []
    for name, course in _both(race).items():
        numbers = {b.statement: b.value for b in course.applying}
        low = max((numbers[id] for id in ("thm5-slow",) if id in numbers), default=None)
        sharp = max((numbers[id] for id in ("s-thm5", "s3") if id in numbers), default=None)
        high = min((numbers[id] for id in ("thm5-fast",) if id in numbers), default=None)
        cells = (course.accuracy, course.reward_variance, course.hitting_time, low, sharp, high)
        rows.append((name, *map(number, cells)))
    headings = (
        "teacher",
        "accuracy",
        "variance",
        "hitting time",
        "not before (Theorem 5)",
        "not before (ours)",
        "not after (Theorem 5)",
    )
    return table(headings, rows, right=headings[1:])
