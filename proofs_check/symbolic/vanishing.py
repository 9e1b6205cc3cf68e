"""Statements about functions of one variable, settled by exact differentiation (paper, Lemmas 1, 2, 4 and their use).

Every check is that an expression vanishes identically. An expression that `sympy` does not bring to zero is not proved:
violated if it is nonzero at a point, unknown otherwise.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.symbolic.constants import rational
from theory.bounds import lemmas, lower_bounds, upper_bounds
from theory.tabular.exact_solutions import one_against_equals_time

t, S, gamma, s0, P0, rho, q, n, x, u, g0, bracket = sp.symbols("t S gamma s0 P0 rho q n x u g0 bracket", positive=True)
c, p = sp.symbols("c p", positive=True)
g = sp.Function("g", positive=True)(t)

DIGITS = 30
SMALL_INCREASE = 1e-3
"""The gamma at which two equally likely outputs show that 4 is the best constant, up to terms of its size."""
NONZERO = sp.Float("1e-15")


@dataclass(frozen=True)
class Vanishing:
    """Expressions that vanish identically, and one that does not.

    **Fields**: `expressions` (with a word on each; a pair stands for its difference), `wrong`: a corrupted one;
    `witness`: numbers that go with it, and `realised`: whether the corrupted claim is false there.
    """

    name: str
    claim: str
    expressions: dict[str, sp.Expr | tuple[sp.Expr, sp.Expr]]
    wrong: sp.Expr
    wrong_description: str
    scope: str = "every value of the symbols, all positive"
    witness: dict[str, Any] = field(default_factory=dict)
    realised: bool = True


def vanishing_step(claim: Vanishing, *, code: str = "", disagreement: str | None = None) -> Step:
    """Proves that the expressions vanish, and that the corrupted one is found to be wrong by the same code."""
    started = time.perf_counter()
    verdict, reason = Verdict.PROVED, None
    for what, expression in claim.expressions.items():
        outcome, where = vanishes(_difference(expression))
        if outcome is not Verdict.PROVED:
            verdict, reason = outcome, f"{what}: {where}"
            break
    if disagreement is not None:
        verdict, reason = Verdict.VIOLATED, disagreement
    wrong, where = vanishes(claim.wrong)
    return Step(
        name=claim.name,
        claim=claim.claim,
        method=StepMethod.SYMBOLIC,
        verdict=verdict,
        scope=claim.scope,
        text="\n".join(f"{what}: {_equation(expression)}" for what, expression in claim.expressions.items()),
        control=StepControl(
            claim.wrong_description,
            wrong is Verdict.VIOLATED and claim.realised,
            f"{claim.wrong} = 0",
            {"where": where} | claim.witness,
        ),
        seconds=time.perf_counter() - started,
        code=code,
        reason=reason,
    )


def _difference(expression: sp.Expr | tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    return expression[0] - expression[1] if isinstance(expression, tuple) else expression


def _equation(expression: sp.Expr | tuple[sp.Expr, sp.Expr]) -> str:
    left, right = expression if isinstance(expression, tuple) else (expression, 0)
    return f"{left} = {right}"


def vanishes(expression: sp.Expr) -> tuple[Verdict, str]:
    """Whether it is zero for all values of its symbols; if not, where."""
    functions = {f: sp.Rational(3, 2) + t**2 for f in expression.atoms(sp.core.function.AppliedUndef)}
    concrete = expression.subs(functions).doit()
    point = {s: sp.Rational(3 + 2 * k, 7 + k) for k, s in enumerate(sorted(concrete.free_symbols, key=str))}
    number = sp.N(concrete.subs(point), DIGITS)
    where = ", ".join(f"{s} = {v}" for s, v in point.items()) or "any point"
    # First: what is not zero can take for ever to simplify.
    if number.is_number and abs(number) > NONZERO:
        return Verdict.VIOLATED, f"it is {sp.N(number, 6)} at {where}"
    if sp.simplify(sp.expand_log(sp.powdenest(sp.expand(expression), force=True), force=True)) == 0:
        return Verdict.PROVED, ""
    return Verdict.UNKNOWN, f"not brought to zero, and about zero at {where}"


def comparison(sign: int) -> Vanishing:
    """Lemma 1 (`sign` 1, for `g' <= c g^p`) or Lemma 2 (`sign` -1), with `1 - c (p-1) g0^(p-1) t = bracket`."""
    slack = sign * (c * g**p - g.diff(t))
    derivative = (g ** (1 - p)).diff(t)
    elapsed = (1 - bracket) / (c * (p - 1) * g0 ** (p - 1))
    solution = g0 / bracket ** (1 / (p - 1))
    return Vanishing(
        name="Bernoulli's substitution",
        claim="h = g^(1-p) has h' = -c (p-1) + (p-1) g^(-p) (c g^p - g'), and the bound is h(0) - c (p-1) t to the "
        "power "
        "-1/(p-1)",
        expressions={
            "derivative of h": derivative + c * (p - 1) - sign * (p - 1) * g ** (-p) * slack,
            "the bound": bracket * g0 ** (1 - p) - (g0 ** (1 - p) - c * (p - 1) * elapsed),
            "its power": sp.log(solution) * (1 - p) - sp.log(bracket * g0 ** (1 - p)),
        },
        wrong=derivative + c * p - (p - 1) * g ** (-p) * (c * g**p - g.diff(t)),
        wrong_description="the rate c p in place of c (p - 1)",
        scope="every differentiable g > 0, p > 1, c > 0",
    )


def logarithm() -> Vanishing:
    """`ln x <= x - 1` for `x > 0`, hence `ln x <= 0` for `x <= 1`."""
    gap = x - 1 - sp.log(x)
    return Vanishing(
        name="logarithm",
        claim="x - 1 - ln x has the derivative (x - 1)/x, and vanishes at 1",
        expressions={"slope": gap.diff(x) - (x - 1) / x, "value at 1": (gap.subs(x, 1), sp.Integer(0))},
        wrong=gap.subs(x, 1) - sp.Rational(1, 100),
        wrong_description="ln x <= x - 1.01",
        witness={"x": 1},
    )


def growth() -> Vanishing:
    """`g' <= c g` gives `g(t) <= g(0) exp(c t)`."""
    return Vanishing(
        name="Gronwall",
        claim="(g exp(-c t))' = exp(-c t) (g' - c g), which is at most zero",
        expressions={"derivative": (g * sp.exp(-c * t)).diff(t) - sp.exp(-c * t) * (g.diff(t) - c * g)},
        wrong=(g * sp.exp(-c * t)).diff(t) - sp.exp(-c * t) * g.diff(t),
        wrong_description="the term -c g left out",
        scope="every differentiable g, c > 0",
    )


def lower_bound_integral() -> Vanishing:
    """From the two rates to `t_gamma >= 4 |S| (1 - exp(-gamma/2)) / s0`, with the constants of the code."""
    variance_constant = rational(lemmas.SHARPENED_VARIANCE_RATE_CONSTANT)
    value_constant = rational(lemmas.SHARPENED_VALUE_RATE_CONSTANT)
    constant = rational(lower_bounds.SHARPENED_PROPOSITION_3_CONSTANT)
    deviation = s0 / (1 - variance_constant * s0 * t / (2 * S))
    rise = -2 * value_constant / variance_constant * sp.log(1 - variance_constant * s0 * t / (2 * S))

    def at_the_bound(factor: sp.Expr) -> sp.Expr:
        return rise.subs(t, factor * S * (1 - sp.exp(-gamma / 2)) / s0) - gamma

    exact_time = float(one_against_equals_time(0.5, 0.5 + SMALL_INCREASE / 2, 2))
    too_high = -4.02 * math.expm1(-SMALL_INCREASE / 2)
    return Vanishing(
        name="from rates to time",
        claim="s(t) <= s0 / (1 - s0 t/(4|S|)) by Lemma 1 with p = 3/2; the integral of s/(2|S|) is "
        "2 ln(1/(1 - s0 t/(4|S|))), and equals gamma at t = 4|S| (1 - exp(-gamma/2)) / s0",
        expressions={
            "Lemma 1's curve solves Var' = c Var^(3/2)/|S|": (
                (deviation**2).diff(t),
                variance_constant / S * deviation**3,
            ),
            "its start": (deviation.subs(t, 0), s0),
            "the integral": (rise.diff(t), value_constant / S * deviation),
            "the integral's start": (rise.subs(t, 0), sp.Integer(0)),
            f"rise at t = {constant}*S*(1 - exp(-gamma/2))/s0": (at_the_bound(constant) + gamma, gamma),
        },
        wrong=at_the_bound(sp.Rational(402, 100)),
        wrong_description="the constant 4 raised to 4.02",
        scope="every |S|, gamma, standard deviation s0",
        witness={
            "policy": [0.5, 0.5],
            "proxy": [1, -1],
            "truth": [1, -1],
            "gamma": SMALL_INCREASE,
            "exact_time": exact_time,
            "bound": too_high,
        },
        realised=exact_time < too_high,
    )


def upper_bound_integral() -> Vanishing:
    """From `P' >= q P^2 / (4 |S| n)` to `P >= rho` at the time of Proposition 4, with the constant of the code."""
    constant = rational(upper_bounds.PROPOSITION_4_CONSTANT)
    rate = q / (4 * n * S)
    time_limit = constant * S * n / q * (1 / P0 - 1 / rho)
    return Vanishing(
        name="from rate to mass",
        claim="P(t) >= P0 / (1 - k P0 t), k = q/(4 |S| n), by Lemma 2 with p = 2; it is rho at "
        "t = 4 |S| n / q (1/P0 - 1/rho), q = (1-rho) delta",
        expressions={
            "Lemma 2's curve": ((P0 / (1 - rate * P0 * t)).diff(t), rate * (P0 / (1 - rate * P0 * t)) ** 2),
            "the bracket at that time": 1 - rate * P0 * time_limit - P0 / rho,
        },
        wrong=1 - rate * P0 * time_limit * sp.Rational(99, 100) - P0 / rho,
        wrong_description="one per cent less time",
        scope="every |S|, n = |Y+|, q, 0 < P0 < rho",
    )


def logistic_integral() -> Vanishing:
    """From `P' >= (1 - l) kappa P^2 (1-P)^2 / (n |S|)` to `P = rho` at the time of S-P4, and the form of the code."""
    integral = 2 * sp.log(x / (1 - x)) + (2 * x - 1) / (x * (1 - x))
    kappa, loss = sp.symbols("kappa loss", positive=True)
    span = sp.Symbol("span", positive=True)
    rate = (1 - loss) * kappa / (n * S)
    # exp of half the sum and of half the difference of two log-odds, whose exponentials are u^2 and g0^2.
    cosh, sinh = (u * g0 + 1 / (u * g0)) / 2, (u / g0 - g0 / u) / 2
    return Vanishing(
        name="from rate to arrival",
        claim="G' = 1/(P^2 (1-P)^2), so G(P) rises at least at the rate (1 - l) kappa / (n |S|); by G(rho) - G(P0) at "
        "t = |S| n / kappa (G(rho) - G(P0)) / (1 - l). With log-odds z, G = 2 z + 2 sinh z, and the sinh differ by "
        "2 cosh((z1 + z0)/2) sinh((z1 - z0)/2)",
        expressions={
            "derivative of G": integral.diff(x) - 1 / (x**2 * (1 - x) ** 2),
            "G in the odds": (2 * x - 1) / (x * (1 - x)) - (x / (1 - x) - (1 - x) / x),
            "difference of sinh": (u**2 - u**-2) / 2 - (g0**2 - g0**-2) / 2 - 2 * cosh * sinh,
            "rise of G at that time": rate * S * n / kappa * span / (1 - loss) - span,
        },
        wrong=rate * S * n / kappa * span / (1 - loss) * sp.Rational(99, 100) - span,
        wrong_description="one per cent less time",
        scope="every |S|, n, kappa, 0 < l < 1, 0 < P < 1",
    )
