"""Claims `left <= right` whose false twin is the same with the right side lowered by one per cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofs_check.smt.claims import Induction, Premise, Query, Terms
from proofs_check.smt.formula import Number

LOWERED = "the right side lowered by one per cent"


def at_most(
    name: str,
    claim: str,
    left: str,
    right: str,
    *,
    premises: tuple[Premise, ...],
    witness: Mapping[str, Number],
    origin: str,
    given: tuple[Premise, ...] = (),
    terms: tuple[Terms, ...] = (),
    means: Mapping[str, str] | None = None,
) -> Query:
    """`left <= right` from premises; at the witness, which attains it, the twin is false."""
    return Query(
        name=name,
        claim=claim,
        premises=premises,
        conclusion=f"{left} <= {right}",
        stronger=f"100*({left}) <= 99*({right})",
        stronger_description=LOWERED,
        witness=witness,
        origin=origin,
        given=given,
        terms=terms,
        means=means or {},
    )


def sum_at_most(
    name: str,
    claim: str,
    left: str,
    right: str,
    *,
    sums: Mapping[str, str],
    item: tuple[str, ...],
    outputs: Sequence[Mapping[str, Number]],
    parameters: Mapping[str, Number] | None = None,
    known: str = "",
) -> Induction:
    """`left <= right` between sums, by induction; `known` is what has to be carried along. The outputs attain it."""
    carried = f"{known} and " if known else ""
    return Induction(
        name=name,
        claim=claim,
        sums=sums,
        item=item,
        invariant=f"{carried}{left} <= {right}",
        stronger=f"{carried}100*({left}) <= 99*({right})",
        stronger_description=LOWERED,
        outputs=outputs,
        parameters=parameters or {},
    )
