"""Claims about one problem in ball arithmetic, and the quantities that several claims take."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from flint import arb

from proofs_check.enclosures.balls import dot, exact
from proofs_check.enclosures.problem import BallProblem
from theory.errors import InvalidInputError

AGREEMENT = 1e-6
"""Relative difference allowed between a bound in balls and in float64, whose `1 - rho` may lose many digits."""


class BallClaim(NamedTuple):
    """A bound on one problem.

    **Fields**: `bound`: a ball that contains it; `float_bound`: what `theory.bounds` makes of the same quantities;
    `hypotheses`: by the register's names, whether each is certain to hold.
    """

    bound: arb
    float_bound: float
    hypotheses: dict[str, bool]


Claim = Callable[[BallProblem], BallClaim]


def agrees(ball: arb, value: float) -> bool:
    """Whether a bound in float64 is the one in the ball, to `AGREEMENT`."""
    return bool(np.isfinite(value) and abs(ball - exact(value)) <= AGREEMENT * abs(ball))


def reward_range(problem: BallProblem) -> arb:
    """`max r_RM - min r_RM`."""
    return largest(problem.proxy) - smallest(problem.proxy)


def largest(values: list[arb]) -> arb:
    """A ball that contains the largest of the numbers."""
    result = values[0]
    for value in values[1:]:
        result = result.max(value)
    return result


def smallest(values: list[arb]) -> arb:
    """A ball that contains the smallest of the numbers."""
    return -largest([-x for x in values])


def best_output(problem: BallProblem) -> int:
    """The first output of largest proxy reward, as `jnp.argmax` picks it; exact, as rewards are."""
    return int(np.argmax([float(r) for r in problem.proxy]))


def of_best_good_set(problem: BallProblem, claim_for: Callable[[BallProblem, arb, list[int]], BallClaim]) -> BallClaim:
    """The claim for the set `Y+` of smallest bound among those for which every hypothesis is certain.

    The statements hold for every set, so how it is chosen does not matter; without such a set, that of all eligible
    outputs is taken. A problem with a set of its own is about that one. The candidates are the outputs of the `k`
    highest rewards among the eligible ones, as in `theory.bounds.good_set.choose_good_set` and
    `theory.instances.upper_bounds.chosen_set`.

    **Arguments**: `claim_for(problem, mean, inside)`: the claim for one set, with `V_RM(0)`.
    """
    mean = dot(problem.policy, problem.proxy)
    if problem.good_set:
        return claim_for(problem, mean, list(problem.good_set))
    rewards = enumerate(zip(problem.proxy, problem.truth, strict=True))
    eligible = [i for i, (r, g) in rewards if r > mean and g > problem.target]
    if not eligible:
        return BallClaim(arb("nan"), np.nan, {"good-set": False})
    eligible.sort(key=lambda i: -float(problem.proxy[i]))
    claims = [claim_for(problem, mean, eligible[: k + 1]) for k in range(len(eligible))]
    certain = [claim for claim in claims if all(claim.hypotheses.values())]
    return min(certain, key=lambda claim: float(claim.bound)) if certain else claims[-1]


def share_of(problem: BallProblem, truth: arb) -> arb:
    """`rho`, with every other output at -1."""
    return (problem.target + 1) / (truth + 1)


def in_floats(function: Callable[..., object], *balls: arb) -> float:
    """`theory.bounds`'s value at the middles of the balls; NaN where it has none (one of them is NaN, or no share)."""
    try:
        return float(function(*map(float, balls)))  # type: ignore[arg-type]
    except (ZeroDivisionError, InvalidInputError):
        return np.nan


def one_rewarded(problem: BallProblem) -> bool:
    """Whether one output has the reward +1 and all others -1."""
    rewards = sorted(float(r) for r in problem.proxy)
    return rewards[-1] == 1 and all(r == -1 for r in rewards[:-1])
