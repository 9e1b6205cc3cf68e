"""The statements about sampled completions once more, in exact numbers: every subset and every outcome listed.

Nothing here is taken from `theory`: what is printed is written out, at a few points of rational numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from typing import TypeAlias

Numbers: TypeAlias = tuple[F, ...]
Sides: TypeAlias = tuple[object, object]


@dataclass(frozen=True)
class GroupPoint:
    """A group of completions: rewards, truths, what a second reward and the first add up to, and a subset."""

    rewards: Numbers
    truth: Numbers
    constant: F
    kept: tuple[bool, ...]


@dataclass(frozen=True)
class PromptsPoint:
    """Groups of several prompts, and the shift of each."""

    rewards: tuple[Numbers, ...]
    shift: Numbers

    @property
    def shifted(self) -> tuple[Numbers, ...]:
        """The rewards with the shifts added."""
        return tuple(tuple(r + d for r in row) for row, d in zip(self.rewards, self.shift, strict=True))


@dataclass(frozen=True)
class DrawsPoint:
    """Policies, the rewards of their outputs, the number of draws, and the size of groups."""

    probabilities: tuple[Numbers, ...]
    rewards: Numbers
    draws: int
    size: int


GROUP_POINTS = (
    GroupPoint(
        (F(1, 2), F(-1, 4), F(1), F(1), F(0)), (F(1), F(0), F(1), F(0), F(0)), F(3, 4), (True, False, True, False, True)
    ),
    GroupPoint(
        (F(9, 8), F(0), F(1), F(1), F(5, 4)), (F(0), F(0), F(0), F(2), F(2)), F(-2), (True, True, True, True, False)
    ),
    GroupPoint((F(0), F(1, 4), F(3, 8), F(1), F(1)), (F(1),) * 5, F(1), (True, False, False, True, False)),
)
PROMPTS_POINTS = (
    PromptsPoint(((F(1, 2), F(0), F(1, 4)), (F(1), F(1, 8), F(0))), (F(0), F(5, 2))),
    PromptsPoint(((F(0), F(1), F(1, 2)), (F(2), F(2), F(2))), (F(-1), F(1, 4))),
    PromptsPoint(((F(0), F(1), F(1, 2)), (F(0), F(1), F(1, 2))), (F(1, 4), F(1, 4))),
)
DRAWS_POINTS = (
    DrawsPoint(((F(1, 4), F(1, 4), F(1, 2)), (F(1, 8), F(3, 4), F(1, 8))), (F(1), F(0), F(1)), 4, 3),
    DrawsPoint(((F(1, 2), F(1, 8), F(3, 8)), (F(0), F(1, 4), F(3, 4))), (F(-1), F(1, 2), F(2)), 4, 2),
)
EPS = 1e-4


def _mean(values: Sequence[F]) -> F:
    return sum(values, start=F(0)) / len(values)


def _squares(values: Sequence[F]) -> F:
    middle = _mean(values)
    return sum(((v - middle) ** 2 for v in values), start=F(0))


def leave_one_out(point: GroupPoint) -> Sides:
    """Each reward less the mean of the others, and G/(G-1) times what it is above the mean of all."""
    rewards, size = point.rewards, len(point.rewards)
    others = [r - (sum(rewards) - r) / (size - 1) for r in rewards]
    return _floats(others), _floats([F(size, size - 1) * (r - _mean(rewards)) for r in rewards])


def largest_variance(point: GroupPoint) -> Sides:
    """The sum of squares of the subset, and the largest among all subsets of its size."""
    kept = [r for r, keep in zip(point.rewards, point.kept, strict=True) if keep]
    return float(_squares(kept)), float(max(map(_squares, itertools.combinations(point.rewards, len(kept)))))


def _standardised(rewards: Sequence[F]) -> list[float]:
    deviation = math.sqrt(_squares(rewards) / (len(rewards) - 1))
    return [float(r - _mean(rewards)) / (deviation + EPS) for r in rewards]


def summed_cancel(point: GroupPoint) -> Sides:
    """The advantages of the sum of two rewards."""
    return _standardised([r + (point.constant - r) for r in point.rewards]), [0.0] * len(point.rewards)


def decoupled_cancel(point: GroupPoint) -> Sides:
    """The sum of the advantages of two rewards."""
    first, second = _standardised(point.rewards), _standardised([point.constant - r for r in point.rewards])
    return [a + b for a, b in zip(first, second, strict=True)], [0.0] * len(point.rewards)


def truth_classes(point: GroupPoint) -> Sides:
    """The unbiased variance and its two parts, twice: the variance itself, and the sum of the parts."""
    rewards, fewer, middle = point.rewards, len(point.rewards) - 1, _mean(point.rewards)
    classes = [
        [r for r, t in zip(rewards, point.truth, strict=True) if t == value] for value in sorted(set(point.truth))
    ]
    within = sum(map(_squares, classes), start=F(0)) / fewer
    between = sum((len(c) * (_mean(c) - middle) ** 2 for c in classes), start=F(0)) / fewer
    return _floats([_squares(rewards) / fewer, within, between]), _floats([within + between, within, between])


def prompt_shift(point: PromptsPoint) -> Sides:
    """Every advantage after the shift, and before."""
    return tuple([a for rewards in groups for a in _standardised(rewards)] for groups in (point.shifted, point.rewards))  # type: ignore[return-value]


def whitening_shift(point: PromptsPoint) -> Sides:
    """The mean variance in units of that over all completions, and its bound."""
    every = [r for row in point.shifted for r in row]
    variance = _mean([_squares(row) / (len(row) - 1) for row in point.rewards])
    fewer = len(every) - 1
    return float(variance * fewer / _squares(every)), float(variance * fewer / _between(point))


def _between(point: PromptsPoint) -> F:
    middle = _mean([r for row in point.shifted for r in row])
    return sum((len(row) * (_mean(row) - middle) ** 2 for row in point.shifted), start=F(0))


def means_differ(point: PromptsPoint) -> bool:
    """Whether the means of the prompts are not all equal after the shift."""
    return len({_mean(row) for row in point.shifted}) > 1


def _outcomes(policy: Numbers, rewards: Numbers, draws: int) -> Iterator[tuple[F, Numbers]]:
    """Every run of draws, with its probability."""
    for run in itertools.product(range(len(policy)), repeat=draws):
        yield math.prod((policy[y] for y in run), start=F(1)), tuple(rewards[y] for y in run)


def _mean_over_subsets(run: Numbers, size: int, value: Callable[[Numbers], F]) -> F:
    return _mean([value(subset) for subset in itertools.combinations(run, size)])


def _expected(point: DrawsPoint, value: Callable[[Numbers], F]) -> Sides:
    """Of each policy: the mean of a value over all subsets, expected over all draws; and that of as few draws."""

    def of(draws: int) -> list[float]:
        return [
            float(sum(p * _mean_over_subsets(run, point.size, value) for p, run in _outcomes(q, point.rewards, draws)))
            for q in point.probabilities
        ]

    return of(point.draws), of(point.size)


def _all_equal(rewards: Numbers) -> F:
    return F(len(set(rewards)) == 1)


def no_signal_unbiased(point: DrawsPoint) -> Sides:
    """How often the rewards of a group are equal."""
    return _expected(point, _all_equal)


def no_signal_pooling(point: DrawsPoint) -> Sides:
    """The same of the mean of the policies, and the mean of the same over the policies."""
    pooled = tuple(_mean(column) for column in zip(*point.probabilities, strict=True))
    alone = sum(p * _all_equal(run) for p, run in _outcomes(pooled, point.rewards, point.size))
    by_prompt, _ = _expected(point, _all_equal)
    return float(alone), sum(by_prompt) / len(point.probabilities)  # type: ignore[call-overload]


def best_of_k_unbiased(point: DrawsPoint) -> Sides:
    """The largest reward of a few draws."""
    return _expected(point, max)


def _floats(values: Sequence[F]) -> list[float]:
    return [float(value) for value in values]


GROUP_STATED: dict[str, Callable[..., Sides]] = {
    "leave-one-out": leave_one_out,
    "largest-variance": largest_variance,
    "summed-cancel": summed_cancel,
    "decoupled-cancel": decoupled_cancel,
    "truth-classes": truth_classes,
    "prompt-shift": prompt_shift,
    "whitening-shift": whitening_shift,
    "no-signal-unbiased": no_signal_unbiased,
    "no-signal-pooling": no_signal_pooling,
    "best-of-k-unbiased": best_of_k_unbiased,
}
"""The sides by the id of the statement."""

GROUP_HYPOTHESES: dict[str, dict[str, Callable[..., bool]]] = {"whitening-shift": {"means-differ": means_differ}}
"""The hypotheses by the id of the statement and by name; the others have none."""
