"""Proposition 4 and its corollaries: the algebra of the upper bounds on `t_gamma`.

Time is multiplied by `1/|S|`. Variables: `P = pi_t(Y+)`, `P0` at the start, `B = pi_t(Y_bad)`, `n = |Y+|`, `R = max
r_RM` on `Y+`, `d` the spread of `r_RM` there, `V0 = V_RM(0)`, `rho`, `delta = (1-rho)(R - V0) - d`, `q = (1-rho)
delta`, `kap = 2 ln(1/min pi0) + 1/(2e)`; `z = 1` on `Y+` (or on `Y_bad`, where it says so), otherwise 0.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

from proofs_check.inequalities import meanings
from proofs_check.inequalities.rates import lemma_11
from proofs_check.inequalities.sums import CAUCHY_SCHWARZ, SUBSET_GROWTH
from proofs_check.smt.claims import Induction, Premise, Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import lemmas, upper_bounds

TRUTH_OF_THE_SET = Induction(
    name="reward of the good set",
    claim="E r_G >= g P - (1 - P) if r_G >= g on Y+ and r_G >= -1 elsewhere",
    sums={"E": "p*r", "P": "p*z", "N": "p*(1 - z)"},
    item=("p >= 0", "z == 0 or z == 1", "r >= -1", "z == 0 or r >= g"),
    invariant="E >= g*P - N",
    stronger="E >= g*P - N/2",
    stronger_description="the others worth -1/2",
    outputs=[{"p": F(1, 2), "r": F(1), "z": F(1)}, {"p": F(1, 2), "r": F(-1), "z": F(0)}],
    parameters={"g": F(1)},
)
ENOUGH_MASS = Query(
    name="mass rho is enough",
    claim="P >= rho gives E r_G >= V_G(0) + gamma; and 0 < rho < 1",
    premises=(
        TRUTH_OF_THE_SET.concluded(),
        "P + N == 1",
        "rho*(g + 1) == VG + gam + 1",
        "VG >= -1",
        "gam > 0",
        "g > VG + gam",
        "P >= rho",
    ),
    conclusion="E >= VG + gam and 0 < rho and rho < 1",
    stronger="E >= VG + (101/100)*gam",
    stronger_description="gamma raised by one per cent",
    witness={"E": F(1, 5), "g": F(1), "P": F(3, 5), "N": F(2, 5), "rho": F(3, 5), "VG": F(0), "gam": F(1, 5)},
    origin="p0 = (1/2, 1/2), r_G = (1, -1), gamma = 1/5, at p = (3/5, 2/5)",
    terms=(TRUTH_OF_THE_SET.over("the outputs"),),
)
ELEMENTARY_RANGES = Query(
    name="elementary ranges",
    claim="0 < P0 < rho < 1, 0 < delta <= 2 and 0 < q <= 2: P0 >= rho would mean E r_G >= V_G(0) + gamma at t = 0",
    premises=(
        ENOUGH_MASS.concluded(when="P0 >= rho", E="VG", P="P0"),
        "gam > 0",
        "rho*(g + 1) == VG + gam + 1",
        "VG >= -1",
        "g > VG + gam",
        "0 < P0",
        "R <= 1",
        "V0 >= -1",
        "R > V0",
        "d >= 0",
        "delta == (1 - rho)*(R - V0) - d",
        "delta > 0",
        "q == (1 - rho)*delta",
    ),
    conclusion="P0 < rho and rho < 1 and P0 < 1 and delta <= 2 and 0 < q and q <= 2",
    stronger="P0 < rho and rho < 1 and 100*P0 <= 99*rho",
    stronger_description="P0 below rho by one per cent",
    witness={
        "VG": F(0),
        "gam": F(1, 100),
        "g": F(1),
        "rho": F(101, 200),
        "P0": F(1009, 2000),
        "N": F(991, 2000),
        "R": F(1),
        "V0": F(0),
        "d": F(0),
        "delta": F(99, 200),
        "q": F(99, 200) ** 2,
    },
    origin="numbers that the premises of this step allow",
    given=("P0 + N == 1",),
    terms=(
        replace(TRUTH_OF_THE_SET.over("the outputs at the start"), sums={"VG": "p*r", "P0": "p*z", "N": "p*(1 - z)"}),
    ),
)
VALUE_OF_THE_POLICY = Induction(
    name="proxy value",
    claim="V <= P R + B + N V0: at most R on Y+, 1 on Y_bad, V0 elsewhere",
    sums={"V": "pi*reward", "P": "pi*z", "B": "pi*bad", "N": "pi*(1 - z - bad)"},
    item=(
        "pi >= 0",
        "(z == 1 and bad == 0 and reward <= R) or (z == 0 and bad == 1 and reward <= 1) or "
        "(z == 0 and bad == 0 and reward <= V0)",
    ),
    invariant="V <= P*R + B + N*V0",
    stronger="V <= P*R + B/2 + N*V0",
    stronger_description="half a bad output's reward",
    outputs=[
        {"pi": F(1, 2), "reward": F(1), "z": F(0), "bad": F(1)},
        {"pi": F(1, 2), "reward": F(0), "z": F(0), "bad": F(0)},
    ],
    parameters={"R": F(1), "V0": F(0)},
)
MASSES = ("N == 1 - P - B", "0 <= B")
"""The three sets share all of the probability."""

ALL_OUTPUTS = VALUE_OF_THE_POLICY.over("the outputs")
GAP_TO_THE_BEST = Query(
    name="gap to the value",
    claim="R - V >= (1 - P)(R - V0) - 2 B",
    premises=(VALUE_OF_THE_POLICY.concluded(), *MASSES, "V0 >= -1"),
    conclusion="R - V >= (1 - P)*(R - V0) - 2*B",
    stronger="R - V >= (1 - P)*(R - V0) - B",
    stronger_description="half the loss to bad outputs",
    witness={"V": F(7, 8), "P": F(1, 4), "R": F(1, 2), "B": F(3, 4), "V0": F(-1), "N": F(0)},
    origin="p = (1/4, 3/4), r_RM = (1/2, 1), V_RM(0) about -1",
    terms=(ALL_OUTPUTS,),
)
MARGIN = ("P <= rho", "R > V0", "V0 >= -1", "delta == (1 - rho)*(R - V0) - d")
"""What the margin `delta` of Proposition 4 is, while `P` has not reached `rho`."""

ADVANTAGE_OF_THE_SET = Query(
    name="advantage of the good set",
    claim="r_RM(y) - V >= delta - 2 B for y in Y+",
    premises=(GAP_TO_THE_BEST.concluded(), "P <= rho", "R > V0", "r >= R - d", "delta == (1 - rho)*(R - V0) - d"),
    conclusion="r - V >= delta - 2*B",
    stronger="r - V >= (101/100)*delta - 2*B",
    stronger_description="delta raised by one per cent",
    witness={
        "V": F(0),
        "P": F(1, 2),
        "R": F(1),
        "B": F(0),
        "V0": F(-1),
        "rho": F(1, 2),
        "r": F(1),
        "d": F(0),
        "delta": F(1),
    },
    origin="p = (1/2, 1/2), r_RM = (1, -1), rho = 1/2",
    given=(*MASSES, "V0 >= -1"),
    terms=(ALL_OUTPUTS,),
)
HALF_THE_MARGIN = Query(
    name="half the margin",
    claim="A = r_RM(y) - V >= delta - 2 B >= delta/2 on Y+ while B <= delta/4",
    premises=(ADVANTAGE_OF_THE_SET.concluded(), "A == r - V", "4*B <= delta"),
    conclusion="2*A >= delta",
    stronger="200*A >= 101*delta",
    stronger_description="the right side raised by one per cent",
    witness={"A": F(1, 2), "r": F(1, 2), "V": F(0), "delta": F(1), "B": F(1, 4)},
    origin="delta = 1, pi(Y_bad) = 1/4",
    given=(*MASSES, *MARGIN, "r >= R - d"),
    terms=(ALL_OUTPUTS,),
)
DRIVE = Induction(
    name="drive of the good set",
    claim="sum over Y+ of p^2 A >= (h/2) sum over Y+ of p^2 if A >= h/2 there",
    sums={"F": "p**2*A", "Q": "p**2"},
    item=("p >= 0", "2*A >= h"),
    invariant="2*F >= h*Q",
    stronger="200*F >= 101*h*Q",
    stronger_description="the right side raised by one per cent",
    outputs=[{"p": F(1, 2), "A": F(1, 2)}],
    parameters={"h": F(1)},
)
DRAG = Induction(
    name="drag of the rest",
    claim="sum outside Y+ of p^2 A <= 2 B^2: A <= 2 on Y_bad (z = 1), A <= 0 elsewhere",
    sums={"H": "p**2*A", "B": "p*z"},
    item=("p >= 0", "(z == 1 and A <= 2) or (z == 0 and A <= 0)"),
    invariant="B >= 0 and H <= 2*B**2",
    stronger="B >= 0 and H <= B**2",
    stronger_description="half the bound",
    outputs=[{"p": F(1, 2), "A": F(3, 2), "z": F(1)}],
)


def good_set(*known: Premise) -> Terms:
    """The outputs of `Y+`, of probability `p`, reward `r` and advantage `A`.

    **Arguments**: `known`: what is known of the advantage.
    """
    sums = {"F": "p**2*A", "Q": "p**2", "P": "p", "n": "1"}
    return Terms("the outputs of Y+", "p A r", sums, ("p >= 0", "A == r - V", "r >= R - d", *known), (ALL_OUTPUTS,))


GOOD_SET = good_set(HALF_THE_MARGIN.concluded())
GOOD_GIVEN = (*MASSES, *MARGIN, "4*B <= delta")
REST = DRAG.over("the outputs outside of Y+")


def gain() -> Query:
    """`(1 - P) F >= q P^2 / (2 n)`."""
    return Query(
        name="gain",
        claim="(1 - P) sum over Y+ of p^2 A >= q P^2 / (2 n), by P^2 <= n sum p^2",
        premises=(
            "0 < P",
            "P <= rho",
            "rho < 1",
            "n >= 1",
            "delta > 0",
            DRIVE.concluded(h="delta"),
            CAUCHY_SCHWARZ.concluded(D="P", U="n", V="Q", p="1", u="1", v="p"),
            "q == (1 - rho)*delta",
        ),
        conclusion="2*n*(1 - P)*F >= q*P**2",
        stronger="200*n*(1 - P)*F >= 101*q*P**2",
        stronger_description="the right side raised by one per cent",
        witness={"P": F(1, 2), "rho": F(1, 2), "n": F(1), "delta": F(1), "F": F(1, 8), "Q": F(1, 4), "q": F(1, 2)},
        origin="p = (1/2, 1/2), Y+ the first output, A = 1/2 there, rho = 1/2, delta = 1",
        given=GOOD_GIVEN,
        terms=(GOOD_SET,),
    )


def loss() -> Query:
    """`P H <= q P^2 / (8 n)`."""
    return Query(
        name="loss to bad outputs",
        claim="P sum outside Y+ of p^2 A <= P 2 B^2 <= q P^2 / (8 n)",
        premises=("0 < P0", "P0 <= P", "n >= 1", "q > 0", DRAG.concluded(), "16*n*B**2 <= q*P0"),
        conclusion="8*n*P*H <= q*P**2",
        stronger="16*n*P*H <= q*P**2",
        stronger_description="half the bound",
        witness={"P0": F(1, 4), "P": F(1, 4), "n": F(1), "q": F(1), "B": F(1, 8), "H": F(1, 32)},
        origin="pi0(Y+) = 1/4, pi(Y_bad) = 1/8, A = 2 there, q = 1",
        terms=(REST,),
    )


KL_GIVEN = (f"kap == {quotient(lemmas.LEMMA_11_LOG_COEFFICIENT)}*M + c", "M >= 0", "18/100 <= c", "c <= 19/100")
KL_PARTS = Terms(
    "the outputs of Y+", "p v b", {"K": "v", "P": "p"}, ("p > 0", "v == p*(b - mean)", lemma_11().stated(n="mean"))
)
KL_MEANS = {
    "b": meanings.LOG_PART,
    "mean": meanings.MEAN_LOG_PART,
    "M": meanings.LARGEST_LOG,
    "c": meanings.HALF_OVER_E,
}
"""The KL term on `Y+`, by Lemma 11."""


def divergence_loss() -> Query:
    """`lambda K <= q P^2 / (8 n)` for `K <= kap P`, with the divisor of the code."""
    return Query(
        name="loss to the KL term",
        claim="lam kap P <= q P^2 / (8 n) for the KL coefficients allowed, by Lemma 11",
        premises=(
            "0 < P0",
            "P0 <= P",
            "n >= 1",
            "q > 0",
            "lam >= 0",
            "kap > 0",
            SUBSET_GROWTH.concluded(N="K", c="kap"),
            f"lam*{quotient(upper_bounds.PROPOSITION_4_KL_DIVISOR)}*n*kap <= P0*q",
        ),
        conclusion="8*n*lam*K <= q*P**2",
        stronger="16*n*lam*K <= q*P**2",
        stronger_description="half the bound",
        witness={"P0": F(1, 4), "P": F(1, 4), "n": F(1), "q": F(1), "kap": F(2), "lam": F(1, 64), "K": F(1, 2)},
        origin="pi0(Y+) = 1/4, q = 1, kap = 2, the largest lambda",
        given=KL_GIVEN,
        terms=(KL_PARTS,),
        means=KL_MEANS,
    )


ASSEMBLY = Query(
    name="growth of the good set",
    claim="|S| dP/dt = (1 - P) F - P H - lam K >= q P^2 / (4 n), by Lemma 9",
    premises=(
        "n >= 1",
        "q > 0",
        "0 < P",
        gain().concluded(),
        loss().concluded(),
        divergence_loss().concluded(),
        "rate == (1 - P)*F - P*H - lam*K",
    ),
    conclusion="4*n*rate >= q*P**2",
    stronger="400*n*rate >= 101*q*P**2",
    stronger_description="the right side raised by one per cent",
    witness={"n": F(1), "q": F(8), "P": F(1, 2), "F": F(2), "H": F(1, 2), "lam": F(1, 4), "K": F(1), "rate": F(1, 2)},
    origin="numbers at which all three parts are as large as they may be",
    given=(
        *GOOD_GIVEN,
        *KL_GIVEN,
        "rho < 1",
        "delta > 0",
        "q == (1 - rho)*delta",
        "0 < P0",
        "P0 <= P",
        "16*n*B**2 <= q*P0",
        "lam >= 0",
        "kap > 0",
        f"lam*{quotient(upper_bounds.PROPOSITION_4_KL_DIVISOR)}*n*kap <= P0*q",
    ),
    terms=(GOOD_SET, REST, KL_PARTS),
    means=KL_MEANS,
)


def exponent() -> Query:
    """The exponent that Lemma 10 gives up to the time of the bound is at most the one of the hypothesis on `Y_bad`."""
    time = quotient(upper_bounds.PROPOSITION_4_CONSTANT)
    power = quotient(upper_bounds.PROPOSITION_4_MASS_EXPONENT)
    growth = f"({quotient(lemmas.LEMMA_10_REWARD_RATE)} + {quotient(lemmas.LEMMA_10_KL_RATE)}*lam*M)"
    return Query(
        name="growth of the bad set",
        claim="(4 + 2 lam M) t <= 20 n/q (1/P0 - 1/rho) for t <= 4 n/q (1/P0 - 1/rho): 2 lam M <= lam kap <= 1/4",
        premises=(
            "M >= 0",
            "kap >= 2*M",
            "lam >= 0",
            "n >= 1",
            "0 < P0",
            "P0 < 1",
            "0 < q",
            "q <= 2",
            "span > 0",
            f"lam*{quotient(upper_bounds.PROPOSITION_4_KL_DIVISOR)}*n*kap <= P0*q",
            "0 <= t",
            f"t*q <= {time}*n*span",
        ),
        conclusion=f"{growth}*t*q <= {power}*n*span",
        stronger=f"{growth}*t*q <= 15*n*span",
        stronger_description="the exponent 20 lowered to 15",
        witness={"M": F(1), "kap": F(2), "lam": F(0), "n": F(1), "P0": F(1, 2), "q": F(1), "span": F(1), "t": F(4)},
        origin="lambda = 0 at the last moment",
    )


def bad_mass() -> Query:
    """What the hypothesis on `Y_bad` leaves of `B` up to the time of the bound."""
    divisor = quotient(upper_bounds.PROPOSITION_4_MASS_DIVISOR)
    return Query(
        name="small bad set",
        claim="B <= delta/4 and B^2 <= q P0/(16 n) while B <= P0^2 q/(16 n)",
        premises=(
            "0 <= B",
            f"{divisor}*n*B <= P0**2*q",
            "q == (1 - rho)*delta",
            "0 < rho",
            "rho < 1",
            "0 < delta",
            "delta <= 2",
            "0 < P0",
            "P0 < 1",
            "n >= 1",
        ),
        conclusion="4*B <= delta and 16*n*B**2 <= q*P0",
        stronger="40*B <= delta",
        stronger_description="a tenth of delta/4",
        witness={
            "B": F(81, 100) * F(9, 10) * 2 / 16,
            "n": F(1),
            "P0": F(9, 10),
            "q": F(9, 5),
            "rho": F(1, 10),
            "delta": F(2),
        },
        origin="pi0(Y+) = 9/10, rho = 1/10, delta = 2 (numbers that the premises of this step allow)",
    )
