"""The growth potential of S6 (docs/sharpened.md) against its recursion, solved on a grid: an oracle for the proofs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from proofs_check.inequalities.parametric import growth_potential, many_tokens
from proofs_check.smt.formula import holds
from theory.bounds.parameter_space import CONTRAST_VARIANCE_RATE

PLACES = np.linspace(1e-6, 1, 2001)


def largest_inverse(steps: int, start: float) -> float:
    """`e_n(w)` by the recursion over places of the step, the last one in closed form."""
    if steps == 1:
        return 2 / (start + math.sqrt(start**2 - 1))
    places = PLACES if steps == 2 else PLACES[::50]
    low = np.array([largest_inverse(steps - 1, start - 1 + a) for a in places])
    high = np.array([largest_inverse(steps - 1, start + a) for a in places])
    return float(np.max(places * low + (1 - places) * high))


@pytest.mark.parametrize(("steps", "start"), [(2, 2.0), (2, 3.5), (3, 3.0), (3, 10.0)])
def test_the_claim_holds_and_is_not_far_from_the_truth(steps: int, start: float) -> None:
    claimed = start / (start**2 - float(growth_potential.SHARE) * steps)
    assert 0.94 * claimed < largest_inverse(steps, start) <= claimed


def test_the_first_step_in_closed_form() -> None:
    for start in (1.0, 1.25, 4.0):
        root = largest_inverse(1, start) / 2
        claim = growth_potential.ONE_STEP
        for place in PLACES[::20]:
            numbers = {"w": start, "z": root, "a": float(place)}
            assert all(holds(formula, numbers, tolerance=1e-12) for formula in (*claim.formulas, claim.conclusion))
        values = PLACES / (start - 1 + PLACES) + (1 - PLACES) / (start + PLACES)
        assert values.max() == pytest.approx(largest_inverse(1, start), rel=1e-6)


@pytest.mark.parametrize("length", [2, 3, 10, 1000])
def test_the_constant_of_s6_follows(length: int) -> None:
    """`E[K/u] <= 1 / (L - 2/5)`, hence `q <= 2K/5` and the product of S6's proof below a half in units of `J^2`."""
    inverse = length / (length**2 - float(growth_potential.SHARE) * length)
    q = length - 1 / inverse
    numbers = {"K": 1.0, "R": inverse, "L": length, "d": 1 / inverse, "q": q}
    claim = many_tokens.LOW_POTENTIAL
    assert all(holds(formula, numbers, tolerance=1e-9) for formula in (*claim.formulas, claim.conclusion))
    assert q == pytest.approx(0.4)
    product = 2 / (3 * math.sqrt(3)) * length**1.5 * math.sqrt(q) * 2
    assert product <= CONTRAST_VARIANCE_RATE * length**1.5
