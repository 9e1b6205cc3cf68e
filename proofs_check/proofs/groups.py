"""Proofs of the statements about sampled completions (`docs/sampled-groups.md` has them in prose)."""

from __future__ import annotations

from collections.abc import Sequence

from proofs_check.evidence.step import Step, written
from proofs_check.inequalities import groups
from proofs_check.proofs.prover import Builder, Prover


def leave_one_out(prover: Prover) -> Sequence[Step]:
    """The advantage against the mean of the others."""
    return [prover.check(groups.LEAVE_ONE_OUT, statement="leave-one-out")]


def largest_variance(prover: Prover) -> Sequence[Step]:
    """The subset of largest variance has no member strictly between two rewards that are left out."""
    return [
        prover.check(groups.CONVEX_IN_ONE, statement="largest-variance"),
        written(
            "exchange",
            "m >= 2 rewards of largest variance are, equal rewards renamed, the k smallest and m - k largest",
            "m^2 times its variance is m sum x^2 - (sum x)^2; of it the terms in one member x are those of the first "
            "step, R being the sum of the other members. Were x strictly between two rewards a and b that are left "
            "out, one of them in its place would give more. So every member is at most the smallest reward that is "
            "left out, or at least the largest. Where members equal one of these, exchange their names: those left out "
            "are then a run in ascending order.",
        ),
    ]


def summed_cancel(prover: Prover) -> Sequence[Step]:
    """The sum is constant, and a constant less its mean is zero, whatever it is divided by."""
    return [prover.check(groups.CONSTANT_SUM), prover.check(groups.NOTHING_LEFT, statement="summed-cancel")]


def decoupled_cancel(prover: Prover) -> Sequence[Step]:
    """Both rewards have the same deviation, and opposite differences from their means."""
    return [prover.check(groups.SAME_SPREAD), prover.check(groups.OPPOSITE, statement="decoupled-cancel")]


def truth_classes(prover: Prover) -> Sequence[Step]:
    """The law of total variance for the rewards of a group."""
    return [
        prover.check(groups.EXPANDED),
        prover.check(groups.ONE_CLASS, statement="truth-classes"),
        written(
            "sum over classes",
            "the squares about the mean of all are those about the class means and those of the class means",
            "The first step with m the mean of all and with m the class mean gives D and E of the second; add up over "
            "the classes, and divide by n - 1.",
        ),
    ]


def prompt_shift(prover: Prover) -> Sequence[Step]:
    """Differences from the mean of a prompt do not change, hence neither does their root mean square."""
    return [prover.check(groups.SHIFTED_MEAN), prover.check(groups.SHIFT, statement="prompt-shift")]


def whitening_shift(prover: Prover) -> Sequence[Step]:
    """The divisor is at least what lies between the prompts, which a shift makes as large as one likes."""
    return [
        prover.cite("truth-classes"),
        prover.cite("prompt-shift"),
        prover.check(groups.WHITENED, statement="whitening-shift"),
        written(
            "prompts as classes",
            "T = W + B, and v is the same before and after the shift",
            "The first citation with prompts in place of classes; by the second the differences within prompts, and so "
            "their variances, do not change.",
        ),
    ]


def equal_subsets(prover: Prover) -> Sequence[Step]:
    """`E C(c, G) = C(n, G) p^G` for the number `c` of `n` independent draws that have a property of chance `p`."""
    return [
        prover.check(groups.ONE_MORE_DRAW),
        written(
            "induction over draws",
            "E C(c, G) = C(n, G) p^G for every n and G",
            "Without draws both sides are 1 for G = 0 and 0 for G >= 1; G = 0 is always 1. The next draw adds one to c "
            "with probability p, whatever c is, and C(c + 1, G) = C(c, G) + C(c, G - 1).",
        ),
    ]


def no_signal_unbiased(prover: Prover) -> Sequence[Step]:
    """Of each reward the number of draws that have it is binomial."""
    return [
        prover.cite("equal-subsets"),
        prover.check(groups.ONE_MORE_DRAW, statement="no-signal-unbiased"),
        written("sum over rewards", "divide by C(n, G) and add up over the rewards", "The expectation is linear."),
    ]


def no_signal_pooling(prover: Prover) -> Sequence[Step]:
    """Jensen's inequality for the convex function `u^G`."""
    return [
        prover.cite("no-signal-unbiased"),
        prover.check(groups.TANGENT, statement="no-signal-pooling"),
        written(
            "average over prompts",
            "E_x p^G >= (E_x p)^G for each reward",
            "For G = 1 the tangent is equality; by the step it lies below u^G for every G. With m the mean over the "
            "prompts the linear term is zero on average. Add up over the rewards.",
        ),
    ]


def best_of_k_unbiased(prover: Prover) -> Sequence[Step]:
    """The largest of k draws is at most v if all of them are."""
    return [
        prover.cite("equal-subsets"),
        prover.check(groups.SAME_RANK, statement="best-of-k-unbiased"),
        written(
            "sum over rewards",
            "the mean is sum_v v (P(r <= v)^k - P(r < v)^k), the expected largest of k",
            "Rows of equal reward v have together the weight [C(c(v), k) - C(c(v-), k)]/C(n, k) by the second step, "
            "with c(v) and c(v-) how many draws are at most and below v; their expectations are the powers by the "
            "first.",
        ),
    ]


GROUP_PROOFS: dict[str, Builder] = {
    "leave-one-out": leave_one_out,
    "largest-variance": largest_variance,
    "summed-cancel": summed_cancel,
    "decoupled-cancel": decoupled_cancel,
    "truth-classes": truth_classes,
    "prompt-shift": prompt_shift,
    "whitening-shift": whitening_shift,
    "equal-subsets": equal_subsets,
    "no-signal-unbiased": no_signal_unbiased,
    "no-signal-pooling": no_signal_pooling,
    "best-of-k-unbiased": best_of_k_unbiased,
}
"""By the id of the statement; `equal-subsets` is only cited."""
