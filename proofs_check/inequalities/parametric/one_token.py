"""S6's rate for outputs of one token: both moments against the range of the score; letters of `variance_growth`."""

from __future__ import annotations

import math
from fractions import Fraction as F

from proofs_check.inequalities.meanings import MOVING
from proofs_check.inequalities.parametric.gradients import PREFIXES
from proofs_check.inequalities.rates import EXTREMAL
from proofs_check.inequalities.sums import CAUCHY_SCHWARZ, SECOND_MOMENTS
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Induction, Query, Terms

FASTEST = "p = ((1 - 1/sqrt 2)/2, (1 + 1/sqrt 2)/2), r = (1, -1), a table of one token, lambda = 0"


def _one_prompt() -> dict[str, float]:
    """The sums of `MOMENTS_AND_RANGE` at the policy whose variance grows fastest."""
    p, q = EXTREMAL
    moments = _fastest()
    scores = math.sqrt(2) * q, -math.sqrt(2) * p
    deviation, mean = moments["s"], moments["m"]
    return {
        "x": moments["X"],
        "y": moments["Y"],
        "a": mean,
        "D": moments["D"],
        "G": moments["Y"],
        "first": 0.0,
        "second": 0.0,
        "E": 0.0,
        "lo": scores[1],
        "K": math.sqrt(2),
        "s": deviation,
        "h": moments["H"],
        "t": math.sqrt(deviation**2 - mean**2),
    }


def _fastest() -> dict[str, float]:
    """Means at the policy whose variance grows fastest: two outputs, a table, `r = (1, -1)`."""
    p, q = EXTREMAL
    first, second = 2 * q, -2 * p
    deviation = 2 * math.sqrt(p * q)
    mean = 2 * first * p
    # The gradient is (p A_1, q A_2) = (x, -x); along it the scores are sqrt 2 (q, -p) in the direction (1, -1)/sqrt 2.
    scores = math.sqrt(2) * q, -math.sqrt(2) * p
    spread = p * abs(first**2 - deviation**2) + q * abs(second**2 - deviation**2)
    moments = {
        "X": p * first * scores[0] + q * second * scores[1],
        "Y": p * first**2 * scores[0] + q * second**2 * scores[1],
        "V": deviation**2,
        "v": deviation,
        "s": deviation,
        "m": mean,
        "M": mean**2,
        "D": spread,
        "H": spread / 2,
        "T": deviation**2 - mean**2,
        "W": 1.0,
        "K": math.sqrt(2),
        "c": 1.0,
        "J": 1.0,
        "ell": 1.0,
        "lam": 0.0,
        "x": deviation ** (1 / 3),
    }
    return moments | {"rate": moments["X"] * moments["Y"]}


AT_FASTEST = _fastest()


HALF_RANGE = sum_at_most(
    "half the range",
    "2 sum g a <= (hi - lo) sum |g| + (hi + lo) sum g for lo <= a <= hi",
    "2*Y",
    "(hi - lo)*N + (hi + lo)*Z",
    sums={"Y": "g*a", "N": "abs(g)", "Z": "g"},
    item=("lo <= a", "a <= hi"),
    outputs=[{"g": F(1, 2), "a": F(1)}, {"g": F(-1, 2), "a": F(-1)}],
    parameters={"lo": F(-1), "hi": F(1)},
)
_ADVANTAGE_SUMS = {
    "D": "p*abs(A**2 - s**2)",
    "U": "p*(abs(A) - s)**2",
    "Z": "p*(abs(A) + s)**2",
    "Q": "p*A**2",
    "m": "p*abs(A)",
    "W": "p",
}
OUTPUTS_OF_A_PROMPT = Terms(
    "the outputs of the prompt",
    "p A e",
    {"a" if name == "m" else name: term for name, term in _ADVANTAGE_SUMS.items()}
    | {
        "x": "p*A*e",
        "y": "p*A**2*e",
        "G": "p*(A**2 - s**2)*e",
        "E": "p*e",
        "first": "p*A",
        "second": "p*(A**2 - s**2)",
    },
    ("p >= 0", "lo <= e", "e <= lo + K"),
)
"""One token: `e` is its score, in an interval of length `K`."""

SPREAD = at_most(
    "spread of A^2",
    "D = E|A^2 - s^2| has D^2 <= 4 s^2 (s^2 - m^2), m = E|A|",
    "D**2",
    "4*s**2*(s**2 - m**2)",
    premises=(
        CAUCHY_SCHWARZ.concluded(V="Z", u="abs(abs(A) - s)", v="(abs(A) + s)"),
        SECOND_MOMENTS.concluded(V="Z", a="abs(A)"),
        "W == 1",
        "Q == s**2",
        "s >= 0",
    ),
    witness=AT_FASTEST
    | {
        "Q": AT_FASTEST["V"],
        "U": 2 * AT_FASTEST["V"] - 2 * AT_FASTEST["s"] * AT_FASTEST["m"],
        "Z": 2 * AT_FASTEST["V"] + 2 * AT_FASTEST["s"] * AT_FASTEST["m"],
    },
    origin=FASTEST,
    terms=(Terms("the outputs", "p A", _ADVANTAGE_SUMS, ("p >= 0",)),),
)
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
    claim="2 E[A e | x] <= K m_x and 2 E[A^2 e | x] <= K E[|A^2 - s_x^2| | x], at most 2 K s_x t_x with t_x^2 = s_x^2 "
    "- m_x^2, for a score e of mean zero in an interval of length K: p A and p (A^2 - s_x^2) sum to zero",
    premises=(
        HALF_RANGE.concluded(Y="x", N="a", Z="first", hi="(lo + K)", g="(p*A)", a="e"),
        "first == 0",
        HALF_RANGE.concluded(Y="G", N="D", Z="second", hi="(lo + K)", g="(p*(A**2 - s**2))", a="e"),
        "second == 0",
        CENTRED_MOMENT.concluded(Y="y"),
        "E == 0",
        SPREAD.concluded(m="a"),
        "D >= 0",
        "h >= 0",
        "h == s*t",
        "t**2 == s**2 - a**2",
    ),
    conclusion="2*x <= K*a and 2*y <= K*D and D <= 2*h",
    stronger="200*x <= 99*K*a and 2*y <= K*D and D <= 2*h",
    stronger_description="the first right side lowered by one per cent",
    witness=_one_prompt(),
    origin=FASTEST,
    given=("W == 1", "Q == s**2", "s >= 0"),
    terms=(OUTPUTS_OF_A_PROMPT,),
)
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
    "4*X*Y",
    "K**2*v**3",
    premises=(
        "0 <= X",
        PROMPTS.concluded(d="D"),
        "K >= 0",
        CAUCHY_SCHWARZ.concluded(D="m", U="total", V="M", p="w", u="1", v="a"),
        "total == 1",
        CAUCHY_SCHWARZ.concluded(D="H", U="V", V="T", p="w", u="s", v="t"),
        PREFIXES.concluded(S="V", Q="M", D="T", second="s**2", q="a", d="t**2"),
        "V == v**2",
        "v >= 0",
    ),
    witness=AT_FASTEST | {"total": 1.0},
    origin=FASTEST,
    terms=(
        Terms(
            "the prompts",
            "w x a y h s t D first second E lo G Q U Z W",
            {"X": "w*x", "m": "w*a", "Y": "w*y", "H": "w*h", "total": "w", "M": "w*a**2", "V": "w*s**2", "T": "w*t**2"},
            (
                "w >= 0",
                "W == 1",
                "Q == s**2",
                "s >= 0",
                "first == 0",
                "second == 0",
                "E == 0",
                "D >= 0",
                "h >= 0",
                "h == s*t",
                "t**2 == s**2 - a**2",
                MOMENTS_AND_RANGE.concluded(),
            ),
            (OUTPUTS_OF_A_PROMPT,),
        ),
    ),
    means=MOVING,
)
