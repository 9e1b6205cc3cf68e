"""Claims about sampled completions: the algebra behind the identities that trainers and audits rely on.

Letters: `r` a reward, `S` or `T` sums over a group, `G` and `n` numbers of completions, `m` a mean, `d` a deviation.
"""

from __future__ import annotations

from fractions import Fraction as F

from proofs_check.smt.claims import Induction, Query

LEAVE_ONE_OUT = Query(
    name="leave one out",
    claim="(r_i - rest) (G - 1) = G (r_i - mean), where rest is the mean of the others",
    premises=("G >= 2", "S == r + others", "mean*G == S", "rest*(G - 1) == others"),
    conclusion="(r - rest)*(G - 1) == G*(r - mean)",
    stronger="(r - rest)*(G - 1) == (G - 1)*(r - mean)",
    stronger_description="G - 1 in place of G",
    witness={"G": F(2), "r": F(1), "others": F(0), "S": F(1), "mean": F(1, 2), "rest": F(0)},
    origin="two completions of rewards 1 and 0",
)
CONVEX_IN_ONE = Query(
    name="spread is strictly convex in each reward",
    claim="m sum x^2 - (sum x)^2 is larger at one of the two ends a < x < b, whatever the other m - 1 rewards are",
    premises=("m > 1", "a < x", "x < b"),
    conclusion="(m - 1)*x**2 - 2*R*x < max((m - 1)*a**2 - 2*R*a, (m - 1)*b**2 - 2*R*b)",
    stronger="(m - 1)*x**2 - 2*R*x < min((m - 1)*a**2 - 2*R*a, (m - 1)*b**2 - 2*R*b)",
    stronger_description="larger at both ends",
    witness={"m": F(2), "a": F(0), "x": F(1), "b": F(2), "R": F(0)},
    origin="two completions, the other of reward 0",
)
CONSTANT_SUM = Induction(
    name="sum of a constant",
    claim="if r + r' = c for every completion, the rewards add up to the number of completions times c",
    sums={"T": "r + other", "n": "1"},
    item=("r + other == c",),
    invariant="T == n*c",
    stronger="T == 2*n*c",
    stronger_description="twice as much",
    outputs=[{"r": F(1), "other": F(0)}],
    parameters={"c": F(1)},
)
NOTHING_LEFT = Query(
    name="nothing is left of a constant",
    claim="a total that is the same for every completion is its own mean",
    premises=("n >= 1", "r + other == c", "mean*n == T", "T == n*c"),
    conclusion="r + other - mean == 0",
    stronger="r - mean == 0",
    stronger_description="one of the two rewards alone",
    witness={"n": F(2), "r": F(0), "other": F(1), "c": F(1), "T": F(2), "mean": F(1)},
    origin="rewards 0 and 1, and 1 less each of them",
)
SAME_SPREAD = Induction(
    name="same deviation",
    claim="r and c - r have the same sum of squared differences from their means",
    sums={"P": "(r - m)**2", "Q": "((c - r) - (c - m))**2"},
    item=(),
    invariant="P == Q",
    stronger="P == 2*Q",
    stronger_description="half of it",
    outputs=[{"r": F(1)}, {"r": F(0)}],
    parameters={"c": F(1), "m": F(1, 2)},
)
OPPOSITE = Query(
    name="opposite advantages",
    claim="(r - m)/d + ((c - r) - (c - m))/d = 0 with the same divisor d = s + eps",
    premises=("d > 0", "first*d == r - m", "second*d == (c - r) - (c - m)"),
    conclusion="first + second == 0",
    stronger="first + 2*second == 0",
    stronger_description="the second with twice the weight",
    witness={"d": F(1, 2), "r": F(1), "m": F(1, 2), "c": F(1), "first": F(1), "second": F(-1)},
    origin="rewards 1 and 0, and 1 less each of them",
)
EXPANDED = Induction(
    name="squares expanded",
    claim="sum (r - m)^2 = sum r^2 - 2 m sum r + n m^2, whatever m is",
    sums={"D": "(r - m)**2", "T": "r**2", "S": "r", "n": "1"},
    item=(),
    invariant="D == T - 2*m*S + n*m**2",
    stronger="D == T - m*S + n*m**2",
    stronger_description="the factor 2 left out",
    outputs=[{"r": F(1)}],
    parameters={"m": F(1)},
)
ONE_CLASS = Query(
    name="one class",
    claim="the squares about any m are those about the class mean, and n (class mean - m)^2",
    premises=("n > 0", "mc*n == S", "D == T - 2*m*S + n*m**2", "E == T - 2*mc*S + n*mc**2"),
    conclusion="D == E + n*(mc - m)**2",
    stronger="D == E + (mc - m)**2",
    stronger_description="the class counts once",
    witness={"n": F(2), "S": F(2), "T": F(2), "m": F(0), "mc": F(1), "D": F(2), "E": F(0)},
    origin="a class of two completions of reward 1; the mean of all is 0",
)
SHIFTED_MEAN = Induction(
    name="sum of shifted rewards",
    claim="rewards that are all shifted by d have a sum that is shifted by n d",
    sums={"T": "r + d", "S": "r", "n": "1"},
    item=(),
    invariant="T == S + n*d",
    stronger="T == S + d",
    stronger_description="shifted once",
    outputs=[{"r": F(1)}, {"r": F(0)}],
    parameters={"d": F(1)},
)
SHIFT = Query(
    name="a shift cancels",
    claim="r + d less the mean of the shifted rewards is r less the mean of the rewards",
    premises=("n >= 1", "mean*n == S", "moved*n == T", "T == S + n*d"),
    conclusion="(r + d) - moved == r - mean",
    stronger="(r + d) - mean == r - mean",
    stronger_description="the mean before the shift",
    witness={"n": F(2), "r": F(1), "S": F(1), "d": F(1), "T": F(3), "mean": F(1, 2), "moved": F(3, 2)},
    origin="rewards 1 and 0, shifted by 1",
)
WHITENED = Query(
    name="whitened variance",
    claim="v k / T <= v k / B, where T = W + B is the sum of squares over all completions and B that of the means",
    premises=("W >= 0", "B > 0", "T == W + B", "v >= 0", "k >= 0", "whitened*T == v*k"),
    conclusion="whitened*B <= v*k",
    stronger="100*whitened*B <= 99*v*k",
    stronger_description="the right side lowered by one per cent",
    witness={
        "W": F(1, 500),
        "B": F(1),
        "T": F(501, 500),
        "v": F(1, 1000),
        "k": F(3),
        "whitened": F(3, 1002),
    },
    origin="two prompts of two completions, means 1 apart",
)
ONE_MORE_DRAW = Query(
    name="one more draw",
    claim="E C(c + 1 draw, G) = E C(c, G) + p E C(c, G - 1) = C(n + 1, G) p^G by Pascal's rule, q = p^(G-1)",
    premises=("before == same*p*q", "fewer == less*q", "after == before + p*fewer", "pascal == same + less"),
    conclusion="after == pascal*p*q",
    stronger="after == same*p*q",
    stronger_description="no new group",
    witness={
        "p": F(1, 2),
        "q": F(1, 2),
        "same": F(1),
        "less": F(2),
        "before": F(1, 4),
        "fewer": F(1),
        "after": F(3, 4),
        "pascal": F(3),
    },
    origin="groups of 2, from 2 to 3 draws, p = 1/2",
)
TANGENT = Query(
    name="tangent of a power",
    claim="u^(G+1) >= m^(G+1) + (G+1) m^G (u - m), if the same holds for G; mg = m^(G-1), ug = u^G",
    premises=("u >= 0", "m >= 0", "G >= 1", "mg >= 0", "ug >= m*mg + G*mg*(u - m)"),
    conclusion="u*ug >= m*m*mg + (G + 1)*m*mg*(u - m)",
    stronger="100*u*ug >= 101*(m*m*mg + (G + 1)*m*mg*(u - m))",
    stronger_description="the tangent raised by one per cent",
    witness={"u": F(1), "m": F(1), "G": F(1), "mg": F(1), "ug": F(1)},
    origin="u = m = 1",
)
SAME_RANK = Query(
    name="rows that share a reward",
    claim="sum of C(i-1, k-1) for i from l+1 to h is C(h, k) - C(l, k), if so for h - 1, by Pascal's rule",
    premises=("total == upper - lower", "pascal == upper + added"),
    conclusion="total + added == pascal - lower",
    stronger="total + added == pascal",
    stronger_description="the rows below left out",
    witness={"total": F(2), "upper": F(3), "lower": F(1), "added": F(3), "pascal": F(6)},
    origin="k = 2, l = 2, from h = 3 to 4",
)
