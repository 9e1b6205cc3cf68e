"""The corollaries of S3: its constant against the others', with `f = 1 - exp(-gamma/2)` and `|S|` divided out."""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities.sums import POPOVICIU, within
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Induction, Query
from proofs_check.symbolic.constants import quotient
from theory.bounds import lower_bounds
from theory.tabular.exact_solutions import one_against_equals_time


def proposition_3() -> Query:
    """The paper's constant is at most S3's."""
    ours, paper = quotient(lower_bounds.SHARPENED_PROPOSITION_3_CONSTANT), quotient(lower_bounds.PROPOSITION_3_CONSTANT)
    return Query(
        name="the paper's constant",
        claim="2 f / s <= 4 f / s <= t",
        premises=("s > 0", "0 < f", "f < 1", f"t*s >= {ours}*f"),
        conclusion=f"t*s >= {paper}*f",
        stronger="t*s >= (402/100)*f",
        stronger_description="the constant 2 raised to 4.02 (4 is the best possible)",
        witness=_small_increase(1.0),
        origin="pi0 = (1/2, 1/2), r_RM = r_G = (1, -1), gamma = 0.001, t the exact hitting time",
    )


def _small_increase(deviation: float) -> dict[str, float]:
    """Two equally likely outputs with rewards that differ by `2 * deviation`: the exact time to rise by 0.001."""
    time = float(one_against_equals_time(0.5, 0.5005, 2)) / deviation
    return {"s": deviation, "f": -math.expm1(-0.0005), "t": time, "T": 1 / (2 * deviation)}


def narrow_rewards(constant: float, statement: str) -> Query:
    """Rewards inside an interval of length `1/T`: Popoviciu in S3."""
    ours = quotient(lower_bounds.SHARPENED_PROPOSITION_3_CONSTANT)
    return Query(
        name=statement,
        claim="Var <= 1/(4 T^2) gives c T f <= 4 f / s <= t",
        premises=(
            "s > 0",
            "T > 0",
            "0 < f",
            "f < 1",
            "hi >= lo",
            POPOVICIU.concluded(v="s**2"),
            "(hi - lo)*T <= 1",
            f"t*s >= {ours}*f",
        ),
        conclusion=f"t >= {quotient(constant)}*T*f",
        stronger="t >= (804/100)*T*f",
        stronger_description="the constant raised to 8.04 (8 is the best possible)",
        witness=_small_increase(0.125) | {"hi": 0.25, "lo": 0.0},
        origin="pi0 = (1/2, 1/2), r_RM = (1/4, 0), r_G = (1, -1), gamma = 0.001, t the exact hitting time",
        given=("W == 1", "s**2 == Q - E**2"),
        terms=(within("lo", "hi"),),
    )


def one_rewarded_output() -> Query:
    """S-T6: a reward that is +1 on one output of probability `q` has variance `4 q (1-q)`."""
    ours = quotient(lower_bounds.SHARPENED_PROPOSITION_3_CONSTANT)
    constant = quotient(lower_bounds.SHARPENED_THEOREM_6_SLOW_CONSTANT)
    return Query(
        name="S-T6",
        claim="s = 2 sqrt(q (1-q)) turns 4 f / s into 2 f / sqrt(q (1-q))",
        premises=(
            "0 < q",
            "q < 1",
            "s > 0",
            "e > 0",
            "s**2 == 4*q*(1 - q)",
            "e**2 == q*(1 - q)",
            "0 < f",
            "f < 1",
            f"t*s >= {ours}*f",
        ),
        conclusion=f"t*e >= {constant}*f",
        stronger="t*e >= (201/100)*f",
        stronger_description="the constant 2 raised to 2.01",
        witness=_small_increase(1.0) | {"q": 0.5, "e": 0.5},
        origin="pi0 = (1/2, 1/2), r_RM = r_G = (1, -1), gamma = 0.001, t the exact hitting time",
    )


def theorem_6_slow() -> Query:
    """The paper's Theorem 6, `T = q^(-1/2)`: weaker than S-T6. `k` is its divisor, the square root of two."""
    constant = quotient(lower_bounds.SHARPENED_THEOREM_6_SLOW_CONSTANT)
    return Query(
        name="Theorem 6, slow",
        claim="f / (sqrt 2 sqrt q) <= 2 f / sqrt(q (1-q)) <= t",
        premises=(
            "0 < q",
            "q < 1",
            "w > 0",
            "w**2 == q",
            "e > 0",
            "e**2 == q*(1 - q)",
            "0 < f",
            "f < 1",
            "k > 0",
            "k**2 == 2",
            f"t*e >= {constant}*f",
        ),
        conclusion="t*w*k >= f",
        stronger="t*w >= (29/10)*f",
        stronger_description="the constant 1/sqrt(2) raised to 2.9",
        witness=_small_increase(1.0) | {"q": 0.5, "e": 0.5, "w": math.sqrt(0.5), "k": math.sqrt(2)},
        origin="pi0 = (1/2, 1/2), r_RM = r_G = (1, -1), gamma = 0.001, t the exact hitting time",
    )


# Another reference: logarithms `lp`, `l0`, `lq` of the probability of one output under the present policy, the initial
# one and the reference; `d` is the regularised reward at the start, `h` the present one.

ANOTHER_REFERENCE = Query(
    name="regularised reward with another reference",
    claim="r - lam ln(p/q) = d - lam ln(p/p0) with d = r - lam ln(p0/q)",
    premises=("h == r - lam*(lp - lq)", "d == r - lam*(l0 - lq)"),
    conclusion="h == d - lam*(lp - l0)",
    stronger="h == r - lam*(lp - l0)",
    stronger_description="the initial policy in the place of the reference",
    witness={"h": F(-1), "r": F(0), "d": F(1), "lam": F(1), "lp": F(-1), "l0": F(-3), "lq": F(-2)},
    origin="a constant reward model",
)
UNIFORM_REFERENCE = Query(
    name="uniform reference",
    claim="r - lam ln(p0/q) and r - lam ln p0 differ by a constant where ln q is one, so that their deviations agree",
    premises=("d == r - lam*(l0 - lq)", "e == r - lam*l0"),
    conclusion="d == e + lam*lq",
    stronger="d == e",
    stronger_description="without the constant",
    witness={"d": F(0), "e": F(1), "r": F(0), "lam": F(1), "l0": F(-1), "lq": F(-1)},
    origin="r_RM = 0, pi0 uniform",
)
SMALLER_REWARDS = Query(
    name="rewards and coefficient divided by a number",
    claim="d/a and lam/a in the place of d and lam divide the regularised reward, and so the velocity, by a",
    premises=(
        "a > 0",
        "a*D == d",
        "a*L == lam",
        "h == d - lam*x",
        "H == D - L*x",
        "a*M == m",
        "v == p*(h - m)",
        "V == p*(H - M)",
    ),
    conclusion="a*V == v",
    stronger="V == v",
    stronger_description="the same velocity",
    witness={"a": F(2), "d": F(2), "D": F(1), "lam": F(0), "L": F(0), "x": F(0), "h": F(2), "H": F(1)}
    | {"m": F(0), "M": F(0), "p": F(1, 2), "v": F(1), "V": F(1, 2)},
    origin="numbers that the premises of this step allow",
)


def back_in_time(name: str) -> Query:
    """S3++ of the problem with smaller rewards, whose clock runs `a` times as long, is that of the problem itself."""
    return at_most(
        name,
        "|S| x <= (a t)(sigma/a) = t sigma",
        "S*x",
        "T*s",
        premises=("a > 0", "U == a*T", "a*w == s", "U*w >= S*x"),
        witness={"a": F(2), "U": F(2), "T": F(1), "w": F(1, 2), "s": F(1), "S": F(1), "x": F(1)},
        origin="two equally likely outputs, d = (1, -1), as gamma falls to 0",
    )


NEVER_FALLS = Query(
    name="value and objective",
    claim="V(t) = phi(t) + lam KL(t) >= phi(t) >= phi(0) = V(0)",
    premises=("V == phi + lam*kl", "lam >= 0", "kl >= 0", "phi >= phi0", "V0 == phi0"),
    conclusion="V >= V0",
    stronger="V >= V0 + kl",
    stronger_description="the divergence gained on top",
    witness={"V": F(1), "phi": F(1), "lam": F(0), "kl": F(1, 10), "phi0": F(1), "V0": F(1)},
    origin="r_RM constant, lambda = 0, a policy other than the reference",
)
ONE_COLUMN = Induction(
    name="one column per prompt",
    claim="d theta[:, x]/dt, the sum over training prompts of the derivatives of phi(theta; .)/|S| by the column of x, "
    "is that of x alone (z = 1): the others do not contain the column",
    sums={"V": "d", "own": "z*d"},
    item=("z == 1 or (z == 0 and d == 0)",),
    invariant="V == own",
    stronger="2*V == own",
    stronger_description="half of it",
    outputs=[{"d": F(1, 4), "z": F(1)}, {"d": F(0), "z": F(0)}],
)
BEST_SAMPLE = Induction(
    name="one more sample",
    claim="the sample kept is worth at most the best sample seen, in every run of N samples (v = r_G + 1)",
    sums={"kept": "swap*(v - kept)", "best": "max(v - best, 0)"},
    item=("swap == 0 or swap == 1", "v >= 0"),
    invariant="kept <= best",
    stronger="kept + 1/100 <= best",
    stronger_description="the sample kept is worth a hundredth less",
    outputs=[{"swap": F(1), "v": F(1)}],
)
MEAN_OVER_RUNS = sum_at_most(
    "mean over runs",
    "sum w kept <= sum w best over the |Y|^N runs, w their probabilities",
    "K",
    "M",
    sums={"K": "w*kept", "M": "w*best"},
    item=("w >= 0", "kept <= best"),
    outputs=[{"w": F(1), "kept": F(1), "best": F(1)}],
)
