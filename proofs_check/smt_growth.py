"""How fast the variance of `r_KL` moves with shared parameters: S4's rate, S6's, and Lemma 5's.

Letters as in `smt_policies`, and: `A` the advantage, `s = v . grad ln pi` the score along the direction of motion;
`X = E[A s]` the speed `||theta'||`, `Y = E[A^2 s]`; `V` the variance, averaged over prompts, `v` its square root;
`B = L K` the most that `s` can be, `u = B - s`, `R = E[1/u]`. Means are over outputs, and over prompts where nothing
else is said.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as F

from proofs_check import smt_meanings as meanings
from proofs_check.smt_claims import Induction, Query, Terms
from proofs_check.smt_policies import CONTRAST, EVEN, PREFIXES, SCORE, flow_speed
from proofs_check.smt_rates import EXTREMAL, exact
from proofs_check.smt_sums import CAUCHY_SCHWARZ, POPOVICIU, SECOND_MOMENTS, WEIGHTED_MEAN, within
from proofs_check.smt_twins import at_most, sum_at_most
from theory import general_bounds as bounds

FASTEST = "p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), a table of one token, lambda = 0"


def _one_prompt() -> dict[str, float]:
    """The sums of `MOMENTS_AND_RANGE` at the policy whose variance grows fastest."""
    p, q = EXTREMAL
    moments = _fastest()
    scores = math.sqrt(2) * q, -math.sqrt(2) * p
    deviation, mean = moments["s"], moments["m"]
    return {
        "x": moments["X"], "y": moments["Y"], "a": mean, "D": moments["D"], "G": moments["Y"], "first": 0.0,
        "second": 0.0, "E": 0.0, "lo": scores[1], "K": math.sqrt(2), "s": deviation, "h": moments["H"],
        "t": math.sqrt(deviation**2 - mean**2),
    }  # fmt: skip


def _fastest() -> dict[str, float]:
    """Means at the policy whose variance grows fastest: two outputs, a table, `r = (1, -1)`."""
    p, q = EXTREMAL
    first, second = 2 * q, -2 * p
    deviation = 2 * math.sqrt(p * q)
    mean = 2 * first * p
    # The gradient is (p A_1, q A_2) = (x, -x); along it the scores are sqrt 2 (q, -p) in the direction (1, -1)/sqrt 2.
    scores = math.sqrt(2) * q, -math.sqrt(2) * p
    spread = p * abs(first**2 - deviation**2) + q * abs(second**2 - deviation**2)
    return {
        "X": p * first * scores[0] + q * second * scores[1],
        "Y": p * first**2 * scores[0] + q * second**2 * scores[1],
        "V": deviation**2, "v": deviation, "s": deviation, "m": mean, "M": mean**2, "D": spread, "H": spread / 2,
        "T": deviation**2 - mean**2, "W": 1.0, "K": math.sqrt(2), "c": 1.0, "J": 1.0, "ell": 1.0, "lam": 0.0,
        "x": deviation ** (1 / 3),
    }  # fmt: skip


_AT_FASTEST = _fastest()
_AT_FASTEST["rate"] = _AT_FASTEST["X"] * _AT_FASTEST["Y"]


LETTERS = {
    "X": meanings.SPEED, "Y": meanings.MOMENT, "v": meanings.DEVIATION, "v**2": meanings.MEAN_VARIANCE,
    "ell": meanings.ROOT_OF_LENGTH, "ell**2": meanings.LENGTH, "K": meanings.SCORE_STEP,
    "rate": meanings.VARIANCE_RATE,
}  # fmt: skip
"""What the letters of this module stand for."""


RATES_OF_PROMPTS = Induction(
    name="rates of prompts",
    claim="sum w dVar_x = X (sum w y - 2 lam sum w x) where every prompt has dVar_x = X y - 2 lam X x",
    sums={"R": "w*rate", "Y": "w*y", "S": "w*x"},
    item=("rate == X*y - 2*lam*X*x",),
    invariant="R == X*(Y - 2*lam*S)",
    stronger="R == X*(Y - lam*S)",
    stronger_description="half of the KL term",
    outputs=[{"w": F(1), "y": F(1), "x": F(1), "rate": F(-1)}],
    parameters={"X": F(1), "lam": F(1)},
)
MOTION = Query(
    name="motion of the mean variance",
    claim="d/dt Var = X Y - 2 lam X^2, with X = E[A s] = ||theta'||, Y = E[A^2 s], s = v . grad ln pi: the directional "
    "derivative of the variance along theta' = X v, and v . theta' = v . grad phi = E[A s] = X",
    premises=(RATES_OF_PROMPTS.concluded(R="rate", rate="change"), "S == X"),
    conclusion="rate == X*Y - 2*lam*X**2",
    stronger="rate == X*Y - lam*X**2",
    stronger_description="half of the KL term",
    witness={"rate": F(-1), "X": F(1), "Y": F(1), "S": F(1), "lam": F(1)},
    origin="X = Y = lambda = 1 (numbers that the premises of this step allow)",
    terms=(Terms("the prompts", "w change y x", {"rate": "w*change", "Y": "w*y", "S": "w*x"},
                 ("change == X*y - 2*lam*X*x",)),),
    means=LETTERS | {"lam": meanings.COEFFICIENT},
)  # fmt: skip


def spectral_rate() -> Query:
    """S4, step 1: `X <= c sqrt(L V / 2)` and `Y <= L K V`."""
    return Query(
        name="rate with the spectral norm",
        claim="d/dt Var = X Y - 2 lam X^2 <= c sqrt(L/2) v (sqrt 2 L c v^2) <= L^(3/2) J^2 v^3",
        premises=("X >= 0", flow_speed().stated(L="ell**2", V="v**2"),
                  WEIGHTED_MEAN.concluded(A="Y", top="(ell**2*K)", W="V", a="score"), "V == v**2", "K >= 0",
                  "K**2 == 2*c**2", "v >= 0", "ell >= 1", "0 <= c", "J >= 0", CONTRAST.stated(), "lam >= 0",
                  MOTION.stated()),
        conclusion=f"rate <= {exact(bounds.SHARPENED_VARIANCE_RATE)}*ell**3*J**2*v**3",
        stronger="rate <= (49/100)*ell**3*J**2*v**3",
        stronger_description="the constant 1 lowered to 0.49 (1/2 is attained for L = 1)",
        witness=_AT_FASTEST,
        origin=FASTEST,
        terms=(Terms("the outputs of all prompts, w their probability times A^2", "w score",
                     {"Y": "w*score", "V": "w"}, ("w >= 0", SCORE.stated(s="score", L="ell**2"))),),
        means=LETTERS | {"c": meanings.CONTRAST_NORM, "J": meanings.SPECTRAL_NORM, "score": meanings.SCORE,
                         "lam": meanings.COEFFICIENT},
    )  # fmt: skip


IN_SIXTH_ROOTS = LETTERS | {
    "x**3": meanings.DEVIATION, "x**6": meanings.MEAN_VARIANCE, "J": meanings.SPECTRAL_NORM,
    "c": meanings.CONTRAST_NORM,
}  # fmt: skip
LARGEST_MEAN_VARIANCE = at_most(
    "mean variance of rewards in an interval",
    "sum w Var_x <= (hi - lo)^2 / 4 over prompts of weight w",
    "4*V", "(hi - lo)**2",
    premises=(WEIGHTED_MEAN.concluded(A="V", W="S", a="v", top="((hi - lo)**2/4)"), "S == 1"),
    witness={"V": F(1), "S": F(1), "hi": F(1), "lo": F(-1)}, origin=EVEN,
    terms=(Terms("the prompts", "w v Q E W", {"V": "w*v", "S": "w"},
                 ("w >= 0", "W == 1", "v == Q - E**2", POPOVICIU.concluded()), (within("lo", "hi"),)),),
)  # fmt: skip


def prompts_within(lo: str, hi: str) -> Terms:
    """What `LARGEST_MEAN_VARIANCE` asks of prompts, for rewards between two numbers."""
    known = ("w >= 0", "W == 1", "variance == Q - E**2", POPOVICIU.concluded(v="variance", lo=lo, hi=hi))
    return Terms("the prompts", "w variance Q E W", {"V": "w*variance", "S": "w"}, known, (within(lo, hi),))


def lemma_5_rate() -> Query:
    """The paper's rate, in sixth roots of the variance, `v = x^3`."""
    limit = exact(bounds.LEMMA_6_REWARD_LIMIT)
    return Query(
        name="rate of Lemma 5",
        claim="d/dt Var <= L^(3/2) J^2 x^9 <= 24 L^2 J^2 x^8, as x^6 = Var <= 64 for rewards in [-8, 8]",
        premises=(spectral_rate().stated(v="x**3"), LARGEST_MEAN_VARIANCE.concluded(v="variance", hi=limit, lo=f"-{limit}"),
                  "V == x**6", "x >= 0", "J >= 0", "ell >= 1"),
        conclusion=f"rate <= {exact(bounds.LEMMA_5_VARIANCE_RATE)}*ell**4*J**2*x**8",
        stronger="rate <= (44/100)*ell**4*J**2*x**8",
        stronger_description="the constant 24 lowered to 0.44 (0.445 is attained)",
        witness=_AT_FASTEST,
        origin=FASTEST,
        given=("S == 1",),
        terms=(prompts_within(f"-{limit}", limit),),
        means=IN_SIXTH_ROOTS,
    )  # fmt: skip


HALF_RANGE = sum_at_most(
    "half the range",
    "2 sum g a <= (hi - lo) sum |g| + (hi + lo) sum g for lo <= a <= hi",
    "2*Y", "(hi - lo)*N + (hi + lo)*Z",
    sums={"Y": "g*a", "N": "abs(g)", "Z": "g"}, item=("lo <= a", "a <= hi"),
    outputs=[{"g": F(1, 2), "a": F(1)}, {"g": F(-1, 2), "a": F(-1)}], parameters={"lo": F(-1), "hi": F(1)},
)  # fmt: skip
_ADVANTAGE_SUMS = {"D": "p*abs(A**2 - s**2)", "U": "p*(abs(A) - s)**2", "Z": "p*(abs(A) + s)**2", "Q": "p*A**2",
                   "m": "p*abs(A)", "W": "p"}  # fmt: skip
OUTPUTS_OF_A_PROMPT = Terms(
    "the outputs of the prompt", "p A e",
    {"a" if name == "m" else name: term for name, term in _ADVANTAGE_SUMS.items()} | {
        "x": "p*A*e", "y": "p*A**2*e", "G": "p*(A**2 - s**2)*e", "E": "p*e", "first": "p*A", "second": "p*(A**2 - s**2)",
    }, ("p >= 0", "lo <= e", "e <= lo + K"),
)  # fmt: skip
"""One token: `e` is its score, in an interval of length `K`."""

SPREAD = at_most(
    "spread of A^2",
    "D = E|A^2 - s^2| has D^2 <= 4 s^2 (s^2 - m^2), m = E|A|",
    "D**2", "4*s**2*(s**2 - m**2)",
    premises=(CAUCHY_SCHWARZ.concluded(V="Z", u="abs(abs(A) - s)", v="(abs(A) + s)"),
              SECOND_MOMENTS.concluded(V="Z", a="abs(A)"), "W == 1", "Q == s**2", "s >= 0"),
    witness=_AT_FASTEST | {
        "Q": _AT_FASTEST["V"], "U": 2 * _AT_FASTEST["V"] - 2 * _AT_FASTEST["s"] * _AT_FASTEST["m"],
        "Z": 2 * _AT_FASTEST["V"] + 2 * _AT_FASTEST["s"] * _AT_FASTEST["m"],
    }, origin=FASTEST,
    terms=(Terms("the outputs", "p A", _ADVANTAGE_SUMS, ("p >= 0",)),),
)  # fmt: skip
CENTRED_MOMENT = Induction(
    name="moment around the variance",
    claim="sum p A^2 e = sum p (A^2 - s^2) e + s^2 sum p e",
    sums={"Y": "p*A**2*e", "G": "p*(A**2 - s**2)*e", "E": "p*e"},
    item=(),
    invariant="Y == G + s**2*E",
    stronger="Y == G",
    stronger_description="the mean of e left out",
    outputs=[{"p": F(1, 2), "A": F(1), "e": F(1)}],
    parameters={"s": F(1)},
)
MOMENTS_AND_RANGE = Query(
    name="both moments against the range",
    claim="2 E[A e | x] <= K m_x and 2 E[A^2 e | x] <= K E[|A^2 - s_x^2| | x], at most 2 K s_x t_x with t_x^2 = s_x^2 - "
    "m_x^2, for a score e of mean zero in an interval of length K: p A and p (A^2 - s_x^2) sum to zero",
    premises=(HALF_RANGE.concluded(Y="x", N="a", Z="first", hi="(lo + K)", g="(p*A)", a="e"), "first == 0",
              HALF_RANGE.concluded(Y="G", N="D", Z="second", hi="(lo + K)", g="(p*(A**2 - s**2))", a="e"), "second == 0",
              CENTRED_MOMENT.concluded(Y="y"), "E == 0", SPREAD.concluded(m="a"), "D >= 0", "h >= 0", "h == s*t",
              "t**2 == s**2 - a**2"),
    conclusion="2*x <= K*a and 2*y <= K*D and D <= 2*h",
    stronger="200*x <= 99*K*a and 2*y <= K*D and D <= 2*h",
    stronger_description="the first right side lowered by one per cent",
    witness=_one_prompt(),
    origin=FASTEST,
    given=("W == 1", "Q == s**2", "s >= 0"),
    terms=(OUTPUTS_OF_A_PROMPT,),
)  # fmt: skip
PROMPTS = Induction(
    name="sums over prompts",
    claim="2 sum w x <= K sum w a and sum w y <= K sum w h for prompts of weight w",
    sums={"X": "w*x", "m": "w*a", "Y": "w*y", "H": "w*h"},
    item=("w >= 0", "2*x <= K*a", "2*y <= K*d", "d <= 2*h", "K >= 0"),
    invariant="2*X <= K*m and Y <= K*H",
    stronger="200*X <= 99*K*m and Y <= K*H",
    stronger_description="the first right side lowered by one per cent",
    outputs=[{"w": F(1), "x": F(1), "a": F(2), "y": F(1), "h": F(1), "d": F(2)}],
    parameters={"K": F(1)},
)
ONE_TOKEN_RATE = at_most(
    "rate for one token",
    "4 X Y <= 2 K^2 E[m_x] E[s_x t_x] <= 2 K^2 M v sqrt(v^2 - M^2) <= K^2 v^3, with M^2 = E[m_x^2], t_x^2 = s_x^2 - "
    "m_x^2",
    "4*X*Y", "K**2*v**3",
    premises=("0 <= X", PROMPTS.concluded(d="D"), "K >= 0",
              CAUCHY_SCHWARZ.concluded(D="m", U="total", V="M", p="w", u="1", v="a"), "total == 1",
              CAUCHY_SCHWARZ.concluded(D="H", U="V", V="T", p="w", u="s", v="t"),
              PREFIXES.concluded(S="V", Q="M", D="T", second="s**2", q="a", d="t**2"), "V == v**2", "v >= 0"),
    witness=_AT_FASTEST | {"total": 1.0}, origin=FASTEST,
    terms=(Terms(
        "the prompts", "w x a y h s t D first second E lo G Q U Z W",
        {"X": "w*x", "m": "w*a", "Y": "w*y", "H": "w*h", "total": "w", "M": "w*a**2", "V": "w*s**2", "T": "w*t**2"},
        ("w >= 0", "W == 1", "Q == s**2", "s >= 0", "first == 0", "second == 0", "E == 0", "D >= 0", "h >= 0",
         "h == s*t", "t**2 == s**2 - a**2", MOMENTS_AND_RANGE.concluded()),
        (OUTPUTS_OF_A_PROMPT,),
    ),),
    means=LETTERS,
)  # fmt: skip

EXPANSION = Induction(
    name="moments of B - s",
    claim="E[A (d - u)], E[A^2 u], E[(d - u)^2 / u] and E[u] for u = B - s > 0, i = 1/u",
    sums={"D": "p*A*(d - u)", "G": "p*A**2*u", "H": "p*(d - u)**2*i", "M": "p*u", "X": "p*A*s", "Y": "p*A**2*s",
          "V": "p*A**2", "R": "p*i", "Z": "p*A", "S": "p*s", "W": "p"},
    item=("p >= 0", "u > 0", "u == B - s", "i*u == 1"),
    invariant="D == (d - B)*Z + X and G == B*V - Y and H == d**2*R - 2*d*W + B*W - S and M == B*W - S",
    stronger="D == (d - B)*Z + X and G == B*V and H == d**2*R - 2*d*W + B*W - S and M == B*W - S",
    stronger_description="the moment Y left out",
    outputs=[{"p": F(1, 2), "A": F(1), "s": F(1), "u": F(1), "i": F(1)}],
    parameters={"B": F(2), "d": F(1)},
)  # fmt: skip
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
    witness={"X": F(1), "Y": F(1), "V": F(1), "B": F(2), "d": F(1), "R": F(1), "D": F(1), "G": F(1), "H": F(1),
             "M": F(2), "Z": F(0), "S": F(0), "W": F(1)},
    origin="B = 2, d = 1, R = 1 (numbers that the premises of this step allow)",
    terms=(OUTPUTS_AND_POTENTIAL,),
)  # fmt: skip
PARABOLA = at_most(
    "Cauchy-Schwarz with the weight u",
    "X^2 = E[A (d - u)]^2 <= E[A^2 u] E[(d - u)^2 / u] = (B V - Y) q with d = 1 / E[1/u], q = B - d",
    "X**2", "(B*V - Y)*q",
    premises=(CAUCHY_SCHWARZ.concluded(U="G", V="H", u="(A*root)", v="((d - u)*root*i)"), POTENTIAL.concluded(), *SHARE),
    witness={"X": F(1), "Y": F(0), "V": F(1), "B": F(2), "d": F(3, 2), "R": F(2, 3), "q": F(1, 2), "D": F(1), "G": F(2),
             "H": F(1, 2), "M": F(2)},
    origin="p = (1/2, 1/2), A = s = (1, -1), B = 2",
    given=MEANS_OF_ZERO,
    terms=(OUTPUTS_AND_POTENTIAL,),
)  # fmt: skip
NONNEGATIVE_SHARE = Query(
    name="harmonic mean below the mean",
    claim="q = B - d >= 0: 1 = (sum p)^2 <= E[u] E[1/u], and E[u] = B",
    premises=(CAUCHY_SCHWARZ.concluded(D="W", U="M", V="R", u="root", v="(root*i)"), POTENTIAL.concluded(), "W == 1", *SHARE,
              "B > 0"),
    conclusion="q >= 0",
    stronger="100*q >= B",
    stronger_description="a hundredth of B in place of zero",
    witness={"X": F(0), "Y": F(0), "V": F(1), "B": F(2), "d": F(2), "R": F(1, 2), "q": F(0), "D": F(0), "G": F(2),
             "H": F(0), "M": F(2), "W": F(1)},
    origin="s = 0 for every output, B = 2",
    given=MEANS_OF_ZERO,
    terms=(OUTPUTS_AND_POTENTIAL,),
)  # fmt: skip
LOW_POTENTIAL = at_most(
    "what the growth potential leaves",
    "q = L K - 1/R <= 2 K / 5, as K R <= 1 / (L - 2/5)",
    "5*q", "2*K",
    premises=("K > 0", "R > 0", "K*R*(5*L - 2) <= 5", "L >= 2", "d*R == 1", "q == L*K - d"),
    witness={"K": F(1), "R": F(5, 8), "L": F(2), "d": F(8, 5), "q": F(2, 5)},
    origin="the bound on E[1/u] attained (numbers that the premises of this step allow)",
)  # fmt: skip
LARGEST_PRODUCT = at_most(
    "largest product",
    "X Y <= X (B - X^2/q) <= (2/3) B m for m^2 = B q / 3, as (X - m)^2 (X + 2 m) >= 0; B stands for B V",
    "3*X*Y", "2*B*m",
    premises=("X >= 0", "q >= 0", "m >= 0", "B >= 0", "3*m**2 == B*q", "X**2 <= (B - Y)*q"),
    witness={"X": F(1), "q": F(1), "m": F(1), "B": F(3), "Y": F(2)},
    origin="X = m = 1, q = 1 (numbers that the premises of this step allow)",
)  # fmt: skip
MANY_TOKENS_RATE = Query(
    name="rate for more tokens",
    claim="X Y <= (2/3) L K V m <= (2/3) sqrt(2/15) L^(3/2) K^2 v^3 <= (1/4) L^(3/2) K^2 v^3",
    # Written so that m is not taken to exist before q is known not to be negative.
    premises=("m >= 0", "ell >= 1", "K > 0", "v >= 0", "q < 0 or 3*m**2 == ell**2*K*v**2*q",
              NONNEGATIVE_SHARE.concluded(), LOW_POTENTIAL.concluded(L="ell**2"),
              LARGEST_PRODUCT.concluded(B="(ell**2*K*v**2)")),
    conclusion="4*X*Y <= ell**3*K**2*v**3",
    stronger="X*Y <= (24/100)*ell**3*K**2*v**3",
    stronger_description="the constant 1/4 lowered to 0.24 (the argument gives 0.2435)",
    witness={"m": math.sqrt(2 / 15) * 2, "ell": 2.0, "K": 1.0, "v": 1.0, "q": 0.4, "X": math.sqrt(2 / 15) * 2,
             "Y": 8 / 3},
    origin="L = 4, q = 2/5, X = m (numbers that the premises of this step allow)",
    given=("X >= 0", "ell**2 >= 2", "B == ell**2*K", "V == v**2", *MEANS_OF_ZERO, *SHARE, "R > 0", "K*R*(5*ell**2 - 2) <= 5",
           PARABOLA.concluded()),
    terms=(OUTPUTS_AND_POTENTIAL,),
    means=LETTERS,
)  # fmt: skip


def contrast_rate() -> Query:
    """S6, step 2: one token, or at least two."""
    return Query(
        name="rate with the contrast norm",
        claim="d/dt Var = X Y - 2 lam X^2 <= (1/4) L^(3/2) K^2 v^3 = (1/2) L^(3/2) c^2 v^3",
        # Where K = 0 nothing moves.
        premises=("ell == 1 or ell**2 >= 2", ONE_TOKEN_RATE.stated(when="ell == 1"),
                  MANY_TOKENS_RATE.stated(when="ell**2 >= 2 and K > 0"), flow_speed().stated(L="ell**2", V="v**2"),
                  "X >= 0", "ell >= 1", "K >= 0", "K**2 == 2*c**2", "v >= 0", "lam >= 0", MOTION.stated()),
        conclusion=f"rate <= {exact(bounds.CONTRAST_VARIANCE_RATE)}*ell**3*c**2*v**3",
        stronger="rate <= (49/100)*ell**3*c**2*v**3",
        stronger_description="the constant 1/2 lowered to 0.49",
        witness=_AT_FASTEST,
        origin=FASTEST,
        means=LETTERS | {"c": meanings.CONTRAST_NORM, "lam": meanings.COEFFICIENT},
    )  # fmt: skip


def lemma_5_speed() -> Query:
    """`||theta'|| <= 12 L J Var^(1/3)`, in sixth roots: twelve is Proposition 2's constant for `M = 8`."""
    limit = exact(bounds.LEMMA_6_REWARD_LIMIT)
    return Query(
        name="speed of Lemma 5",
        claim="||theta'|| <= c sqrt(L/2) x^3 <= 12 L J x^2, as x^6 = Var <= 64 for rewards in [-8, 8]",
        premises=("X >= 0", flow_speed().stated(L="ell**2", V="x**6"),
                  LARGEST_MEAN_VARIANCE.concluded(v="variance", hi=limit, lo=f"-{limit}"), "V == x**6", "x >= 0",
                  "0 <= c", "J >= 0", CONTRAST.stated(), "ell >= 1"),
        conclusion="X <= 12*ell**2*J*x**2",
        stronger="X <= (7/10)*ell**2*J*x**2",
        stronger_description="the constant 12 lowered to 0.7 (1/sqrt 2 is attained)",
        witness={"X": math.sqrt(0.5), "x": 1.0, "c": 1.0, "J": 1.0, "ell": 1.0, "V": 1.0},
        origin=EVEN,
        given=("S == 1",),
        terms=(prompts_within(f"-{limit}", limit),),
        means=IN_SIXTH_ROOTS,
    )  # fmt: skip
