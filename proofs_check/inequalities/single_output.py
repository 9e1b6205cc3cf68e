"""Theorems 5 and 6, fast parts, as Proposition 4 with a good set of one output, in its variables."""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.smt.claims import Induction, Query, Terms
from proofs_check.symbolic.constants import quotient
from theory.bounds import upper_bounds

OTHERS_LAG = Induction(
    name="gap to the other outputs",
    claim="(1 - P0) sum p < sum p gap < sum p over the others, for gaps in (1 - P0, 1)",
    sums={"D": "p*gap", "N": "p"},
    item=("p > 0", "1 - P0 < gap", "gap < 1", "0 < P0", "P0 < 1"),
    invariant="N >= 0 and D >= (1 - P0)*N and D <= N",
    stronger="N >= 0 and 100*D >= 101*(1 - P0)*N",
    stronger_description="the lower bound raised by one per cent",
    outputs=[{"p": F(1, 2), "gap": F(501, 1000)}],
    parameters={"P0": F(1, 2)},
)


def theorem_5_from_proposition_4() -> Query:
    """`delta >= (1-rho)^3` and no bad output: both limits of Theorem 5 are within those of Proposition 4."""
    time5, time4 = quotient(upper_bounds.THEOREM_5_FAST_CONSTANT), quotient(upper_bounds.PROPOSITION_4_CONSTANT)
    kl5, kl4 = quotient(upper_bounds.THEOREM_5_FAST_KL_DIVISOR), quotient(upper_bounds.PROPOSITION_4_KL_DIVISOR)
    return Query(
        name="Theorem 5 is Proposition 4",
        claim="with Y+ = {y_g}: the bound is at least, the largest lambda at most Proposition 4's, and no other output "
        "exceeds V_RM(0)",
        premises=(
            "0 < P0",
            "P0 < rho",
            "rho < 1",
            "N == 1 - P0",
            OTHERS_LAG.concluded(gap="lag"),
            "gap > 1 - P0",
            "q == (1 - rho)*((1 - rho)*D)",
        ),
        # 1/q <= 1/(1-rho)^4 and (1-rho)^4 <= q, times the constants; r_RM(y) - V_RM(0) = D - gap.
        conclusion=f"{time4}*(1 - rho)**4 <= {time5}*q and {kl4}*(1 - rho)**4 <= {kl5}*q and D - gap < 0",
        stronger=f"{time4}*(1 - rho)**4 <= {time5}*q/3",
        stronger_description="a third of the bound",
        witness={
            "P0": F(1, 2),
            "rho": F(501, 1000),
            "N": F(1, 2),
            "D": F(251, 1000),
            "gap": F(502, 1000),
            "q": F(499, 1000) ** 2 * F(251, 1000),
        },
        origin="pi0 = (1/2, 1/2), r_RM = (1, 0.498), rho = 0.501",
        terms=(Terms("the other outputs", "p lag", {"D": "p*lag", "N": "p"}, ("p > 0", "1 - P0 < lag", "lag < 1")),),
    )


def _single_output(name: str, comparison: Query, power: int, time: float, divisor: float) -> Query:
    """What Proposition 4 says of `Y+ = {y_g}`: `n = 1`, `d = 0`, and no bad output; `i` is `1/P0 - 1/rho`."""
    time4, kl4 = quotient(upper_bounds.PROPOSITION_4_CONSTANT), quotient(upper_bounds.PROPOSITION_4_KL_DIVISOR)
    return Query(
        name=name,
        claim="a coefficient lambda that the theorem allows is allowed by Proposition 4, and its bound on t is at most "
        "the one claimed; delta > 0",
        premises=(
            comparison.concluded(),
            "0 < P0",
            "P0 < rho",
            "rho < 1",
            "lam >= 0",
            "kap > 0",
            "i > 0",
            f"lam*{quotient(divisor)}*kap <= P0*(1 - rho)**{power}",
            f"t*q <= {time4}*i",
            "t >= 0",
        ),
        conclusion=f"lam*{kl4}*kap <= P0*q and t*(1 - rho)**{power} <= {quotient(time)}*i and q > 0",
        stronger=f"lam*{kl4}*kap <= P0*q and 3*t*(1 - rho)**{power} <= {quotient(time)}*i",
        stronger_description="a third of the bound on t",
        witness=dict(comparison.witness)
        | {"lam": F(0), "kap": F(1), "i": F(1), "t": F(upper_bounds.PROPOSITION_4_CONSTANT) / comparison.witness["q"]},
        origin=f"{comparison.origin}, Proposition 4's bound attained",
        given=tuple(p for p in comparison.premises if isinstance(p, str)),
        terms=comparison.terms,
    )


def theorem_5_single() -> Query:
    """Theorem 5 from Proposition 4."""
    return _single_output(
        "a good set of one output",
        theorem_5_from_proposition_4(),
        4,
        upper_bounds.THEOREM_5_FAST_CONSTANT,
        upper_bounds.THEOREM_5_FAST_KL_DIVISOR,
    )


def theorem_6_single() -> Query:
    """Theorem 6 from Proposition 4."""
    return _single_output(
        "a good set of one output, the only one that is rewarded",
        theorem_6_from_proposition_4(),
        3,
        upper_bounds.THEOREM_6_FAST_CONSTANT,
        upper_bounds.THEOREM_6_FAST_KL_DIVISOR,
    )


def theorem_6_from_proposition_4() -> Query:
    """`delta = 2 (1-rho)(1-P0) >= 2 (1-rho)^2` and no bad output, for rewards +1 on `y_g` and -1 elsewhere."""
    time6, time4 = quotient(upper_bounds.THEOREM_6_FAST_CONSTANT), quotient(upper_bounds.PROPOSITION_4_CONSTANT)
    kl6, kl4 = quotient(upper_bounds.THEOREM_6_FAST_KL_DIVISOR), quotient(upper_bounds.PROPOSITION_4_KL_DIVISOR)
    return Query(
        name="Theorem 6 is Proposition 4",
        claim="with Y+ = {y_g}: the bound is at least, the largest lambda at most Proposition 4's, and no other output "
        "exceeds V_RM(0)",
        premises=("0 < P0", "P0 < rho", "rho < 1", "V0 == P0 - (1 - P0)", "q == (1 - rho)*((1 - rho)*(1 - V0))"),
        conclusion=f"{time4}*(1 - rho)**3 <= {time6}*q and {kl4}*(1 - rho)**3 <= {kl6}*q and -1 < V0",
        stronger=f"{time4}*(1 - rho)**3 <= {time6}*q/2",
        stronger_description="half the bound",
        witness={"P0": F(1, 2), "rho": F(501, 1000), "V0": F(0), "q": F(499, 1000) ** 2},
        origin="pi0 = (1/2, 1/2), r_RM = (1, -1), rho = 0.501",
    )
