"""Proofs of the statements about a policy of any kind at one moment: S0, S2, S6's gradient, Proposition 2.

`docs/sharpened.md` has them in prose. A direction in parameters moves the log-probabilities by scores, which is what a
velocity of the logits of a table does: so the identities of tables speak of every policy.
"""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.conformance.tabular import constant_disagreement
from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import rates, sums
from proofs_check.inequalities.parametric import gradients, scores
from proofs_check.proofs.prover import Builder, Prover
from proofs_check.symbolic import identities
from theory.bounds import parameter_space

ANY_POLICY = written(
    "every policy is a table that moves",
    "the identity holds for the velocity that a direction u in parameters gives the log-probabilities",
    "The chain rule: pi(.|x) is the softmax of its own log-probabilities, which move by u . grad ln pi. A change that "
    "all of them share, such as the one that keeps their sum of probabilities one, is subtracted with the mean.",
)


def stated_constants(stated: dict[str, float]) -> list[str | None]:
    """Comparisons of constants of `theory.bounds.parameter_space` with those that the statement names."""
    return [constant_disagreement(name, getattr(parameter_space, name), value) for name, value in stated.items()]


def martingale(prover: Prover) -> Sequence[Step]:
    """The variance of a reward as the sum over positions of mean variances."""
    return [
        prover.check(sums.SECOND_MOMENTS),
        prover.check(gradients.ONE_TOKEN),
        prover.check(gradients.PREFIXES),
        prover.check(gradients.POSITIONS, statement="martingale"),
        prover.check(gradients.TOWER),
        prover.check(gradients.ENDS),
    ]


def contrast(prover: Prover) -> Sequence[Step]:
    """The contrast norm is at most the norm of the Jacobian."""
    return [
        prover.check(sums.NONNEGATIVE_SQUARES),
        prover.check(gradients.DIFFERENCE),
        prover.check(gradients.IMAGE),
        prover.check(gradients.CONTRAST, statement="contrast"),
    ]


def fisher_norm(prover: Prover) -> Sequence[Step]:
    """The norm of the Fisher matrix is at most `L K^2 / 2`, with `K` the contrast norm."""
    constants = stated_constants({"SHARPENED_PROPOSITION_2_SQUARE": 0.5})
    return [
        prover.cite("martingale"),
        prover.cite("popoviciu"),
        prover.check(sums.CAUCHY_SCHWARZ),
        prover.check(gradients.RANGE),
        prover.check(gradients.ONE_POSITION),
        prover.check(sums.WEIGHTED_MEAN),
        prover.check(gradients.ALL_POSITIONS),
        prover.check(gradients.fisher_norm(), statement="s0-fisher", disagreements=constants),
        written(
            "scores are martingale differences",
            "u^T F u = E (u . grad ln pi)^2 is the sum over positions of E Var_{p_l}[u . J_l^T e]",
            "Given the tokens before it, the score u . J_l^T (e_y - p_l) of a position has mean zero. So the "
            "partial sums of the scores are a martingale, whose mean square is the sum of its parts (as for Q_l).",
        ),
    ]


def fisher_form(prover: Prover) -> Sequence[Step]:
    """`||grad phi||^2 <= lambda_max(F) Var`."""
    return [
        prover.check(identities.COVARIANCE),
        ANY_POLICY,
        prover.check(sums.CAUCHY_SCHWARZ),
        prover.check(rates.FISHER, statement="s0"),
        written(
            "direction of the gradient",
            "||grad phi||^2 <= lambda_max(F) Var",
            "Take for u the unit vector along grad phi; E (u . score)^2 = u^T F u is at most the largest eigenvalue.",
        ),
    ]


def contrast_gradient(prover: Prover) -> Sequence[Step]:
    """S6's bound on the gradient, by the contrast norm."""
    constants = stated_constants({"SHARPENED_PROPOSITION_2_SQUARE": 0.5})
    query = gradients.contrast_gradient()
    return [
        prover.cite("s0"),
        prover.cite("s0-fisher"),
        prover.check(query, statement="s6-gradient", disagreements=constants),
    ]


def spectral_gradient(prover: Prover) -> Sequence[Step]:
    """S2's bound on the gradient, by the norm of the Jacobian."""
    constants = stated_constants({"SHARPENED_PROPOSITION_2_SQUARE": 0.5})
    query = gradients.spectral_gradient()
    return [
        prover.cite("s6-gradient"),
        prover.cite("contrast"),
        prover.check(query, statement="s2", disagreements=constants),
    ]


def _proposition_2(statement: str) -> Builder:
    def steps(prover: Prover) -> Sequence[Step]:
        constants = stated_constants({"PROPOSITION_2_CONSTANT": 6.0})
        return [
            prover.cite("s2"),
            prover.cite("popoviciu"),
            prover.check(gradients.SIXTH_ROOTS),
            prover.check(gradients.proposition_2(), statement=statement, disagreements=constants),
        ]

    return steps


def score(prover: Prover) -> Sequence[Step]:
    """`||grad ln pi(y|x)|| <= sqrt 2 L J`, with either norm."""
    return [
        prover.cite("contrast"),
        prover.check(sums.CAUCHY_SCHWARZ),
        prover.check(gradients.RANGE),
        prover.check(scores.MEAN_IN_RANGE),
        prover.check(scores.SCORE_OF_A_POSITION),
        prover.check(scores.SUM_OF_SCORES),
        prover.check(scores.SCORE),
        written(
            "score",
            "||grad ln pi(y|x)|| <= sqrt 2 L c",
            "grad ln pi(y|x) is the sum of J_l^T (e_{y_l} - p_l) over positions; a norm is the largest product "
            "with a direction u of length one.",
        ),
    ]


def flow_speed(prover: Prover) -> Sequence[Step]:
    """`||theta'|| <= J sqrt(L Var / 2)`, `Var` the mean over prompts, with either norm."""
    return [
        prover.cite("s6-gradient"),
        prover.cite("contrast"),
        prover.check(scores.MEAN_OVER_PROMPTS),
        prover.check(scores.flow_speed()),
        written(
            "direction of motion",
            "||theta'|| is the mean over prompts of d = v . grad phi(theta; x)",
            "theta' = grad phi(theta) is the mean of the prompts' gradients and v its direction, of length one, so "
            "d^2 <= ||grad phi(theta; x)||^2 <= (L c^2 / 2) Var_x.",
        ),
    ]


POLICY_PROOFS: dict[str, Builder] = {
    "martingale": martingale,
    "contrast": contrast,
    "s0-fisher": fisher_norm,
    "s0": fisher_form,
    "s2": spectral_gradient,
    "s6-gradient": contrast_gradient,
    "prop2": _proposition_2("prop2"),
    "razin2024": _proposition_2("razin2024"),
    "score": score,
    "flow-speed": flow_speed,
}
"""By the id of the statement; those that the register does not have are cited by others."""
