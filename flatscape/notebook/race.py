"""A race of two teachers of chosen accuracies: Theorem 5's pair on the policy of the figure `race`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from figures.theorems.race import start, taught_by
from flatscape.notebook.course import BEYOND, Course, run_course
from sims.flow_hitting_times import hitting_times
from theory.constructions.theorem5 import TeacherPair, theorem5_teachers
from theory.tabular.problem import stack_problems


class Race(NamedTuple):
    """**Fields**: `slow`, of the teacher with rewards in `(0, 1/T)`; `fast`, of the one that puts the best output far
    above all others; `pair`, the construction."""

    slow: Course
    fast: Course
    pair: TeacherPair

    @property
    def loses(self) -> bool:
        """Whether the more accurate teacher is the later one."""
        first, second = self.slow.hitting_time, self.fast.hitting_time
        if first is None or second is None:
            return False
        return (self.slow.accuracy - self.fast.accuracy) * (first - second) > 0

    @property
    def sentence(self) -> str:
        """Who wins, by how much, and whether accuracy or variance would have told."""
        first, second = self.slow.hitting_time, self.fast.hitting_time
        if first is None or second is None:
            return "One of the two never reaches the target."
        winner, factor = ("narrow", second / first) if first < second else ("contrasting", first / second)
        own, other = (self.slow, self.fast) if winner == "narrow" else (self.fast, self.slow)
        by_accuracy = "the less accurate one" if self.loses else "the more accurate one"
        if abs(own.accuracy - other.accuracy) < 1e-12:
            by_accuracy = "as accurate as the other"
        by_variance = "larger" if own.reward_variance > other.reward_variance else "smaller"
        return (
            f"The {winner} teacher wins, {factor:,.1f} times as fast. It is {by_accuracy}, and its reward variance is "
            f"the {by_variance} one."
        )


def run_race(*, slow_accuracy: float, fast_accuracy: float, inverse_range: float, increase: float) -> Race:
    """Both courses, over the same times.

    **Arguments**

    - `slow_accuracy`, `fast_accuracy`: wanted, in [0, 1]; the nearest attainable ones are taken (Definition 3), for the
      fast teacher with the best output strictly first.
    - `inverse_range`: `T >= 1`; `increase`: `gamma`, in units of reward.

    **Raises** `InvalidInputError` for an increase that the best output alone cannot give, and for bad input.

    >>> found = run_race(slow_accuracy=1.0, fast_accuracy=0.0, inverse_range=1e3, increase=0.3)
    >>> found.slow.accuracy, found.fast.accuracy, found.loses
    (1.0, 0.125, True)
    """
    policy, truth = start()
    pair = theorem5_teachers(
        initial_probabilities=policy,
        ground_truth_reward=truth,
        increase=increase,
        inverse_reward_range=inverse_range,
        slow_accuracy=slow_accuracy,
        fast_accuracy=fast_accuracy,
        exact=False,
    )
    problems = [taught_by(pair.slow_reward), taught_by(pair.fast_reward)]
    times = hitting_times(stack_problems(problems), increase)
    reached = times.time[times.reached] if times.reached.any() else np.ones(1)
    shown = (float(reached.min()) / BEYOND, BEYOND * float(reached.max()))
    slow, fast = (run_course(problem, increase, shown=shown) for problem in problems)
    return Race(slow, fast, pair)
