"""The steps of S6's proof on random trees of tokens: an oracle that knows nothing of solvers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities.parametric import growth_potential, many_tokens
from proofs_check.smt.formula import holds
from proofs_check.symbolic.positivity import evaluate, positive_step, smallest_coefficient

VOCABULARY = 3


def random_tree(rng: np.random.Generator, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of all outputs, and their scores: sums of parts of mean zero whose ranges are at most one."""
    probabilities, scores = np.ones(1), np.zeros(1)
    for _ in range(length):
        shape = (probabilities.size, VOCABULARY)
        policy = rng.dirichlet(np.full(VOCABULARY, rng.choice([0.3, 1.0])), probabilities.size)
        # Extreme places are the hardest ones.
        places = rng.integers(0, 2, shape) if rng.random() < 0.5 else rng.random(shape)
        parts = places - np.sum(policy * places, axis=1, keepdims=True)
        probabilities = (probabilities[:, None] * policy).ravel()
        scores = (scores[:, None] + parts).ravel()
    return probabilities, scores


@pytest.mark.parametrize("length", [2, 3, 4])
@pytest.mark.parametrize("seed", range(40))
def test_every_inequality_on_the_way_to_the_rate(length: int, seed: int) -> None:
    rng = np.random.default_rng([length, seed])
    p, s = random_tree(rng, length)
    u = length - s
    inverse = p @ (1 / u)
    best = 1 / inverse
    assert inverse <= 1 / (length - 0.4) + 1e-12
    share = length - best
    assert 0 <= share <= 0.4 + 1e-12
    for advantage in (rng.standard_normal(p.size), (best - u) / u, s):
        advantage = advantage - p @ advantage
        variance = p @ advantage**2
        speed, second = p @ (advantage * s), p @ (advantage**2 * s)
        if speed < 0:
            speed, second = -speed, second
        scale = length * variance * share
        assert speed**2 <= (length * variance - second) * share + 1e-12 * scale
        product = math.sqrt(length * variance * share / 3)
        assert 3 * speed * second <= 2 * length * variance * product * (1 + 1e-12)
        assert 4 * speed * second <= length**1.5 * variance**1.5
        check_claims(p, s, advantage if p @ (advantage * s) >= 0 else -advantage, length)


def check_claims(p: np.ndarray, s: np.ndarray, advantage: np.ndarray, length: int) -> None:
    """The claims of the proof, premises and conclusions, at the numbers of one tree with parts of range one."""
    u = length - s
    inverse, variance = p @ (1 / u), p @ advantage**2
    best, root = 1 / inverse, math.sqrt(variance)
    numbers = {
        "X": p @ (advantage * s),
        "Y": p @ (advantage**2 * s),
        "V": variance,
        "B": length,
        "R": inverse,
        "d": best,
        "q": length - best,
        "D": p @ (advantage * (best - u)),
        "G": p @ (advantage**2 * u),
        "H": p @ ((best - u) ** 2 / u),
        "M": p @ u,
        "Z": p @ advantage,
        "S": p @ s,
        "W": p.sum(),
        "K": 1.0,
        "L": length,
        "ell": math.sqrt(length),
        "v": root,
        "m": root * math.sqrt(length * (length - best) / 3),
    }
    scaled = numbers | {"B": length * variance}
    for claim, values in (
        (many_tokens.POTENTIAL, numbers),
        (many_tokens.PARABOLA, numbers),
        (many_tokens.NONNEGATIVE_SHARE, numbers),
        (many_tokens.LOW_POTENTIAL, numbers),
        (many_tokens.LARGEST_PRODUCT, scaled),
        (many_tokens.MANY_TOKENS_RATE, numbers),
    ):
        # That means of zero are zero holds up to rounding, which nothing can be relative to.
        for formula in (*(f for f in claim.formulas if f not in many_tokens.MEANS_OF_ZERO), claim.conclusion):
            assert holds(formula, {name: float(number) for name, number in values.items()}, tolerance=1e-8), formula


def test_the_certificates() -> None:
    for claim in (growth_potential.start(), growth_potential.step()):
        step = positive_step(claim)
        assert step.control is not None
        assert (step.verdict, step.control.refuted) == (Verdict.PROVED, True)
        assert evaluate(claim.terms, claim.point) > 0
        assert smallest_coefficient(claim.terms, claim.degree) > 0


@pytest.mark.parametrize("place", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("start", [2.0, 2.7, 9.0])
def test_the_terms_are_the_recursion(place: float, start: float) -> None:
    """The cleared fractions against the recursion as it is written."""

    def bound(x: float, steps: int) -> float:
        return x / (x**2 - 0.4 * steps)

    point = (growth_potential.F(place), growth_potential.F(0), growth_potential.F(start - 2))
    w = start + 1
    after = place * bound(w - 1 + place, 2) + (1 - place) * bound(w + place, 2)
    assert float(evaluate(growth_potential.step().terms, point)) == pytest.approx(bound(w, 3) - after, rel=1e-9)

    def root(x: float) -> float:
        return x - math.sqrt(x**2 - 1)

    exact = bound(start, 2) - 2 * place * root(start - 1 + place) - 2 * (1 - place) * root(start + place)
    assert 0 <= float(evaluate(growth_potential.start().terms, point)) <= exact + 1e-12
