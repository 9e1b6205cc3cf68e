"""Cases of statements about policies of any kind: a model, what `theory` measures of it, and numbers that are free."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.formal.points.models import Model, models
from proofs_check.formal.points.register_values import Registered
from theory.arrays import AnyArray
from theory.compilation import compiled_for_one_run
from theory.instances.parametric import measure_policy, measure_state
from theory.parameter_space.objective import objective_gradient, regularized_variance
from theory.parameter_space.problem import PolicyProblem
from theory.statement import Statement
from theory.statements.register import find_statement

ROOM = 1 + 1e-9
"""Norms are bounded by this much more than themselves, so that rounding does not decide whether they are."""

MEASURED = ("jacobian_norm", "contrast_norm", "fisher_norm", "mean_fisher_norm", "score_norm", "largest_advantage")


@dataclass(frozen=True)
class Case:
    """A model with a time and an increase.

    **Fields**: `model`; `numbers`, those of the register's instances by name; `velocity` of the parameters;
    `compared`: whether sides are.
    """

    model: Model
    numbers: Mapping[str, float]
    velocity: tuple[float, ...]
    compared: bool = True

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} = {value:.6g}" for name, value in self.numbers.items())
        return f"a log-linear policy of {self.model.length} tokens with {shown}"

    @property
    def reached(self) -> bool:
        """Whether the expected reward of the first prompt has risen by `increase` now."""
        return self.numbers["initial_truth"] + self.numbers["increase"] <= self.numbers["expected_truth"]


@cache
def measured(place: int) -> Case:
    """A model as `theory` measures it, at the time one; it has risen by a little less than it has."""
    model = models()[place]
    with jax.enable_x64(True):
        found = {name: float(value) for name, value in _measure(model.problem, np.array(model.start)).items()}
        gradient = np.asarray(objective_gradient(model.problem, np.array(model.now)))
    found |= {name: found[name] * ROOM for name in MEASURED}
    found |= {f"own_{name}": found[f"own_{name}"] * ROOM for name in OWN if name not in ("variance", "gradient_norm")}
    found |= {f"path_{name}": found[name] for name in MEASURED}
    case = Case(model, found, tuple(gradient.tolist()))
    return risen(at_time(case, 1.0), 0.75)


@compiled_for_one_run()
def _measure(problem: PolicyProblem, start: AnyArray) -> dict[str, AnyArray]:
    """What `theory` measures of a problem, whose parameters are those of now, and at its start."""
    state, own = measure_state(problem, problem.parameters), measure_policy(problem)
    found = {f.name: getattr(state, f.name) for f in fields(state)}
    found |= {name: getattr(own, name)[0] for name in ("martingale_variance", "first_token_variance")}
    found |= {f"own_{name}": getattr(own, name)[0] for name in OWN}
    found["initial_variance"] = jnp.mean(regularized_variance(problem, start))
    return found | {"initial_truth": measure_state(problem, start).expected_truth}


OWN = ("variance", "jacobian_norm", "contrast_norm", "largest_reward", "gradient_norm", "fisher_norm")
"""What is measured at the first prompt alone."""


def with_numbers(case: Case, **numbers: float) -> Case:
    """The case with other numbers."""
    return replace(case, numbers={**case.numbers, **numbers})


def at_time(case: Case, elapsed: float) -> Case:
    """The case at another time; the parameters have travelled at the speed of now."""
    speed = case.numbers["gradient_norm"]
    return with_numbers(case, elapsed=elapsed, hitting_time=elapsed, path_length=elapsed * speed)


def risen(case: Case, share: float) -> Case:
    """The case with an increase that is a share of what the expected reward has moved by; reached now, or never."""
    moved = case.numbers["expected_truth"] - case.numbers["initial_truth"]
    changed = with_numbers(case, increase=share * abs(moved))
    return changed if changed.reached else with_numbers(changed, hitting_time=math.inf)


def policy_cases() -> list[Case]:
    """One for each model, the numbers being those of its first prompt."""
    cases = [measured(place) for place in range(len(models()))]
    return [with_numbers(c, **{name: c.numbers[f"own_{name}"] for name in OWN}) for c in cases]


def moving_cases() -> list[Case]:
    """One for each model."""
    return [measured(place) for place in range(len(models()))]


def timed_cases() -> list[Case]:
    """Each model, with increases up to what it has risen by, and beyond."""
    cases = [measured(place) for place in range(len(models()))]
    rising = [case for case in cases if case.numbers["expected_truth"] > case.numbers["initial_truth"]]
    edges = [risen(case, share) for case in rising for share in (0.1, 1 - 1e-9, 1 + 1e-9)]
    return [*cases, *(risen(at_time(case, 1 / 512), 0.75) for case in cases), *edges]


def compared_cases() -> list[Case]:
    """Each model, with increases within what there is to rise by, and just beyond."""
    cases = [measured(place) for place in range(len(models()))]
    room = [1 - case.numbers["initial_truth"] for case in cases]
    inner = [with_numbers(c, increase=share * r) for c, r in zip(cases, room, strict=True) for share in (0.01, 0.5)]
    edges = [with_numbers(c, increase=s * r) for c, r in zip(cases, room, strict=True) for s in (1 - 1e-9, 1 + 1e-9)]
    return [*inner, *(replace(edge, compared=False) for edge in edges)]


def paper_share(case: Case) -> float:
    """`8 L^2 J^2 (E Var_0)^(1/3)`: by what the time is multiplied where the paper limits it."""
    n = case.numbers
    return 8 * (n["length"] * n["path_jacobian_norm"]) ** 2 * math.cbrt(n["initial_variance"])


def paper_kl_limit(case: Case) -> float:
    """`1 - exp(-7/(3 lambda))`."""
    coefficient = case.model.coefficient
    return 1 - math.exp(-7 / (3 * coefficient)) if coefficient else 1.0


def our_share(norm: str, constant: float) -> Any:
    """`c L^(3/2) J^2 sqrt(E Var_0) / 2` for the norm of that name."""

    def share(case: Case) -> float:
        n = case.numbers
        return constant * n["length"] ** 1.5 * n[norm] ** 2 * math.sqrt(n["initial_variance"]) / 2

    return share


def path_cases(share: Any, limit: Any = lambda case: 1.0, *, places: Sequence[int] = ()) -> list[Case]:
    """Each model, or those in some places, at times before, at and after that at which the share reaches its limit."""
    result: list[Case] = []
    for place in places or range(len(models())):
        case = measured(place)
        rate = share(case)
        result += [at_time(case, 0.0), at_time(case, 1 / 512), case]
        if rate > 0:
            inner = [at_time(case, limit(case) * part / rate) for part in (0.25, 0.75)]
            edges = [at_time(case, limit(case) * part / rate) for part in (1 - 1e-9, 1 + 1e-9)]
            result += [*inner, *(replace(edge, compared=False) for edge in edges)]
            result.append(replace(at_time(case, 3 / rate), compared=False))
    return result


def registered(id: str, cases: Sequence[Case]) -> list[Registered]:
    """A statement of the register at cases: where its larger side is infinite it claims nothing."""
    return register_at(find_statement(id), cases)


def register_at(statement: Statement[Any], cases: Sequence[Case]) -> list[Registered]:
    """The same for a statement that may have been changed."""
    kind: Any = statement.subject.instance
    with jax.enable_x64(True):
        instance = kind(**{f.name: _column(cases, f.name) for f in fields(kind)})
        applies = np.broadcast_to(np.asarray(statement.applies(instance)), (len(cases),))
        sides = statement.sides(instance)
        smaller, larger = (np.broadcast_to(np.asarray(s), (len(cases),)) for s in (sides.smaller, sides.larger))
    return [
        Registered(case, bool(holds) and bool(np.isfinite(b)), *((a, b) if case.compared else (None, None)))
        for case, holds, a, b in zip(cases, applies, smaller, larger, strict=True)
    ]


def _column(cases: Iterable[Case], name: str) -> np.ndarray:
    return np.array([case.numbers[name] for case in cases])
