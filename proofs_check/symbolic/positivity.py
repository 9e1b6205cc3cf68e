r"""Sums of fractions that are nonnegative where one variable is in [0, 1] and the others are at least zero.

**The argument.** Cleared of the denominators, the sum is a polynomial `sum_k c_k a^k` in the bounded variable `a`. In
the Bernstein basis `C(n, j) a^j (1 - a)^(n - j)`, which is nonnegative on [0, 1], its coefficients are polynomials in
the other variables; where all of *their* coefficients are nonnegative, so is the sum. The denominators are shown to be
positive in the same way, from coefficients whose constant terms are positive.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import QQ
from sympy.polys.rings import PolyElement

from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict


@dataclass(frozen=True)
class Fractional:
    """`numerator / denominator`, polynomials over the rationals in one ring."""

    numerator: PolyElement
    denominator: PolyElement


@dataclass(frozen=True)
class Positive:
    """A sum of fractions that is nonnegative, and one that is not.

    **Fields**

    - `terms`: the fractions; the first symbol of their ring is the bounded variable.
    - `degree`: of the Bernstein basis.
    - `wrong`, `wrong_description`: a false twin of the sum; `point`: values of the symbols at which it is negative.
    """

    name: str
    claim: str
    terms: Sequence[Fractional]
    degree: int
    wrong: Sequence[Fractional]
    wrong_description: str
    point: Sequence[Fraction]
    scope: str


def positive_step(claim: Positive, *, code: str = "", disagreement: str | None = None) -> Step:
    """Proves that the sum is nonnegative, and that its twin is not proved and is negative at the point.

    **Arguments** as in `symbolic.identity.identity_step`.

    **Returns** a step that is unknown where some coefficient is negative, and violated where the sum is negative at the
    point of its control.
    """
    started = time.perf_counter()
    smallest = smallest_coefficient(claim.terms, claim.degree)
    planted = smallest_coefficient(claim.wrong, claim.degree)
    value = evaluate(claim.wrong, claim.point)
    verdict, reason = Verdict.PROVED, None
    if smallest < 0:
        verdict, reason = Verdict.UNKNOWN, f"a coefficient is {smallest}"
    if evaluate(claim.terms, claim.point) < 0:
        verdict, reason = Verdict.VIOLATED, f"it is negative at {_readable(claim)}"
    if disagreement is not None:
        verdict, reason = Verdict.VIOLATED, disagreement
    symbols = claim.terms[0].numerator.ring.symbols
    return Step(
        name=claim.name,
        claim=claim.claim,
        method=StepMethod.SYMBOLIC,
        verdict=verdict,
        scope=claim.scope,
        text="Cleared of denominators, a polynomial whose coefficients in the Bernstein basis of degree "
        f"{claim.degree} in {symbols[0]}, and in {', '.join(map(str, symbols[1:]))}, are all at least zero.",
        control=StepControl(
            claim.wrong_description,
            refuted=planted < 0 and value < 0,
            text=f"A coefficient is {planted}.",
            witness=_readable(claim) | {"value": str(value)},
        ),
        seconds=time.perf_counter() - started,
        code=code,
        reason=reason,
    )


def smallest_coefficient(terms: Sequence[Fractional], degree: int) -> Fraction | float:
    """The smallest coefficient of the cleared sum; minus infinity where a denominator is not shown to be positive.

    **Raises** `ValueError` if the degree is too low.
    """
    total = terms[0].numerator.ring.zero
    for place, term in enumerate(terms):
        others = [other.denominator for k, other in enumerate(terms) if k != place]
        total += math.prod(others, start=term.numerator)
    for term in terms:
        coefficients = _coefficients(term.denominator, degree)
        constant = (0,) * (term.denominator.ring.ngens - 1)
        if min(coefficients.get(constant, [Fraction(0)])) <= 0 or min(map(min, coefficients.values())) < 0:
            return -math.inf
    return min(map(min, _coefficients(total, degree).values()))


def _coefficients(polynomial: PolyElement, degree: int) -> dict[tuple[int, ...], list[Fraction]]:
    """By the powers of the other variables, the coefficients in the Bernstein basis of the first."""
    if polynomial.degree(0) > degree:
        raise ValueError(f"degree: got {degree}. The polynomial has degree {polynomial.degree(0)}.")
    by_rest: dict[tuple[int, ...], list[Fraction]] = {}
    for (power, *rest), coefficient in polynomial.terms():
        powers = by_rest.setdefault(tuple(rest), [Fraction(0)] * (degree + 1))
        powers[power] = Fraction(int(coefficient.numerator), int(coefficient.denominator))
    return {rest: _bernstein(powers) for rest, powers in by_rest.items()}


def _bernstein(powers: Sequence[Fraction]) -> list[Fraction]:
    """The coefficients in the Bernstein basis from those of the powers."""
    degree = len(powers) - 1
    return [
        sum((Fraction(math.comb(j, k), math.comb(degree, k)) * powers[k] for k in range(j + 1)), start=Fraction(0))
        for j in range(degree + 1)
    ]


def evaluate(terms: Sequence[Fractional], point: Sequence[Fraction]) -> Fraction:
    """The exact value of the sum."""
    values = [QQ(number.numerator, number.denominator) for number in point]
    quotients = [
        term.numerator.evaluate(list(zip(term.numerator.ring.gens, values, strict=True)))
        / term.denominator.evaluate(list(zip(term.denominator.ring.gens, values, strict=True)))
        for term in terms
    ]
    total = sum(quotients)
    return Fraction(int(total.numerator), int(total.denominator))


def _readable(claim: Positive) -> dict[str, str]:
    symbols = claim.terms[0].numerator.ring.symbols
    return {str(symbol): str(number) for symbol, number in zip(symbols, claim.point, strict=True)}
