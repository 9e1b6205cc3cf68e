"""Points of tables as the theorems speak of them: the variables of a table and its flow, at a point."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction as F
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from proofs_check.conformance.points_at_limits import Numbers, make_point
from proofs_check.conformance.tabular import Point, rational_points
from proofs_check.coq.numbers import Dual, Logarithm
from proofs_check.coq.reading import Values
from theory.tabular.policy import policy_gradient

SEED = 17
RANDOM_POINTS = 8
TIME = F(1, 256)
"""The time at which a path of a point has its policy; at zero it has the reference policy."""


def column(values: Sequence[Any]) -> Callable[[int], Any]:
    """A function of an output."""
    return lambda i: values[i]


def for_each_prompt(value: Any) -> Callable[[int], Any]:
    """The same for every prompt."""
    return lambda x: value


def known(arity: int, value: Any = True) -> Any:
    """A value in place of a function of so many arguments, whatever these are."""
    return value if arity == 0 else lambda _: known(arity - 1, value)


def velocity(point: Point) -> np.ndarray:
    """How fast the logits of a prompt move at the point's policy, as `theory` computes it."""
    with jax.enable_x64(True):
        arguments = np.log(point.floats("policy")), np.log(point.floats("reference"))
        gradient = policy_gradient(*arguments, point.floats("proxy"), np.float64(point.coefficient))
        return np.asarray(gradient) / point.prompts


class Path:
    """The logits `theta x i t` of a path: the reference policy at time zero, then the point's policy, on the move.

    **Arguments**: `factor`, by which the velocity of the flow is multiplied.
    """

    def __init__(self, point: Point, factor: float = 1.0) -> None:
        self.point, self._factor = point, factor
        self._velocity: np.ndarray | None = None

    def __call__(self, x: int) -> Any:
        return lambda i: lambda t: self._logit(i, t)

    def _logit(self, i: int, t: Any) -> Any:
        if isinstance(t, Dual):
            if self._velocity is None:
                self._velocity = self._factor * velocity(self.point)
            return Dual(self._logit(i, t.value), t.slope * float(self._velocity[i]))
        return Logarithm((self.point.policy if t > 0 else self.point.reference)[i])


def is_flow(prompts: int) -> Any:
    """In place of the definition of the flow, which is compared once: whether a path is said to be that of its own
    number of prompts and of outputs, of its reward and of its KL coefficient."""

    def holds(n: int, r: Any, lam: Any, theta: Path) -> bool:
        point = theta.point
        rewards = [r(0)(i) for i in range(len(point.proxy))]
        return (prompts, n, lam, rewards) == (point.prompts, len(point.proxy), point.coefficient, list(point.proxy))

    return lambda n: lambda r: lambda lam: lambda theta: holds(n, r, lam, theta)


def variables(point: Point) -> Values:
    """The variables that theorems about the flow of a table share."""
    return {
        "prompts": point.prompts,
        "n": len(point.proxy),
        "r": for_each_prompt(column(point.proxy)),
        "g": column(point.truth),
        "lam": point.coefficient,
        "theta": Path(point),
        "x": 0,
        "gamma": point.increase,
        "t": TIME,
        "lo": min(point.reference),
    }


@lru_cache(maxsize=1)
def policy_points() -> tuple[Point, ...]:
    """Points where policy and reference differ: random ones and limits, the same ones in every run."""
    rng = random.Random(SEED)

    def distribution(outputs: int) -> list[F]:
        weights = [rng.randint(1, 9) for _ in range(outputs)]
        return [F(w, sum(weights)) for w in weights]

    def random_point(outputs: int, coefficient: F) -> Point:
        proxy, truth = ([F(k, 8) for k in rng.sample(range(-8, 9), outputs)] for _ in range(2))
        reference, policy = distribution(outputs), distribution(outputs)
        return make_point(reference, proxy, truth, F(1, 8), coefficient, policy=policy, prompts=rng.randint(1, 3))

    rare: Numbers = (F(1, 10**12), 1 - F(1, 10**12))
    even: Numbers = (F(1, 2), F(1, 2))
    limits = (
        # No KL coefficient and a large one, rewards that are equal, at the ends of their range, and rare outputs.
        make_point(even, (1, -1), (-1, 1), F(1, 8), F(0), policy=(F(1, 4), F(3, 4)), prompts=1),
        make_point(even, (1, -1), (1, -1), F(1, 8), F(8), policy=rare, prompts=1),
        make_point(rare, (1, -1), (1, -1), F(1, 8), F(1, 2), policy=even),
        make_point(rare, (F(1, 4), F(1, 4)), (F(1, 4), F(1, 2)), F(1, 8), F(0), policy=even),
        make_point(even, (1, -1), (F(1, 2), F(1, 2)), F(1, 8), F(1, 4), policy=even),
    )
    inner = [random_point(2 + k % 2, F(k % 4, 8)) for k in range(RANDOM_POINTS)]
    # One hardly moves on.
    return (*rational_points(), *inner, *limits[1:], replace(limits[0], elapsed=TIME))
