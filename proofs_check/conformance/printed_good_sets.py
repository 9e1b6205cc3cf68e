"""The good outputs `Y+` of Proposition 4 and of S-P4 as printed, on their own (as `conformance.printed_tabular`).

Both are claimed for every set. Where a point names none, it is one of the best-ranked eligible outputs, `k` of them for
some `k`: of those sets that meet the hypotheses the one of smallest bound; where none does, the largest, so that the
failing hypothesis can be named.

What is rational is exact, so that an output at its limit is on the right side of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from proofs_check.conformance.tabular import Point

Slack: TypeAlias = float | Fraction | None
"""By how much a condition holds: positive inside, zero at its limit, negative outside; None where it has no meaning,
which another hypothesis rules out."""


@dataclass(frozen=True)
class StatedSet:
    """One candidate for `Y+`: the `members`, the `bound` on `t_gamma`, by how much each hypothesis about the set holds,
    by name, and for S-P4 the `loss`."""

    members: tuple[int, ...]
    bound: float
    slacks: Mapping[str, Slack]
    loss: float | None = None

    def holds(self, allowed: Mapping[str, Callable[[Slack], bool]]) -> bool:
        """Whether every hypothesis does, `allowed` being what each allows."""
        return all(allowed[name](slack) for name, slack in self.slacks.items())


def inside(slack: Slack) -> bool:
    """Whether a strict inequality holds."""
    return slack is not None and slack > 0


def inside_or_at(slack: Slack) -> bool:
    """Whether an inequality that allows equality holds."""
    return slack is not None and slack >= 0


def mean(point: Point, values: Sequence[Fraction]) -> Fraction:
    """`E_{pi0}` of values per output."""
    return sum((p * v for p, v in zip(point.reference, values, strict=True)), start=Fraction(0))


def mass(point: Point, members: Sequence[int]) -> Fraction:
    """`pi0` of a set."""
    return sum((point.reference[k] for k in members), start=Fraction(0))


def log_inverse(point: Point) -> float:
    """`ln(1 / min_y pi0(y))`."""
    return -math.log(min(point.reference))


def above_average(point: Point) -> list[int]:
    """The outputs of `r_RM > V_RM(0)`."""
    average = mean(point, point.proxy)
    return [k for k, reward in enumerate(point.proxy) if reward > average]


def _rooms(point: Point) -> list[Fraction]:
    """By how much each output is eligible: `r_RM > V_RM(0)` and `r_G > V_G(0) + gamma`."""
    average, needed = mean(point, point.proxy), mean(point, point.truth) + point.increase
    return [min(r - average, g - needed) for r, g in zip(point.proxy, point.truth, strict=True)]


def eligible(point: Point) -> list[int]:
    """The eligible outputs, the best-ranked first."""
    return sorted((k for k, room in enumerate(_rooms(point)) if room > 0), key=lambda k: -point.proxy[k])


def given(point: Point) -> list[int]:
    """The set that the point names, if any."""
    return [k for k, member in enumerate(point.good_set) if member]


def eligibility(point: Point) -> Fraction:
    """By how much every member of the named set is eligible; without one, some output."""
    rooms, members = _rooms(point), given(point)
    return min(rooms[k] for k in members) if members else max(rooms)


def spread(point: Point, members: Sequence[int]) -> Fraction:
    """`d`, the largest difference of proxy rewards within the set."""
    rewards = [point.proxy[k] for k in members]
    return max(rewards) - min(rewards)


def chosen(
    point: Point,
    describe: Callable[[Point, Sequence[int]], StatedSet],
    allowed: Mapping[str, Callable[[Slack], bool]],
) -> StatedSet | None:
    """The set that a statement speaks of at the point; None if it is not good, or no output is eligible."""
    if eligibility(point) <= 0:
        return None
    if given(point):
        return describe(point, given(point))
    ranked = eligible(point)
    candidates = [describe(point, ranked[: k + 1]) for k in range(len(ranked))]
    holding = [candidate for candidate in candidates if candidate.holds(allowed)]
    if holding:
        return min(holding, key=lambda candidate: candidate.bound)
    return candidates[-1]


def relative(limit: float, number: float) -> float:
    """By how much `number <= limit` holds, in units of the larger one; zero where both are."""
    return (limit - number) / max(abs(limit), abs(number)) if limit != number else 0.0


def for_proposition_4(point: Point, members: Sequence[int]) -> StatedSet:
    """The paper's hypotheses and bound for `Y+ = members`."""
    size, worst = len(members), min(point.truth[k] for k in members)
    rho = (mean(point, point.truth) + point.increase + 1) / (worst + 1)
    highest = max(point.proxy[k] for k in members) - mean(point, point.proxy)
    delta = (1 - rho) * highest - spread(point, members)
    if delta <= 0:
        return StatedSet(
            tuple(members), math.nan, {"positive-margin": delta, "small-kl-coefficient": None, "small-bad-mass": None}
        )
    share, held = (1 - rho) * delta, mass(point, members)
    span = 1 / held - 1 / rho
    log_term = 2 * log_inverse(point) + 1 / (2 * math.e)
    largest_kl = float(held * share / (8 * size)) / log_term
    largest_bad = float(held**2 * share / (16 * size)) * math.exp(-20 * size / share * span)
    bad = float(mass(point, [k for k in above_average(point) if k not in members]))
    slacks: dict[str, Slack] = {
        "positive-margin": delta,
        "small-kl-coefficient": relative(largest_kl, float(point.coefficient)),
        "small-bad-mass": relative(largest_bad, bad),
    }
    return StatedSet(tuple(members), float(4 * point.prompts * size / share * span), slacks)


PROPOSITION_4_ALLOWS: Mapping[str, Callable[[Slack], bool]] = {
    "positive-margin": inside,
    "small-kl-coefficient": inside_or_at,
    "small-bad-mass": inside_or_at,
}


@lru_cache(maxsize=4096)
def proposition_4_set(point: Point) -> StatedSet | None:
    """The set that Proposition 4 is applied to."""
    return chosen(point, for_proposition_4, PROPOSITION_4_ALLOWS)
