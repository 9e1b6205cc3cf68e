"""One step of REINFORCE with a fixed baseline: the range of a score, and the mean square around the baseline.

`M` and `N` are the largest and the second largest probability, `R` the sum of `p (1 + M - p)^2` over the other outputs,
`Q` that of `p (2 w)^2` over all, `2 w` the range of `e_y - p`; `A = r - b`, `s^2 = E A^2`, `m = sum p |A| 2 w`; the
other letters as in `inequalities.steps`.
"""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.inequalities import pathwise, steps, sums
from proofs_check.smt.at_most import at_most, sum_at_most
from proofs_check.smt.claims import Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import updates

ALLOWED = "numbers that the premises of this step allow"

RARER_OUTPUTS = sum_at_most(
    "rarer outputs",
    "sum p (1 + M - p)^2 <= (1 + M)^2 sum p over the other outputs, as 0 <= p <= M",
    "R",
    "(1 + M)**2*P",
    sums={"R": "p*(1 + M - p)**2", "P": "p"},
    item=("p >= 0", "p <= M"),
    outputs=[{"p": F(1, 10**6)}],
    parameters={"M": F(1, 3)},
)
RANGE_OF_A_SCORE = Query(
    name="mean square of the range of a score",
    claim="Q = M (1 - M + N)^2 + N (1 + M - N)^2 + R <= 400/289; the range of e_y - p is 1 - p_y + M, and "
    "1 - M + N for the likeliest output",
    premises=(
        "0 <= N",
        "N <= M",
        "M + N <= 1",
        "P == 1 - M - N",
        RARER_OUTPUTS.concluded(),
        "Q == M*(1 - M + N)**2 + N*(1 + M - N)**2 + R",
    ),
    conclusion="289*Q <= 400",
    stronger="289*Q <= 390",
    stronger_description="the constant 1.7 raised to 1.72",
    witness={
        "M": F(137, 400),
        "N": F(103, 1000),
        "P": F(1109, 2000),
        "R": F(537, 400) ** 2 * F(1109, 2000),
        "Q": F(137, 400) * F(1521, 2000) ** 2 + F(103, 1000) * F(2479, 2000) ** 2 + F(537, 400) ** 2 * F(1109, 2000),
    },
    origin="two outputs of probabilities 0.3425 and 0.103 among very many rare ones",
    terms=(Terms("the other outputs", "p", {"R": "p*(1 + M - p)**2", "P": "p"}, ("p >= 0", "p <= M")),),
)
MEAN_RANGE = at_most(
    "mean range of a step",
    "sum p |A| 2w <= sqrt(Q) s, so that 1.7 |S| E delta <= eta s for delta = (eta/(2|S|)) |A| 2w",
    "17*S*Z",
    "10*eta*s",
    premises=(
        "289*Q <= 400",
        "V == s**2",
        "s >= 0",
        "m >= 0",
        "S > 0",
        "eta >= 0",
        "2*S*Z == eta*m",
        sums.CAUCHY_SCHWARZ.concluded(D="m", U="Q", V="V", p="p", u="z", v="abs(A)"),
    ),
    witness={"Q": F(400, 289), "V": F(1), "s": F(1), "m": F(20, 17), "S": F(1), "eta": F(1), "Z": F(10, 17)},
    origin=ALLOWED,
    terms=(
        Terms("the outputs", "p z A", {"m": "p*(z*abs(A))", "Q": "p*z**2", "V": "p*abs(A)**2"}, ("p >= 0", "z >= 0")),
    ),
)
AROUND_THE_BASELINE = at_most(
    "mean square around a number after a change",
    "E'[(r - b)^2] = sum w e (r - b)^2 / sum w e <= (hi/lo) E[(r - b)^2], for every b",
    "lo*after",
    "hi*Q",
    premises=(
        pathwise.TILTED_ABOVE.concluded(T="Q2", F="Q", f="A**2"),
        pathwise.TILTED_BELOW.concluded(T="Z", F="W", f="1"),
        "W == 1",
        "after*Z == Q2",
        "after >= 0",
        "lo > 0",
        "hi >= lo",
    ),
    witness={"lo": F(1), "hi": F(2), "W": F(1), "Q": F(1), "Q2": F(2), "Z": F(1), "after": F(2)},
    origin=ALLOWED,
    terms=(Terms("the outputs", "w e A", {"W": "w", "Q": "w*A**2", "Q2": "w*e*A**2", "Z": "w*e"}, pathwise.TILTS),),
)
STEP = at_most(
    "length of a step of REINFORCE",
    "exp(-l) falls by at most eta s0/(1.7 |S|) on average, as s <= s0 exp(l)",
    "17*S*(E0 - E1)",
    "10*eta*s0",
    premises=(
        steps.MEAN_OF_A_STEP.concluded(),
        "W == 1",
        "17*S*Z <= 10*eta*s",
        "s*E0 <= s0",
        "E0 > 0",
        "S > 0",
        "eta >= 0",
    ),
    witness={"S": F(1), "E0": F(1), "E1": F(9, 10), "W": F(1), "Z": F(1, 10), "eta": F(17, 100), "s": F(1), "s0": F(1)},
    origin=ALLOWED,
    terms=(
        Terms(
            "the groups",
            "w x delta",
            {"E1": "w*(E0*x)", "Z": "w*delta", "W": "w"},
            ("w >= 0", "E0 >= 0", "x >= 1 - delta"),
        ),
    ),
)


def mean_time() -> Query:
    """S-REINFORCE: the mean of `1 - exp(-l)` where a run is stopped, from both sides."""
    constant = quotient(updates.REINFORCE_CONSTANT)
    return Query(
        name="from the steps of REINFORCE to the mean time",
        claim="1.7 |S| (1 - exp(-D)) P <= 1.7 |S| E (1 - exp(-l)) <= s0 E min(t_gamma, t)",
        premises=(steps.PATHS_THAT_HIT.concluded(), "17*S*L <= 10*T*s0", "S > 0", "s0 > 0", "P >= 0", "F <= 1"),
        conclusion=f"T*s0 >= {constant}*S*(1 - F)*P",
        stronger="T*s0 >= (201/100)*S*(1 - F)*P",
        stronger_description="the constant 1.7 raised to 2.01",
        witness={"T": F(17, 10), "s0": F(1), "S": F(1), "L": F(1), "P": F(1), "F": F(0)},
        origin=ALLOWED,
        terms=(
            Terms(
                "the runs, stopped",
                "w e hit",
                {"L": "w*(1 - e)", "P": "w*hit"},
                ("w >= 0", "e <= 1", "hit == 0 or (hit == 1 and e <= F)"),
            ),
        ),
    )
