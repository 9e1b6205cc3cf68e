"""S-T6: one output rewarded against all others, in the variables of `inequalities.upper_bounds`; `K` counts outputs."""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.inequalities.largest_growth import KL_TERMS
from proofs_check.inequalities.rates import NONNEGATIVE_KL
from proofs_check.inequalities.sums import CAUCHY_SCHWARZ
from proofs_check.inequalities.upper_bounds import KL_LOSS
from proofs_check.smt.claims import Induction, Query, Terms

EQUAL_ADVANTAGES = Induction(
    name="others of equal reward",
    claim="sum p^2 A = A sum p^2",
    sums={"H": "p**2*A", "X": "p**2"},
    item=(),
    invariant="H == A*X",
    stronger="H == 2*A*X",
    stronger_description="twice the sum",
    outputs=[{"p": F(1, 2)}],
    parameters={"A": F(-1)},
)
EQUAL_OTHERS = Terms("the other outputs", "p", {"H": "p**2*(-2*P)", "X": "p**2", "N": "p", "count": "1"}, ("p >= 0",))
ONE_REWARDED_GAIN = Query(
    name="one against all",
    claim="(1-P) P^2 A_1 - P sum p^2 A >= 2 K/(K-1) P^2 (1-P)^2, A_1 = 2 (1-P), A = -2 P; (1-P)^2 <= (K-1) sum p^2",
    premises=(
        "0 < P",
        "P < 1",
        "K >= 2",
        "F == P**2*(2*(1 - P))",
        EQUAL_ADVANTAGES.concluded(A="(0 - 2*P)"),
        CAUCHY_SCHWARZ.concluded(D="N", U="count", V="X", p="1", u="1", v="p"),
        "N == 1 - P",
        "count == K - 1",
        "kap*(K - 1) == 2*K",
        "u == kap*P**2*(1 - P)**2",
    ),
    conclusion="(1 - P)*F - P*H >= u",
    stronger="100*((1 - P)*F - P*H) >= 101*u",
    stronger_description="the right side raised by one per cent",
    witness={
        "P": F(1, 2),
        "K": F(2),
        "F": F(1, 4),
        "H": F(-1, 4),
        "X": F(1, 4),
        "kap": F(4),
        "u": F(1, 4),
        "N": F(1, 2),
        "count": F(1),
    },
    origin="p = (1/2, 1/2), r_RM = (1, -1)",
    terms=(EQUAL_OTHERS,),
)
ONE_REWARDED_ASSEMBLY = Query(
    name="growth of one against all",
    claim="|S| dP/dt >= (1 - l) kappa P^2 (1-P)^2 with kappa = 2 K/(K-1), and l the loss to the KL term",
    premises=(
        "u > 0",
        ONE_REWARDED_GAIN.concluded(),
        KL_LOSS.concluded(n="1", l3="loss", K="drag"),
        "rate == (1 - P)*F - P*H - lam*drag",
    ),
    conclusion="rate >= (1 - loss)*u",
    stronger="100*rate >= 101*(1 - loss)*u",
    stronger_description="the right side raised by one per cent",
    witness={
        "P": F(1, 2),
        "F": F(1, 4),
        "H": F(-1, 4),
        "lam": F(0),
        "drag": F(0),
        "loss": F(0),
        "rate": F(1, 4),
        "u": F(1, 4),
    },
    origin="p = (1/2, 1/2), r_RM = (1, -1), lambda = 0",
    given=(
        "0 < P",
        "P < 1",
        "K >= 2",
        "F == P**2*(2*(1 - P))",
        "N == 1 - P",
        "count == K - 1",
        "kap*(K - 1) == 2*K",
        "u == kap*P**2*(1 - P)**2",
        "0 < P0",
        "P0 <= P",
        "P <= rho",
        "rho < 1",
        "kap > 0",
        "lam >= 0",
        "M >= 0",
        "i*P0 == 1",
        "j*(1 - rho) == 1",
        "loss*kap == lam*M*(i + 2*j)",
        *NONNEGATIVE_KL,
        "rest == 1 - P",
        "drag == (1 - P)*on - P*off",
    ),
    terms=(EQUAL_OTHERS, *KL_TERMS),
)
