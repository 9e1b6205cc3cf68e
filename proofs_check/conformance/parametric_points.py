"""Points at which the register's statements about policies of any kind are compared with the proved ones.

A point is a `ParametricInstance` whose measured fields are filled with numbers. What a formula or a limit distinguishes
is there: with and without a KL coefficient, either term of a minimum the smaller one, rates of both signs, rewards
within and beyond each limit, and times a billionth before and after the moment at which a bound ends.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from theory.statement import Subject

SEED = 11
COEFFICIENTS = (0.0, 0.25, 2.0, 24.0)
"""With the increases below, either exponential of Theorem 4 is the smaller one at some of them."""

LARGEST_REWARDS = (0.5, 3.0, 7.5, 8.5)
NEAR = 1e-9


@dataclass(frozen=True)
class ParametricPoint:
    """One instance in numbers; the fields are those of all kinds of `ParametricInstance`."""

    length: float
    kl_coefficient: float
    variance: float
    jacobian_norm: float
    contrast_norm: float
    largest_reward: float
    gradient_norm: float
    fisher_norm: float
    martingale_variance: float
    first_token_variance: float
    elapsed: float
    initial_variance: float
    path_length: float
    variance_rate: float
    path_jacobian_norm: float
    path_contrast_norm: float
    increase: float
    hitting_time: float
    mean_fisher_norm: float
    score_norm: float
    largest_advantage: float
    expected_truth: float
    initial_truth: float
    path_mean_fisher_norm: float
    path_score_norm: float
    path_largest_advantage: float
    path_fisher_norm: float


OF_FISHER_INFORMATION = [field.name for field in fields(ParametricPoint)][-9:]
"""The last fields, which have random numbers of their own."""


def _of_fisher_information(place: int) -> dict[str, float]:
    rng = random.Random(SEED + 1 + place)
    numbers = {name: rng.randint(1, 24) / 8 for name in OF_FISHER_INFORMATION}
    # What is left to rise by is more than some of the increases and less than others.
    return numbers | {name: rng.randint(-8, 2) / 8 for name in ("expected_truth", "initial_truth")}


def _random_point(rng: random.Random, place: int) -> ParametricPoint:
    names = [field.name for field in fields(ParametricPoint) if field.name not in OF_FISHER_INFORMATION]
    numbers = {name: rng.randint(1, 24) / 8 for name in names}
    jacobian, variance = rng.randint(8, 16) / 8, rng.randint(1, 8) / 8
    return ParametricPoint(
        **numbers
        | _of_fisher_information(place)
        | {
            "length": float(1 + place % 4),
            "kl_coefficient": COEFFICIENTS[place % len(COEFFICIENTS)],
            "largest_reward": LARGEST_REWARDS[place // 2 % len(LARGEST_REWARDS)],
            "variance_rate": numbers["variance_rate"] * (-1) ** place,
            "increase": rng.randint(8, 16) / 8,
            "path_jacobian_norm": jacobian,
            "initial_variance": variance,
            # So early that no bracket vanishes.
            "elapsed": rng.randint(1, 7) / 128 / ((1 + place % 4) * jacobian) ** 2,
            "path_contrast_norm": jacobian * rng.randint(4, 8) / 8,
        }
    )


def _share(point: ParametricPoint) -> float:
    """`8 L^2 J_T^2 (E Var_0)^(1/3) T`: what the limits on time speak of."""
    return 8 * (point.length * point.path_jacobian_norm) ** 2 * point.initial_variance ** (1 / 3) * point.elapsed


def _at_share(point: ParametricPoint, share: float) -> ParametricPoint:
    return replace(point, elapsed=point.elapsed * share / _share(point))


@lru_cache(maxsize=1)
def parametric_points() -> tuple[ParametricPoint, ...]:
    """The points at which sides are compared, the same ones in every run; at the last one every bracket has
    vanished."""
    rng = random.Random(SEED)
    inner = [_random_point(rng, place) for place in range(2 * len(COEFFICIENTS))]
    return (*inner, _at_share(inner[0], 1e3))


@lru_cache(maxsize=1)
def edge_points() -> tuple[ParametricPoint, ...]:
    """Points close to every limit that a hypothesis names, on both sides of it, and at it where that is exact.

    Only the hypotheses are compared there: a bound with a pole at the limit takes all digits away.
    """
    # From -1 an expected reward can rise by two, which is the limit of increases.
    edge = {"largest_reward": 1.5, "initial_truth": -1.0}
    point, regularized = (replace(parametric_points()[place], **edge) for place in (0, 3))
    limit = 1 - math.exp(-7 / (3 * regularized.kl_coefficient))
    sides = (1 - NEAR, 1 + NEAR)
    return (
        *(replace(point, largest_reward=8 * side) for side in sides),
        *(_at_share(point, side) for side in sides),
        *(_at_share(regularized, limit * side) for side in sides),
        replace(point, variance=0.0),
        replace(point, initial_variance=0.0),
        replace(point, elapsed=0.0),
        replace(point, kl_coefficient=NEAR),
        *(replace(point, increase=2 * side) for side in (*sides, 1.0)),
        # Limits that float64 meets exactly.
        replace(point, largest_reward=8.0),
        replace(point, length=2.0, path_jacobian_norm=0.5, initial_variance=1.0, elapsed=0.125),
    )


def parametric_instance_of(points: Sequence[ParametricPoint], subject: Subject) -> Any:
    """The points as one batch of the kind of instance that a subject's statements take."""
    kind: type[Any] = subject.instance
    return kind(**{f.name: np.array([getattr(point, f.name) for point in points]) for f in fields(kind)})
