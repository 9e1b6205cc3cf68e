"""The tightest instance of a statement, replayed: its flow is followed again, and drawn with the bound."""

from __future__ import annotations

import jax
import numpy as np
from markupsafe import Markup

from figures.drawing.style import BLUE, VERMILION
from flatscape.notebook.course import run_course
from flatscape.notebook.evidence.trial import Trial, recorded_instance
from flatscape.notebook.pieces.markup import details, number, paragraphs
from flatscape.notebook.pieces.picture import picture
from proofs_check.report.wording import printable
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Direction
from theory.tabular.problem import Problem

MOST_NUMBERS = 8
"""Outputs of which a problem is written out."""


def replayed(trial: Trial) -> Markup:
    """The instance in numbers and, for a statement about the hitting time of a table, its course with the bound.

    Nothing for a trial without an instance.
    """
    record = trial.instance
    if record is None or trial.tightest is None:
        return Markup("")
    instance = recorded_instance(trial.statement, record)
    if not isinstance(instance, HittingTimeInstance):
        return details("The instance", paragraphs([printable(str(record))]))
    problem = jax.tree.map(lambda leaf: leaf[0], instance.problem)
    increase = float(np.asarray(instance.increase)[0])
    lower = trial.statement.direction is Direction.LOWER
    bound = trial.tightest.smaller if lower else trial.tightest.larger
    return _drawn(problem, increase, bound, trial.statement.number) + details(
        "The instance", paragraphs(_numbers(problem, increase))
    )


def _drawn(problem: Problem, increase: float, bound: float, name: str) -> Markup:
    course = run_course(problem, increase)
    words = f"The true reward over time; the hitting time is {number(course.hitting_time)}, the bound {number(bound)}."
    with picture(words, height=0.5) as drawn:
        axes, times = drawn.axes, np.asarray(course.path.times)[1:]
        # What is between the ends of the rise, which may be far smaller than the rewards.
        axes.plot(
            times, (course.truth[1:] - course.initial_truth) / increase, color=VERMILION, label="share of the rise"
        )
        axes.axhline(1.0, color=VERMILION, linewidth=0.7)
        if times[0] < bound < times[-1]:
            axes.axvline(bound, color=BLUE, label=f"{name}: {number(bound)}")
        if course.hitting_time is not None:
            axes.plot([course.hitting_time], [1.0], "o", color=VERMILION, markersize=5, zorder=4)
        axes.set_xscale("log")
        axes.set_ylim(-0.2, 2.0)
        axes.set_xlabel("time of the flow")
        axes.set_ylabel("rise over wanted rise")
        axes.legend(loc="upper left")
    return drawn.svg


def _numbers(problem: Problem, increase: float) -> list[str]:
    def listed(values: object) -> str:
        numbers = [f"{float(v):.6g}" for v in values[:MOST_NUMBERS]]  # type: ignore[index]
        return ", ".join(numbers) + (", …" if problem.outputs > MOST_NUMBERS else "")

    return [
        f"logarithms of the initial probabilities: {listed(problem.initial_log_probabilities)}",
        f"reward model: {listed(problem.proxy_reward)}",
        f"truth: {listed(problem.ground_truth_reward)}",
        f"KL coefficient {float(problem.kl_coefficient):.6g}",
        f"training prompts {int(problem.prompts)}, wanted rise {increase:.6g}",
    ]
