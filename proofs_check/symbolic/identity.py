r"""Identities of tabular policies, proved for every number of outputs by the degree argument.

**The argument.** Both sides are built by one rule for any number `K` of outputs, from sums over outputs in which an
output `i` occurs (by its `w_i`, `r_i`, `l_i`, `h_i`, `g_i`) only in monomials divisible by `w_i`. Cleared of `W`, the
difference of the sides is homogeneous in `w` of some degree `d`. A monomial of it touches at most `d` outputs; putting
`w_j = 0` for all others leaves its coefficient alone and turns the difference for `K` outputs into the one for these
outputs only. So if the difference vanishes for `d` outputs, every coefficient vanishes for every `K`.

The code asserts what the argument needs: the degree, that there are at least `d` outputs, the divisibility, and that
putting `w_j = 0` is the same as having one output fewer. Statements about one output `y` are checked at the first one
after multiplying by `p_y` where that factor is not there already; the others follow by renaming.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from sympy.polys.rings import PolyElement

from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.symbolic.quotients import SYMBOLS, Outputs, Quotient

Side: TypeAlias = Callable[[Outputs], Quotient]


class DegreeArgumentError(Exception):
    """The two sides are not of the form that the degree argument is about."""


@dataclass(frozen=True)
class Identity:
    """`left = right` at every tabular policy, and a wrong right-hand side that must be found to differ.

    **Fields**: `left`, `right`, `wrong` build a side for any number of outputs; `wrong_description` says what is wrong.
    """

    name: str
    claim: str
    left: Side
    right: Side
    wrong: Side
    wrong_description: str


def identity_step(identity: Identity, *, code: str = "", disagreement: str | None = None) -> Step:
    """Proves the identity for every number of outputs, and rejects the planted error by the same code.

    **Arguments**: `code`, `disagreement`: what comparing the sides with `theory` gave (see `conformance.tabular`).

    **Returns** a step that is violated where the identity is false or the code differs from it, and unknown where the
    degree argument does not apply.
    """
    started = time.perf_counter()
    try:
        degree, difference = prove_for_every_size(identity.left, identity.right)
        _, planted = prove_for_every_size(identity.left, identity.wrong)
    except DegreeArgumentError as error:
        control = StepControl(identity.wrong_description, False)
        return Step(
            identity.name,
            identity.claim,
            StepMethod.SYMBOLIC,
            Verdict.UNKNOWN,
            "",
            str(error),
            control,
            reason=str(error),
        )
    witness = _point_where_nonzero(planted)
    reason = disagreement
    if difference != 0:
        reason = f"the sides differ at {_point_where_nonzero(difference)}"
    return Step(
        name=identity.name,
        claim=identity.claim,
        method=StepMethod.SYMBOLIC,
        verdict=Verdict.PROVED if reason is None else Verdict.VIOLATED,
        scope="every number of outputs, every reward, every lambda",
        text=f"Cleared of W the difference of the sides is homogeneous of degree {degree} in w, each output's symbols "
        f"occur with its w only, and it vanishes for {degree} outputs: so it does for every number of them.",
        control=StepControl(
            identity.wrong_description,
            refuted=planted != 0,
            text=f"The difference has {len(planted.terms())} terms left." if planted != 0 else "",
            witness=witness,
        ),
        seconds=time.perf_counter() - started,
        code=code,
        reason=reason,
    )


def prove_for_every_size(left: Side, right: Side) -> tuple[int, PolyElement]:
    """The degree in `w`, and the difference of the sides cleared of `W`, for that many outputs.

    The difference is zero if and only if the sides agree for every number of outputs.

    **Raises** `DegreeArgumentError` unless the argument applies.
    """
    small = Outputs(2)
    degree = max(left(small).power, right(small).power, 2)
    outputs, fewer = Outputs(degree), Outputs(degree - 1)
    if max(left(outputs).power, right(outputs).power, 2) != degree:
        raise DegreeArgumentError("The degree grows with the number of outputs.")
    for side in (left, right):
        _check_form(side(outputs).over(degree), outputs, degree)
        _check_restriction(side(outputs).over(degree), side(fewer).over(degree), outputs)
    return degree, left(outputs).over(degree) - right(outputs).over(degree)


def _check_form(numerator: PolyElement, outputs: Outputs, degree: int) -> None:
    count = outputs.count
    for exponents in numerator.itermonoms():
        weights = exponents[:count]
        if sum(weights) != degree:
            raise DegreeArgumentError(f"A monomial has degree {sum(weights)} in w, not {degree}.")
        for block in range(1, len(SYMBOLS)):
            own = exponents[block * count : (block + 1) * count]
            if any(used and not weight for used, weight in zip(own, weights, strict=True)):
                raise DegreeArgumentError("A symbol of an output occurs without the output's w.")


def _check_restriction(numerator: PolyElement, fewer: PolyElement, outputs: Outputs) -> None:
    """Without the last weight, the side for `K` outputs must be the side for `K - 1` outputs."""
    count = outputs.count
    dropped = [block * count + count - 1 for block in range(len(SYMBOLS))]
    restricted = {
        tuple(e for place, e in enumerate(exponents) if place not in dropped): coefficient
        for exponents, coefficient in numerator.iterterms()
        if exponents[count - 1] == 0
    }
    if restricted != dict(fewer.iterterms()):
        raise DegreeArgumentError("The sides for different numbers of outputs are not built by one rule.")


def _point_where_nonzero(polynomial: PolyElement) -> dict[str, str] | None:
    """Small rational values of the symbols, the weights positive, at which it is not zero; None if it is zero."""
    if polynomial == 0:
        return None
    names = [str(symbol) for symbol in polynomial.ring.symbols]
    for shift in range(20):
        values = {n: Fraction(1 + (7 * k + 3 * k * k + shift * (k + 1)) % 11, 3) for k, n in enumerate(names)}
        if Quotient(polynomial, 0, polynomial.ring.one).at(values) != 0:
            return {name: str(value) for name, value in values.items()}
    return None
