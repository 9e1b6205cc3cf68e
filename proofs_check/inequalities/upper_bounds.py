"""S-T5, S-T6 and S-P4: the algebra of our upper bounds on `t_gamma`, in the variables of `inequalities.proposition_4`.

New here: `w = min r_G`, `h` the highest reward that is not above `V_RM(0)`, `kap = R - h - d/(1-rho)`, `b` the most
that bad outputs hold, `M = ln(1/min pi0)`, `u = kap P^2 (1-P)^2`, and the losses `l1`, `l2`, `l3`, whose sum is the
loss of the statement.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

from proofs_check.inequalities.largest_growth import KL_DRAG, KL_TERMS
from proofs_check.inequalities.proposition_4 import (
    DRAG,
    DRIVE,
    GAP_TO_THE_BEST,
    MASSES,
    REST,
    VALUE_OF_THE_POLICY,
    good_set,
)
from proofs_check.inequalities.rates import NONNEGATIVE_KL
from proofs_check.inequalities.sums import CAUCHY_SCHWARZ
from proofs_check.smt.claims import Induction, Query
from proofs_check.smt.formula import substitute
from proofs_check.symbolic.constants import quotient
from theory.bounds import upper_bounds

TRUTH_OF_THE_SET = Induction(
    name="reward of the good set, the rest at its worst",
    claim="E r_G >= g P + w (1 - P) if r_G >= g on Y+ and r_G >= w elsewhere",
    sums={"E": "p*r", "P": "p*z", "N": "p*(1 - z)"},
    item=("p >= 0", "z == 0 or z == 1", "r >= w", "z == 0 or r >= g"),
    invariant="E >= g*P + w*N",
    stronger="E >= g*P + w*N + N/100",
    stronger_description="the others worth a hundredth more",
    outputs=[{"p": F(1, 2), "r": F(1), "z": F(1)}, {"p": F(1, 2), "r": F(-1), "z": F(0)}],
    parameters={"g": F(1), "w": F(-1)},
)
ENOUGH_MASS = Query(
    name="mass rho is enough, the rest at its worst",
    claim="P >= rho gives E r_G >= V_G(0) + gamma; and 0 < rho < 1",
    premises=(
        TRUTH_OF_THE_SET.concluded(),
        "P + N == 1",
        "rho*(g - w) == VG + gam - w",
        "VG >= w",
        "gam > 0",
        "g > VG + gam",
        "P >= rho",
    ),
    conclusion="E >= VG + gam and 0 < rho and rho < 1",
    stronger="E >= VG + (101/100)*gam",
    stronger_description="gamma raised by one per cent",
    witness={
        "E": F(1, 5),
        "g": F(1),
        "w": F(-1),
        "P": F(3, 5),
        "N": F(2, 5),
        "rho": F(3, 5),
        "VG": F(0),
        "gam": F(1, 5),
    },
    origin="p0 = (1/2, 1/2), r_G = (1, -1), gamma = 1/5, at p = (3/5, 2/5)",
    terms=(TRUTH_OF_THE_SET.over("the outputs"),),
)
ALL_OUTPUTS = replace(
    VALUE_OF_THE_POLICY.over("the outputs"),
    item=tuple(substitute(item, {"V0": "h"}) for item in VALUE_OF_THE_POLICY.item),
)
ADVANTAGE_OF_THE_SET = Query(
    name="advantage of the good set, which shrinks with the rest",
    claim="r_RM(y) - V >= (1 - P) kappa - 2 B for y in Y+",
    premises=(
        GAP_TO_THE_BEST.concluded(V0="h"),
        "P <= rho",
        "rho < 1",
        "d >= 0",
        "r >= R - d",
        "kap*(1 - rho) == (R - h)*(1 - rho) - d",
    ),
    conclusion="r - V >= (1 - P)*kap - 2*B",
    stronger="r - V >= (101/100)*(1 - P)*kap - 2*B",
    stronger_description="kappa raised by one per cent",
    witness={
        "V": F(0),
        "P": F(1, 2),
        "R": F(1),
        "B": F(0),
        "h": F(-1),
        "rho": F(1, 2),
        "r": F(1),
        "d": F(0),
        "kap": F(2),
    },
    origin="p = (1/2, 1/2), r_RM = (1, -1), rho = 1/2",
    given=(*MASSES, "h >= -1"),
    terms=(ALL_OUTPUTS,),
)
LIFT = Query(
    name="bad outputs lift the value",
    claim="2 B <= l1 kappa (1 - P) while B <= b, l1 = 2 b / (kappa (1-rho))",
    premises=("0 <= B", "B <= b", "kap > 0", "P <= rho", "rho < 1", "l1 >= 0", "l1*kap*(1 - rho) == 2*b"),
    conclusion="2*B <= l1*kap*(1 - P)",
    stronger="200*B <= 99*l1*kap*(1 - P)",
    stronger_description="the bound lowered by one per cent",
    witness={"B": F(1, 16), "b": F(1, 16), "kap": F(1), "P": F(1, 2), "rho": F(1, 2), "l1": F(1, 4)},
    origin="kappa = 1, bad outputs of mass 1/16, P = rho = 1/2",
)
GOOD_SET = replace(good_set(ADVANTAGE_OF_THE_SET.concluded()), terms=(ALL_OUTPUTS,))
MARGIN = (*MASSES, "h >= -1", "P <= rho", "rho < 1", "d >= 0", "kap*(1 - rho) == (R - h)*(1 - rho) - d")
LIFTED = ("0 <= B", "B <= b", "l1 >= 0", "l1*kap*(1 - rho) == 2*b")
GAIN = Query(
    name="gain of the good set",
    claim="n (1-P) sum over Y+ of p^2 A >= (1 - l1) kappa P^2 (1-P)^2, by A >= (1 - l1) kappa (1-P) > 0",
    premises=(
        "0 < P",
        "P < 1",
        "n >= 1",
        "kap > 0",
        "l1 < 1",
        "a == (1 - P)*kap - 2*B",
        LIFT.concluded(),
        DRIVE.concluded(h="2*a"),
        CAUCHY_SCHWARZ.concluded(D="P", U="n", V="Q", p="1", u="1", v="p"),
        "u == kap*P**2*(1 - P)**2",
    ),
    conclusion="n*(1 - P)*F >= (1 - l1)*u",
    stronger="100*n*(1 - P)*F >= 101*(1 - l1)*u",
    stronger_description="the right side raised by one per cent",
    witness={
        "P": F(1, 2),
        "n": F(1),
        "kap": F(2),
        "l1": F(0),
        "a": F(1),
        "B": F(0),
        "F": F(1, 4),
        "Q": F(1, 4),
        "u": F(1, 8),
    },
    origin="p = (1/2, 1/2), Y+ the first output, r_RM = (1, -1)",
    given=(*MARGIN, *LIFTED),
    terms=(GOOD_SET,),
)
BAD_DRAG = Query(
    name="bad outputs drag",
    claim="n P sum outside Y+ of p^2 A <= n P 2 B^2 <= l2 kappa P^2 (1-P)^2, l2 = 2 n b^2 / (kappa P0 (1-rho)^2)",
    premises=(
        "0 < P0",
        "P0 <= P",
        "P <= rho",
        "rho < 1",
        "n >= 1",
        "kap > 0",
        "0 <= B",
        "B <= b",
        DRAG.concluded(),
        "l2 >= 0",
        "l2*kap*P0*(1 - rho)**2 == 2*n*b**2",
        "u == kap*P**2*(1 - P)**2",
    ),
    conclusion="n*P*H <= l2*u",
    stronger="2*n*P*H <= l2*u",
    stronger_description="half the bound",
    witness={
        "P0": F(1, 4),
        "P": F(1, 4),
        "rho": F(1, 4),
        "n": F(1),
        "kap": F(1),
        "B": F(1, 8),
        "b": F(1, 8),
        "H": F(1, 32),
        "l2": F(2, 9),
        "u": F(9, 256),
    },
    origin="pi0(Y+) = rho = 1/4, bad outputs of mass 1/8 with A = 2, kappa = 1",
    terms=(REST,),
)
KL_GIVEN = (*NONNEGATIVE_KL, "rest == 1 - P", "K == (1 - P)*on - P*off")
KL_LOSS = Query(
    name="loss to the KL term",
    claim="n lam K <= l3 kappa P^2 (1-P)^2, l3 = n lam M / kappa (1/P0 + 2/(1-rho)); i and j are the two inverses",
    premises=(
        "0 < P0",
        "P0 <= P",
        "P <= rho",
        "rho < 1",
        "n >= 1",
        "kap > 0",
        "lam >= 0",
        "M >= 0",
        KL_DRAG.concluded(),
        "i*P0 == 1",
        "j*(1 - rho) == 1",
        "l3*kap == n*lam*M*(i + 2*j)",
        "u == kap*P**2*(1 - P)**2",
    ),
    conclusion="n*lam*K <= l3*u",
    stronger="10*n*lam*K <= 3*l3*u",
    stronger_description="three tenths of the bound",
    witness={
        "P0": F(1, 2),
        "P": F(1, 2),
        "rho": F(1, 2),
        "n": F(1),
        "kap": F(1),
        "lam": F(1),
        "M": F(1),
        "K": F(3, 8),
        "i": F(2),
        "j": F(2),
        "l3": F(6),
        "u": F(1, 16),
    },
    origin="P = P0 = rho = 1/2, M = 1 (numbers that the premises of this step allow)",
    given=KL_GIVEN,
    terms=KL_TERMS,
)
ASSEMBLY = Query(
    name="growth of the good set, in (P (1-P))^2",
    claim="|S| dP/dt = (1 - P) F - P H - lam K >= (1 - l) kappa P^2 (1-P)^2 / n, by Lemma 9",
    premises=(
        "n >= 1",
        "u > 0",
        GAIN.concluded(),
        BAD_DRAG.concluded(),
        KL_LOSS.concluded(),
        "rate == (1 - P)*F - P*H - lam*K",
        "loss == l1 + l2 + l3",
    ),
    conclusion="n*rate >= (1 - loss)*u",
    stronger="100*n*rate >= 101*(1 - loss)*u",
    stronger_description="the right side raised by one per cent",
    witness={
        "n": F(1),
        "P": F(1, 2),
        "F": F(1, 4),
        "H": F(0),
        "lam": F(0),
        "K": F(0),
        "l1": F(0),
        "l2": F(0),
        "l3": F(0),
        "loss": F(0),
        "rate": F(1, 8),
        "u": F(1, 8),
    },
    origin="many equally likely others that together hold 1/2, r_RM = 1 against -1, lambda = 0",
    given=(
        *MARGIN,
        *LIFTED,
        "0 < P0",
        "P0 <= P",
        "P < 1",
        "kap > 0",
        "l1 < 1",
        "a == (1 - P)*kap - 2*B",
        "l2 >= 0",
        "l2*kap*P0*(1 - rho)**2 == 2*n*b**2",
        "u == kap*P**2*(1 - P)**2",
        "lam >= 0",
        "M >= 0",
        "i*P0 == 1",
        "j*(1 - rho) == 1",
        "l3*kap == n*lam*M*(i + 2*j)",
        *KL_GIVEN,
    ),
    terms=(GOOD_SET, REST, *KL_TERMS),
)


def bad_growth() -> Query:
    """The exponent that S-L10 gives up to the time of the bound is at most that of `b`."""
    rate, most = quotient(upper_bounds.BAD_GROWTH_RATE), quotient(upper_bounds.LARGEST_LOSS)
    return Query(
        name="growth of the bad set, until the bound",
        claim="c t <= c 2 n span / kappa, c = 16/27 + 2 lam M, for t <= n span / (kappa (1 - l)) and l <= 1/2",
        premises=(
            "lam >= 0",
            "M >= 0",
            "n >= 1",
            "kap > 0",
            "span > 0",
            "0 <= t",
            f"l <= {most}",
            "t*kap*(1 - l) <= n*span",
            f"c == {rate} + 2*lam*M",
        ),
        conclusion="c*t*kap <= 2*c*n*span",
        stronger="c*t*kap <= c*n*span",
        stronger_description="the factor 2 left out",
        witness={
            "lam": F(0),
            "M": F(1),
            "n": F(1),
            "kap": F(1),
            "span": F(1),
            "t": F(2),
            "l": F(1, 2),
            "c": F(upper_bounds.BAD_GROWTH_RATE),
        },
        origin="a loss of one half, at the last moment",
    )


def few_bad_outputs() -> Query:
    """`B <= b` until the time of the bound; `grown` and `most` are the exponentials of `c t` and of `limit`."""
    growth = bad_growth()
    return Query(
        name="bad outputs stay few",
        claim="B <= pi0(Y_bad) exp(c t) <= pi0(Y_bad) exp(c 2 n span / kappa) = b: S-L10, and exp does not decrease",
        premises=(
            growth.concluded(),
            "kap > 0",
            "limit*kap == 2*c*n*span",
            "c*t > limit or grown <= most",
            "B0 >= 0",
            "B <= B0*grown",
            "b == B0*most",
        ),
        conclusion="B <= b",
        stronger="100*B <= 99*b",
        stronger_description="the bound lowered by one per cent",
        witness=dict(growth.witness)
        | {
            "limit": 2 * F(upper_bounds.BAD_GROWTH_RATE),
            "grown": F(2),
            "most": F(2),
            "B0": F(1, 8),
            "B": F(1, 4),
            "b": F(1, 4),
        },
        origin=growth.origin,
        given=tuple(premise for premise in growth.premises if isinstance(premise, str)),
    )


NO_BAD_MASS = Query(
    name="no bad outputs stay none",
    claim="where pi0(Y_bad) = 0, B <= b = 0 at all times by S-L10, whatever the loss: then a loss below one is enough",
    premises=("B0 == 0", "grown > 0", "most > 0", "B <= B0*grown", "b == B0*most"),
    conclusion="B <= b",
    stronger="B < b",
    stronger_description="strictly less",
    witness={"B0": F(0), "grown": F(2), "most": F(2), "B": F(0), "b": F(0)},
    origin="r_RM = (1, -1): no output is bad",
)
NO_BAD_OUTPUT = Query(
    name="a good set of one output, and no bad ones",
    claim="for n = 1, d = 0 and b = 0, kappa = r_RM(y_g) - h, and the loss is that to the KL term alone",
    premises=(
        "n == 1",
        "d == 0",
        "b == 0",
        "rho < 1",
        "kap > 0",
        "P0 > 0",
        "kap*(1 - rho) == (R - h)*(1 - rho) - d",
        "l1*kap*(1 - rho) == 2*b",
        "l2*kap*P0*(1 - rho)**2 == 2*n*b**2",
        "loss == l1 + l2 + l3",
    ),
    conclusion="kap == R - h and loss == l3",
    stronger="kap == R - h and 2*loss == l3",
    stronger_description="half the loss",
    witness={
        "n": F(1),
        "d": F(0),
        "b": F(0),
        "rho": F(1, 2),
        "kap": F(2),
        "P0": F(1, 4),
        "R": F(1),
        "h": F(-1),
        "l1": F(0),
        "l2": F(0),
        "l3": F(1, 8),
        "loss": F(1, 8),
    },
    origin="r_RM = (1, -1), pi0 = (1/4, 3/4), rho = 1/2, a KL term that costs an eighth",
)
