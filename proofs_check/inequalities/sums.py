"""Sums over any number of outputs: the inequalities that the proofs share, by induction.

Variables of one output: `p` its probability, `x = p A` with `A` its advantage, `r` a reward, `u`, `v`, `e` any numbers.
Each comes with a stronger twin that is false, and outputs at which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction as F

from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Induction, Premise, Terms

CAUCHY_SCHWARZ = sum_at_most(
    "Cauchy-Schwarz",
    "(sum p u v)^2 <= (sum p u^2)(sum p v^2)",
    "D**2",
    "U*V",
    known="U >= 0 and V >= 0",
    sums={"D": "p*u*v", "U": "p*u**2", "V": "p*v**2"},
    item=("p >= 0",),
    outputs=[{"p": F(1, 2), "u": F(1), "v": F(1)}] * 2,
)
TRIANGLE = sum_at_most(
    "triangle inequality",
    "|sum x| <= sum |x|",
    "abs(R)",
    "B",
    sums={"R": "x", "B": "abs(x)"},
    item=(),
    outputs=[{"x": F(1, 2)}],
)
OTHERS = Terms("the other outputs", "other", {"R": "other", "B": "abs(other)"})
"""Numbers `x` of the other outputs, with the sums of them and of their absolute values."""

HALF_MASS = at_most(
    "no term holds more than half",
    "if sum x = 0 then 2 |x_i| <= sum |x| (B and R are the sums over the other outputs)",
    "2*abs(x)",
    "m",
    premises=("x + R == 0", "m == abs(x) + B", TRIANGLE.concluded(x="other")),
    witness={"x": F(1, 2), "R": F(-1, 2), "B": F(1, 2), "m": F(1)},
    origin="p = (1/2, 1/2), A = (1, -1)",
    terms=(OTHERS,),
)


def zero_sum(
    x: str,
    m: str,
    each: str,
    sums: Mapping[str, str],
    *,
    item: tuple[Premise, ...] = (),
    rest: str = "rest",
    absolute: str = "absolute",
) -> Terms:
    """Outputs with numbers `x` that sum to zero, and `m` the sum of their absolute values: `2 |x| <= m` for each.

    **Arguments**: `rest`, `absolute`: names for the sums, over all other outputs, of these numbers and of their
    absolute values.
    """
    others = Terms("the other outputs", "other", {rest: "other", absolute: "abs(other)"})
    known = (f"{x} + {rest} == 0", f"{m} == abs({x}) + {absolute}")
    half = HALF_MASS.concluded(x=x, m=m, R=rest, B=absolute)
    return Terms("the outputs", f"{each} {rest} {absolute}", sums, (*item, *known, half), (others,))


WEIGHTED = sum_at_most(
    "weighted sum",
    "|sum x p e| <= (m/2) sum p |e| if |x| <= m/2 for every output",
    "2*abs(G)",
    "m*D",
    sums={"G": "x*p*e", "D": "p*abs(e)"},
    item=("p >= 0", "2*abs(x) <= m"),
    outputs=[{"p": F(1, 2), "x": F(1, 2), "e": F(1)}, {"p": F(1, 2), "x": F(-1, 2), "e": F(-1)}],
    parameters={"m": F(1)},
)
WEIGHTED_MEAN = sum_at_most(
    "mean below the largest",
    "sum w a <= top sum w if a <= top for every term",
    "A",
    "top*W",
    sums={"A": "w*a", "W": "w"},
    item=("w >= 0", "a <= top"),
    outputs=[{"w": F(1, 2), "a": F(1)}] * 2,
    parameters={"top": F(1)},
)
SECOND_MOMENTS = Induction(
    name="moments around a number",
    claim="sum p (a - s)^2 and sum p (a + s)^2 from sum p a^2, sum p a and sum p",
    sums={"U": "p*(a - s)**2", "V": "p*(a + s)**2", "Q": "p*a**2", "m": "p*a", "W": "p"},
    item=("p >= 0",),
    invariant="U == Q - 2*s*m + s**2*W and V == Q + 2*s*m + s**2*W",
    stronger="U == Q - s*m + s**2*W and V == Q + 2*s*m + s**2*W",
    stronger_description="the factor 2 of one mixed term left out",
    outputs=[{"p": F(1, 2), "a": F(1)}, {"p": F(1, 2), "a": F(1)}],
    parameters={"s": F(1)},
)
SUM_OF_SQUARES = sum_at_most(
    "squares of nonnegative terms",
    "sum x^2 <= (sum x)^2 for x >= 0",
    "Q",
    "X**2",
    known="X >= 0",
    sums={"X": "x", "Q": "x**2"},
    item=("x >= 0",),
    outputs=[{"x": F(1)}],
)
NONNEGATIVE_SQUARES = Induction(
    name="squares",
    claim="sum x^2 >= 0",
    sums={"Q": "x**2", "n": "1"},
    item=(),
    invariant="Q >= 0",
    stronger="2*Q >= n",
    stronger_description="at least half the number of terms",
    outputs=[{"x": F(1, 2)}, {"x": F(-1, 2)}],
)
BOUNDED_SECOND_MOMENT = sum_at_most(
    "rewards in [-1, 1]",
    "sum p r^2 <= sum p",
    "R",
    "W",
    sums={"R": "p*r**2", "W": "p"},
    item=("p >= 0", "-1 <= r", "r <= 1"),
    outputs=[{"p": F(1, 2), "r": F(1)}, {"p": F(1, 2), "r": F(-1)}],
)
BOUNDED_REWARD = ("p >= 0", "-1 <= r", "r <= 1")
MEAN_DEVIATION_SUMS = {
    "M": "p*abs(r - V)",
    "W": "p",
    "Y": "p*(r - V)**2",
    "V": "p*r",
    "R": "p*r**2",
    "other": "p*(r + V)**2",
}
"""Sums over outputs with a reward `r` in [-1, 1], of mean `V`."""

MEAN_DEVIATION = at_most(
    "mean deviation",
    "E |r - E r| <= 1 for r in [-1, 1]: M^2 <= sum p (r - V)^2 = sum p r^2 - V^2 <= 1",
    "M",
    "1",
    premises=(
        "M >= 0",
        "W == 1",
        CAUCHY_SCHWARZ.concluded(D="M", U="W", V="Y", u="1", v="abs(r - V)"),
        SECOND_MOMENTS.concluded(U="Y", V="other", Q="R", m="V", s="V", a="r"),
        BOUNDED_SECOND_MOMENT.concluded(),
    ),
    witness={"M": F(1), "W": F(1), "Y": F(1), "V": F(0), "R": F(1), "other": F(1)},
    origin="p = (1/2, 1/2), r = (1, -1)",
    terms=(Terms("the outputs", "p r", MEAN_DEVIATION_SUMS, BOUNDED_REWARD),),
)
PRODUCT_RANGE = Induction(
    name="rewards in an interval",
    claim="sum p (r - lo)(hi - r) >= 0, for lo <= r <= hi",
    sums={"Q": "p*r**2", "E": "p*r", "W": "p"},
    item=("p >= 0", "lo <= r", "r <= hi"),
    invariant="Q <= (lo + hi)*E - lo*hi*W",
    stronger="Q + W/100 <= (lo + hi)*E - lo*hi*W",
    stronger_description="a hundredth of the mass more on the left",
    outputs=[{"p": F(1, 2), "r": F(1)}, {"p": F(1, 2), "r": F(-1)}],
    parameters={"lo": F(-1), "hi": F(1)},
)


def within(lo: str, hi: str) -> Terms:
    """Outputs with a reward `r` between two numbers, and its moments: what `POPOVICIU` is about."""
    known = ("p >= 0", f"{lo} <= r", f"r <= {hi}")
    return Terms("the outputs", "p r", {"Q": "p*r**2", "E": "p*r", "W": "p"}, known)


MOMENTS = ("W == 1", "v == Q - E**2")
"""What `v`, a variance, is in terms of moments."""

POPOVICIU = at_most(
    "Popoviciu",
    "Var <= (hi - lo)^2 / 4",
    "4*v",
    "(hi - lo)**2",
    premises=(PRODUCT_RANGE.concluded(), *MOMENTS),
    witness={"W": F(1), "Q": F(1), "E": F(0), "lo": F(-1), "hi": F(1), "v": F(1)},
    origin="p = (1/2, 1/2), r = (1, -1)",
    terms=(within("lo", "hi"),),
)
KL_UPPER = Induction(
    name="Lemma 3",
    claim="sum p (ln p - ln q) <= M sum p if ln p <= 0 and -ln q <= M",
    sums={"D": "p*(lp - lq)", "W": "p"},
    item=("p >= 0", "lp <= 0", "-lq <= M"),
    invariant="D <= M*W",
    stronger="2*D <= M*W",
    stronger_description="half the bound",
    outputs=[{"p": F(1), "lp": F(0), "lq": F(-4)}],
    parameters={"M": F(4)},
)
KL_LOWER = Induction(
    name="Gibbs",
    claim="sum p l >= sum p - sum q, l = ln(p / q), since p ln(q / p) <= q - p",
    sums={"D": "p*l", "P": "p", "Q": "q"},
    item=("p > 0", "q > 0", "p*l >= p - q"),
    invariant="D >= P - Q",
    stronger="D >= P - Q + (P + Q)/100",
    stronger_description="a hundredth of the masses more on the right",
    outputs=[{"p": F(1, 2), "q": F(1, 2), "l": F(0)}, {"p": F(1, 2), "q": F(1, 2), "l": F(0)}],
)
CENTRED = Induction(
    name="centred sum",
    claim="sum p (l - k) = sum p l - k sum p",
    sums={"Z": "p*(l - k)", "D": "p*l", "W": "p"},
    item=(),
    invariant="Z == D - k*W",
    stronger="Z == D",
    stronger_description="the mean not subtracted",
    outputs=[{"p": F(1, 2), "l": F(1)}],
    parameters={"k": F(1)},
)
LOG_RATIOS = ("p > 0", "q > 0", "p*l >= p - q", "l == lp - lq", "lp <= 0", "-lq <= M")
"""Of an output: `l = ln(p/q)`, where `ln x <= x - 1` for `x = q/p`, and `M` is the largest of `ln(1/q)`."""

POSITIVE_PART = Induction(
    name="positive parts",
    claim="sum |x| = 2 sum max(x, 0) - sum x",
    sums={"m": "abs(x)", "T": "max(x, 0)", "Z": "x"},
    item=(),
    invariant="m == 2*T - Z",
    stronger="m == T - Z",
    stronger_description="the factor 2 left out",
    outputs=[{"x": F(1, 2)}, {"x": F(-1, 2)}],
)
LOG_RATIO_ABOVE_MEAN = Induction(
    name="log ratios above their mean",
    claim="sum max(p (l - k), 0) <= M sum p if l <= M and k >= 0",
    sums={"T": "max(p*(l - k), 0)", "W": "p"},
    item=("p >= 0", "l <= M", "k >= 0", "M >= 0"),
    invariant="T <= M*W",
    stronger="2*T <= M*W",
    stronger_description="half the bound",
    outputs=[{"p": F(1), "l": F(4)}],
    parameters={"M": F(4), "k": F(0)},
)
SUBSET_GROWTH = sum_at_most(
    "sum over a set of outputs",
    "sum dp/dt <= c sum p if dp/dt <= c p for every output",
    "N",
    "c*P",
    sums={"N": "v", "P": "p"},
    item=("v <= c*p", "p > 0", "c >= 0"),
    outputs=[{"v": F(1, 2), "p": F(1, 2)}],
    parameters={"c": F(1)},
)
