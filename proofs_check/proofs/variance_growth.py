"""Proofs of how fast reward variance grows with shared parameters: S4's and S6's rates, and Lemma 5's."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import sums
from proofs_check.inequalities.parametric import growth_potential as growth_potential_inequalities
from proofs_check.inequalities.parametric import many_tokens, one_token, variance_growth
from proofs_check.proofs.parametric_gradients import ANY_POLICY, stated_constants
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.symbolic import identities


def spectral_rate(prover: Prover) -> Sequence[Step]:
    """S4's rate of the variance, by the norm of the Jacobian."""
    constants = stated_constants({"SHARPENED_VARIANCE_RATE": 1.0})
    return [
        prover.check(identities.DIRECTIONAL_VARIANCE),
        prover.check(identities.COVARIANCE),
        ANY_POLICY,
        prover.check(variance_growth.RATES_OF_PROMPTS),
        prover.check(variance_growth.MOTION),
        prover.cite("flow-speed"),
        prover.cite("score"),
        prover.cite("contrast"),
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(variance_growth.spectral_rate(), statement="s4-var-rate", disagreements=constants),
    ]


def growth_potential(prover: Prover) -> Sequence[Step]:
    """`K E[1/u] <= 1 / (L - 2/5)` for `L >= 2` and the martingale `u = L K - s`."""
    return [
        prover.check(growth_potential_inequalities.ONE_STEP),
        prover.check(growth_potential_inequalities.ONCE),
        prover.check(growth_potential_inequalities.TWICE),
        prover.check(growth_potential_inequalities.start()),
        prover.check(growth_potential_inequalities.step()),
        prover.check(growth_potential_inequalities.convexity()),
        written(
            "ends of the interval",
            "E[b(w')] <= a b(w - 1 + a) + (1 - a) b(w + a) for a convex b, where w' has mean w and lies in "
            "[w - 1 + a, w + a]",
            "A convex function lies below its chord, whose mean is its value at w. The bounds b_0 = 1/w, b_1 = 2 z "
            "and b_n are convex where w >= n, as n^2 > 2n/5: their second derivatives are positive there. Given "
            "the prefix the score of a position has mean zero and lies in an interval of length at most K with its "
            "maximum attained, so in units of K the next u lies in such an interval with a > 0.",
        ),
        written(
            "induction over positions",
            "E[K/u] <= b_n(w) after n more positions from u = K w, w >= n: at w = n = L it is 1 / (L - 2/5)",
            "No position: 1/w. One step lowers w by at most 1. One position is the first step, for every w >= 1, "
            "two the start, and "
            "each one after it the step from n - 1 to n.",
        ),
    ]


def _potential(prover: Prover) -> list[Step]:
    """What both rates of S6 share: Cauchy-Schwarz with the weight `u = B - s`, and the harmonic mean of `u`."""
    return [
        prover.cite("score"),
        prover.cite("growth-potential"),
        prover.check(sums.CAUCHY_SCHWARZ),
        prover.check(many_tokens.SCORES_BELOW),
        prover.check(many_tokens.EXPANSION),
        prover.check(many_tokens.POTENTIAL),
        prover.check(many_tokens.PARABOLA),
        prover.check(many_tokens.NONNEGATIVE_SHARE),
        prover.check(many_tokens.LARGEST_PRODUCT),
    ]


def one_token_rate(prover: Prover) -> Sequence[Step]:
    """S6's rate for outputs of one token: `B = 3 K / (2 sqrt 2)`."""
    return [
        *_potential(prover),
        prover.check(one_token.BEST_STEP),
        prover.check(one_token.LOW_START),
        prover.check(one_token.ONE_TOKEN_RATE),
    ]


def many_tokens_rate(prover: Prover) -> Sequence[Step]:
    """S6's rate for outputs of at least two tokens: `B = L K`."""
    return [
        *_potential(prover),
        prover.cite("martingale"),
        prover.check(many_tokens.LOW_POTENTIAL),
        prover.check(many_tokens.MANY_TOKENS_RATE),
    ]


def contrast_rate(prover: Prover) -> Sequence[Step]:
    """S6's rate of the variance, by the contrast norm."""
    constants = stated_constants({"CONTRAST_VARIANCE_RATE": 0.5})
    return [
        prover.check(identities.DIRECTIONAL_VARIANCE),
        prover.check(identities.COVARIANCE),
        ANY_POLICY,
        prover.check(variance_growth.RATES_OF_PROMPTS),
        prover.check(variance_growth.MOTION),
        prover.cite("flow-speed"),
        prover.cite("one-token-rate"),
        prover.cite("many-tokens-rate"),
        prover.check(variance_growth.contrast_rate(), statement="s6-var-rate", disagreements=constants),
    ]


def lemma_5_rate(prover: Prover) -> Sequence[Step]:
    """Lemma 5's rate of the variance, from S4's."""
    constants = stated_constants({"LEMMA_5_VARIANCE_RATE": 24.0, "LEMMA_6_REWARD_LIMIT": 8.0})
    return [
        prover.cite("s4-var-rate"),
        prover.cite("popoviciu"),
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(variance_growth.LARGEST_MEAN_VARIANCE),
        prover.check(variance_growth.lemma_5_rate(), statement="lem5-var-rate", disagreements=constants),
    ]


GROWTH_PROOFS: dict[str, Builder] = {
    "s4-var-rate": spectral_rate,
    "one-token-rate": one_token_rate,
    "growth-potential": growth_potential,
    "many-tokens-rate": many_tokens_rate,
    "s6-var-rate": contrast_rate,
    "lem5-var-rate": lemma_5_rate,
}
"""By the id of the statement; those that the register does not have are cited by others."""
