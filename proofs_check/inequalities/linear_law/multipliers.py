"""The multipliers that bound `speed + mu growth` over all policies, and the law itself.

Rewards are 1 or -1, the expected one is `V = 2P - 1`, the standard deviation of `r_KL` is `v` and `x = A/v` is the
standardised advantage of an output of probability `p`. In units of `v/|S|` the rate of `V` is `speed`, the sum of
`p^2 x (r - V)`, and that of `ln v` is at most `growth = sum p^2 x (x^2 - 1)/2`. With
`phi_r(x) = x (r - V + mu (x^2 - 1)/2)`, `speed + mu growth = sum p (p phi_r(x))`.
"""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.smt.at_most import at_most
from proofs_check.smt.claims import Query
from proofs_check.symbolic.constants import quotient
from proofs_check.symbolic.vanishing import SMALL_INCREASE
from theory.bounds import growth_control
from theory.tabular.exact_solutions import one_against_equals_time

LARGEST_SHARE = at_most(
    "largest share",
    "p (1 + x^2) <= 1: the others have p x among them, at most sqrt((1 - p)(1 - p x^2)) by Cauchy-Schwarz",
    "p*(1 + x**2)",
    "1",
    premises=("(p*x)**2 <= (1 - p)*(1 - p*x**2)", "p > 0", "p < 1"),
    witness={"p": F(1, 2), "x": F(1)},
    origin="two equally likely outputs",
)


def law() -> Query:
    """The linear law, from a curve that no policy beats."""
    constant = quotient(growth_control.LINEAR_LAW_CONSTANT)
    return Query(
        name="linear law",
        claim="t s0 >= W(V_0) >= c gamma",
        premises=("t*s >= W", f"W >= {constant}*g", "g > 0"),
        conclusion=f"t*s >= {constant}*g",
        stronger="t*s >= (201/100)*g",
        stronger_description="the constant raised to 2.01",
        witness=_near_half(0.5 - SMALL_INCREASE / 4),
        origin="pi0 = (1/2 - gamma/4, 1/2 + gamma/4), r_RM = r_G = (1, -1), gamma = 0.001, t the exact hitting time",
    )


def _near_half(start: float) -> dict[str, float]:
    time = float(one_against_equals_time(start, start + SMALL_INCREASE / 2, 2))
    spread = 2 * (start * (1 - start)) ** 0.5
    return {"t": time, "s": spread, "W": time * spread, "g": SMALL_INCREASE}
