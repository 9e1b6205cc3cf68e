"""S6's rate for outputs of at least two tokens, from the growth potential, in the letters of `variance_growth`."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as F

from proofs_check.inequalities.meanings import MOVING
from proofs_check.inequalities.sums import CAUCHY_SCHWARZ
from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Induction, Query

EXPANSION = Induction(
    name="moments of B - s",
    claim="E[A (d - u)], E[A^2 u], E[(d - u)^2 / u] and E[u] for u = B - s > 0, i = 1/u",
    sums={
        "D": "p*A*(d - u)",
        "G": "p*A**2*u",
        "H": "p*(d - u)**2*i",
        "M": "p*u",
        "X": "p*A*s",
        "Y": "p*A**2*s",
        "V": "p*A**2",
        "R": "p*i",
        "Z": "p*A",
        "S": "p*s",
        "W": "p",
    },
    item=("p >= 0", "u > 0", "u == B - s", "i*u == 1"),
    invariant="D == (d - B)*Z + X and G == B*V - Y and H == d**2*R - 2*d*W + B*W - S and M == B*W - S",
    stronger="D == (d - B)*Z + X and G == B*V and H == d**2*R - 2*d*W + B*W - S and M == B*W - S",
    stronger_description="the moment Y left out",
    outputs=[{"p": F(1, 2), "A": F(1), "s": F(1), "u": F(1), "i": F(1)}],
    parameters={"B": F(2), "d": F(1)},
)
OUTPUTS_AND_POTENTIAL = replace(
    EXPANSION.over("the outputs of all prompts", "root > 0", "root**2 == u"), each="p A s u i root"
)
MEANS_OF_ZERO = ("Z == 0", "S == 0", "W == 1")
"""Advantage and score have mean zero."""

SHARE = ("d*R == 1", "q == B - d")
"""`d = 1 / E[1/u]`."""

SCORES_BELOW = Induction(
    name="scores below the range",
    claim="s = sum of the positions' scores d < L K, so u = L K - s > 0: every d is below K, as the lowest token of a "
    "position has positive probability",
    sums={"s": "d", "L": "1"},
    item=("d < K",),
    invariant="L >= 0 and (s < L*K or L == 0) and (L > 0 or s == 0)",
    stronger="L >= 0 and (2*s < L*K or L == 0) and (L > 0 or s == 0)",
    stronger_description="half the bound",
    outputs=[{"d": F(3, 4)}],
    parameters={"K": F(1)},
)
POTENTIAL = Query(
    name="moments of the potential",
    claim="E[A (d - u)] = X, E[A^2 u] = B V - Y, E[(d - u)^2 / u] = d^2 R - 2 d + B and E[u] = B",
    premises=(EXPANSION.concluded(), *MEANS_OF_ZERO),
    conclusion="D == X and G == B*V - Y and H == d**2*R - 2*d + B and M == B",
    stronger="D == X and G == B*V and H == d**2*R - 2*d + B and M == B",
    stronger_description="the moment Y left out",
    witness={
        "X": F(1),
        "Y": F(1),
        "V": F(1),
        "B": F(2),
        "d": F(1),
        "R": F(1),
        "D": F(1),
        "G": F(1),
        "H": F(1),
        "M": F(2),
        "Z": F(0),
        "S": F(0),
        "W": F(1),
    },
    origin="B = 2, d = 1, R = 1 (numbers that the premises of this step allow)",
    terms=(OUTPUTS_AND_POTENTIAL,),
)
PARABOLA = at_most(
    "Cauchy-Schwarz with the weight u",
    "X^2 = E[A (d - u)]^2 <= E[A^2 u] E[(d - u)^2 / u] = (B V - Y) q with d = 1 / E[1/u], q = B - d",
    "X**2",
    "(B*V - Y)*q",
    premises=(
        CAUCHY_SCHWARZ.concluded(U="G", V="H", u="(A*root)", v="((d - u)*root*i)"),
        POTENTIAL.concluded(),
        *SHARE,
    ),
    witness={
        "X": F(1),
        "Y": F(0),
        "V": F(1),
        "B": F(2),
        "d": F(3, 2),
        "R": F(2, 3),
        "q": F(1, 2),
        "D": F(1),
        "G": F(2),
        "H": F(1, 2),
        "M": F(2),
    },
    origin="p = (1/2, 1/2), A = s = (1, -1), B = 2",
    given=MEANS_OF_ZERO,
    terms=(OUTPUTS_AND_POTENTIAL,),
)
NONNEGATIVE_SHARE = Query(
    name="harmonic mean below the mean",
    claim="q = B - d >= 0: 1 = (sum p)^2 <= E[u] E[1/u], and E[u] = B",
    premises=(
        CAUCHY_SCHWARZ.concluded(D="W", U="M", V="R", u="root", v="(root*i)"),
        POTENTIAL.concluded(),
        "W == 1",
        *SHARE,
        "B > 0",
    ),
    conclusion="q >= 0",
    stronger="100*q >= B",
    stronger_description="a hundredth of B in place of zero",
    witness={
        "X": F(0),
        "Y": F(0),
        "V": F(1),
        "B": F(2),
        "d": F(2),
        "R": F(1, 2),
        "q": F(0),
        "D": F(0),
        "G": F(2),
        "H": F(0),
        "M": F(2),
        "W": F(1),
    },
    origin="s = 0 for every output, B = 2",
    given=MEANS_OF_ZERO,
    terms=(OUTPUTS_AND_POTENTIAL,),
)
LOW_POTENTIAL = at_most(
    "what the growth potential leaves",
    "q = L K - 1/R <= 2 K / 5, as K R <= 1 / (L - 2/5)",
    "5*q",
    "2*K",
    premises=("K > 0", "R > 0", "K*R*(5*L - 2) <= 5", "L >= 2", "d*R == 1", "q == L*K - d"),
    witness={"K": F(1), "R": F(5, 8), "L": F(2), "d": F(8, 5), "q": F(2, 5)},
    origin="the bound on E[1/u] attained (numbers that the premises of this step allow)",
)
LARGEST_PRODUCT = at_most(
    "largest product",
    "X Y <= X (B - X^2/q) <= (2/3) B m for m^2 = B q / 3, as (X - m)^2 (X + 2 m) >= 0; B stands for B V",
    "3*X*Y",
    "2*B*m",
    premises=("X >= 0", "q >= 0", "m >= 0", "B >= 0", "3*m**2 == B*q", "X**2 <= (B - Y)*q"),
    witness={"X": F(1), "q": F(1), "m": F(1), "B": F(3), "Y": F(2)},
    origin="X = m = 1, q = 1 (numbers that the premises of this step allow)",
)
MANY_TOKENS_RATE = Query(
    name="rate for more tokens",
    claim="X Y <= (2/3) L K V m <= (2/3) sqrt(2/15) L^(3/2) K^2 v^3 <= (1/4) L^(3/2) K^2 v^3",
    # Written so that m is not taken to exist before q is known not to be negative.
    premises=(
        "m >= 0",
        "ell >= 1",
        "K > 0",
        "v >= 0",
        "q < 0 or 3*m**2 == ell**2*K*v**2*q",
        NONNEGATIVE_SHARE.concluded(),
        LOW_POTENTIAL.concluded(L="ell**2"),
        LARGEST_PRODUCT.concluded(B="(ell**2*K*v**2)"),
    ),
    conclusion="4*X*Y <= ell**3*K**2*v**3",
    stronger="X*Y <= (24/100)*ell**3*K**2*v**3",
    stronger_description="the constant 1/4 lowered to 0.24 (the argument gives 0.2435)",
    witness={
        "m": math.sqrt(2 / 15) * 2,
        "ell": 2.0,
        "K": 1.0,
        "v": 1.0,
        "q": 0.4,
        "X": math.sqrt(2 / 15) * 2,
        "Y": 8 / 3,
    },
    origin="L = 4, q = 2/5, X = m (numbers that the premises of this step allow)",
    given=(
        "X >= 0",
        "ell**2 >= 2",
        "B == ell**2*K",
        "V == v**2",
        *MEANS_OF_ZERO,
        *SHARE,
        "R > 0",
        "K*R*(5*ell**2 - 2) <= 5",
        PARABOLA.concluded(),
    ),
    terms=(OUTPUTS_AND_POTENTIAL,),
    means=MOVING,
)
