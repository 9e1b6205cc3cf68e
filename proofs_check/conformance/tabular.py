"""Comparison of the code of a statement with the formula that is proved: both are evaluated at rational points.

A proof is about formulas on paper. Editing a formula or a constant in `theory` must make it fail, so the sides that the
register computes are compared with the proved ones, to twelve digits at several random rational points.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

import jax
import numpy as np

import theory.statement
from theory.compilation import compiled_for_one_run
from theory.instances.runs import RUN_GROUP, RUN_STEPS
from theory.statement import Subject
from theory.statements.register import find_statement
from theory.tabular.problem import make_problem

POINTS = 4
OUTPUTS = 3
TOLERANCE = 1e-12
SEED = 7

Sides: TypeAlias = tuple[object, object]


@dataclass(frozen=True)
class Point:
    """One instance in exact numbers: a policy, its reference, two rewards and the scalars that bounds take.

    `good_set` is `Y+`; without it the set of smallest bound is meant.
    """

    policy: tuple[Fraction, ...]
    reference: tuple[Fraction, ...]
    proxy: tuple[Fraction, ...]
    truth: tuple[Fraction, ...]
    coefficient: Fraction
    prompts: int
    increase: Fraction
    elapsed: Fraction
    subset: tuple[bool, ...]
    samples: int
    good_set: tuple[bool, ...] = ()

    @property
    def log_ratio(self) -> np.ndarray:
        """`ln(p_i / p0_i)`."""
        return np.log(np.array([float(p / q) for p, q in zip(self.policy, self.reference, strict=True)]))

    def floats(self, field: str) -> np.ndarray:
        """A field as float64."""
        return np.array(getattr(self, field), dtype=np.float64)

    @property
    def regularized(self) -> np.ndarray:
        """`r_KL`."""
        return self.floats("proxy") - float(self.coefficient) * self.log_ratio

    def symbols(self, first: int = 0, *, lam: Fraction | None = None) -> dict[str, Fraction]:
        """The values of the symbols of `symbolic.quotients.Outputs`, renamed so that `first` comes first."""
        order = [(first + k) % len(self.policy) for k in range(len(self.policy))]
        log_ratio = [Fraction(float(x)) for x in self.log_ratio]
        regularized = [r - self.coefficient * x for r, x in zip(self.proxy, log_ratio, strict=True)]
        columns = {"w": self.policy, "r": self.proxy, "l": log_ratio, "h": regularized, "g": self.truth}
        values = {f"{name}{k}": column[i] for name, column in columns.items() for k, i in enumerate(order)}
        return values | {"lam": self.coefficient if lam is None else lam}


@lru_cache(maxsize=1)
def rational_points() -> tuple[Point, ...]:
    """Random rational points, the same ones in every run."""
    rng = random.Random(SEED)

    def policy() -> tuple[Fraction, ...]:
        weights = [rng.randint(1, 9) for _ in range(OUTPUTS)]
        return tuple(Fraction(w, sum(weights)) for w in weights)

    def reward() -> tuple[Fraction, ...]:
        return tuple(Fraction(k, 8) for k in rng.sample(range(-7, 8), OUTPUTS))

    def point(place: int) -> Point:
        return Point(
            policy(),
            policy(),
            reward(),
            reward(),
            Fraction(rng.randint(1, 9), 16),
            rng.randint(1, 5),
            Fraction(rng.randint(1, 8), 8),
            Fraction(rng.randint(1, 8), 4),
            tuple(k != place % OUTPUTS for k in range(OUTPUTS)),
            rng.randint(2, 5),
        )

    return tuple(point(place) for place in range(POINTS))


def instance_of(points: Sequence[Point], subject: Subject) -> Any:
    """The points as one batch of the kind of instance that a subject's statements take; every hitting time is one."""

    def stacked(field: str) -> np.ndarray:
        return np.stack([p.floats(field) for p in points])

    problem = make_problem(
        initial_probabilities=stacked("reference"),
        proxy_reward=stacked("proxy"),
        ground_truth_reward=stacked("truth"),
        kl_coefficient=stacked("coefficient"),
        prompts=stacked("prompts"),
    )
    everything = {
        "problem": problem,
        "increase": stacked("increase"),
        "hitting_time": np.ones(len(points)),
        "logits": np.log(stacked("policy")),
        # Where the initial policy is not the reference: the problem's is then the initial one.
        **({"reference": np.log(stacked("policy"))} if subject is Subject.REFERENCE else {}),
        "elapsed": stacked("elapsed"),
        "subset": np.array([p.subset for p in points]),
        "samples": stacked("samples"),
        "step_sizes": stacked("elapsed")[:, None] * np.eye(1, RUN_STEPS),
        "epsilon": stacked("elapsed"),
        "group_size": stacked("samples"),
        **dict.fromkeys(("change", "sign_change", "standardised_change"), np.stack([p.log_ratio for p in points])),
        **dict.fromkeys(("reached", "baseline_reached"), stacked("increase")),
        **dict.fromkeys(("mean_time", "baseline_mean_time"), stacked("elapsed")),
        "baseline": stacked("coefficient"),
        "good_set": np.array([p.good_set or (False,) * len(p.proxy) for p in points]),
    }
    if subject is Subject.RUN:
        everything["samples"] = np.zeros((len(points), RUN_STEPS, RUN_GROUP), np.int64)
    kind: type[Any] = subject.instance
    return kind(**{field.name: everything[field.name] for field in fields(kind) if field.name in everything})


WITH_A_GOOD_SET = frozenset(["prop4", "s-thm5-fast", "s-thm6-fast", "s-prop4"])
"""Statements whose sides have no meaning where no output is good: they are compared where the statement applies
(`conformance.hypotheses`), and not at points of any kind."""


def register_sides(statements: Sequence[str]) -> dict[str, theory.statement.Sides]:
    """The sides that the register computes at the rational points, by id, compiled as one program for all of them."""
    chosen = [find_statement(statement) for statement in statements if statement not in WITH_A_GOOD_SET]

    def sides(instances: dict[str, Any]) -> dict[str, theory.statement.Sides]:
        return {s.id: s.sides(instances[s.subject.name]) for s in chosen}

    subjects = {s.subject for s in chosen}
    with jax.enable_x64(True):
        points = {subject.name: instance_of(rational_points(), subject) for subject in subjects}
        return compiled_for_one_run()(sides)(points)


def register_disagreement(
    statement: str,
    sides: theory.statement.Sides,
    expected: Callable[[Point], Sides],
    points: Sequence[Point] | None = None,
) -> str | None:
    """Where the two sides of a registered statement differ from the proved ones; None if they agree.

    **Arguments**: `sides`: what `register_sides` gave; `expected`: the smaller and the larger side at a point, each a
    number or one per output; `points`: where the sides were computed, the rational points unless given.
    """
    points = rational_points() if points is None else points
    smaller, larger = np.asarray(sides.smaller), np.asarray(sides.larger)
    for place, point in enumerate(points):
        wanted = expected(point)
        for which, found, claimed in (("smaller", smaller, wanted[0]), ("larger", larger, wanted[1])):
            problem = difference(np.broadcast_to(found, (len(points), *found.shape[1:]))[place], claimed)
            if problem is not None:
                return f"the {which} side of {statement} in the register is not the proved one: {problem} at {point}"
    return None


def difference(found: object, wanted: object) -> str | None:
    """In words, where two numbers or arrays differ by more than rounding; None if they do not."""
    actual, claimed = np.asarray(found, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    if actual.shape != claimed.shape:
        return f"shape {actual.shape} where {claimed.shape} is proved"
    # Equal infinities agree, and their difference is no number.
    with np.errstate(invalid="ignore"):
        close = np.abs(actual - claimed) <= TOLERANCE * (1 + np.abs(claimed))
    if not np.all(np.where(np.isinf(claimed), actual == claimed, close)):
        return f"{actual.tolist()} where {claimed.tolist()} is proved"
    return None


def constant_disagreement(name: str, found: float, stated: float | Fraction) -> str | None:
    """Whether a constant of `theory` is not the one that the statement names (declared with the proof, on its own)."""
    if float(found) == float(stated):
        return None
    return f"{name} is {found!r}, and the statement says {stated}"


def function_disagreement(
    name: str, function: Callable[..., object], stated: Callable[..., float], arguments: Sequence[Sequence[float]]
) -> str | None:
    """Where a function of `theory.bounds` differs from the formula that the statement names; None if it does not."""
    with jax.enable_x64(True):
        for values in arguments:
            problem = difference(function(*values), stated(*values))
            if problem is not None:
                return f"{name}{tuple(values)} is not the stated formula: {problem}"
    return None


def agreement(statement: str) -> str:
    """The sentence that a step carries about this comparison."""
    if statement in WITH_A_GOOD_SET:
        return f"the statement {statement} in the register, to {TOLERANCE:g}"
    return f"both sides of {statement} in the register, at {POINTS} rational points, to {TOLERANCE:g}"
