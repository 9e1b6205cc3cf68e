"""The headlines of a ledger, for a first look: what was checked, and the paper's main statements beside ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from figures.pages.ledger_rows import LedgerRow
from proofs_check.report.tightness import SHARPENED

MAIN = (
    *("prop1", "prop2", "lem5", "thm4", "prop3", "lem10"),
    *("thm5-slow", "thm5-fast", "thm6-slow", "thm6-fast", "prop4", "lem11"),
)
"""The paper's main statements, by id."""


@dataclass(frozen=True)
class Headline:
    """A statement of the paper and what sharpens it; `ours` is None where nothing does, or it was not checked."""

    paper: LedgerRow
    ours: LedgerRow | None


@dataclass(frozen=True)
class Counts:
    """What was checked, in numbers.

    **Fields**: `statements`, of which `of_the_paper`, `of_others` and `ours`, without the `conjectures`; how many are
    `formal`, `proved`, `certified` and `survived`; `checks`, of a statement or conjecture on an instance each;
    `controls` that were refuted; `violated`, the ids of statements; `unrefuted`, the ids of those whose control is not
    refuted.
    """

    statements: int
    of_the_paper: int
    of_others: int
    ours: int
    conjectures: int
    formal: int
    proved: int
    certified: int
    survived: int
    checks: int
    controls: int
    violated: tuple[str, ...]
    unrefuted: tuple[str, ...]


@dataclass(frozen=True)
class Spread:
    """From which to which tightness the statements of the `paper` are that `ours` sharpen, and those, in words."""

    paper: str
    ours: str


def headlines(rows: Sequence[LedgerRow]) -> list[Headline]:
    """The main statements that the ledger has, in the order of `MAIN`, each with the last of ours in `SHARPENED`."""
    by_id = {row.id: row for row in rows}
    return [Headline(by_id[id], by_id.get(SHARPENED.get(id, ("",))[-1])) for id in MAIN if id in by_id]


def counts(rows: Sequence[LedgerRow]) -> Counts:
    """What the rows of a ledger add up to."""
    stated = [row for row in rows if not row.conjecture]
    verdicts = Counter(verdict for row in stated for verdict in row.verdicts)
    origins = Counter(row.origin for row in stated)
    unrefuted = tuple(row.id for row in rows if not row.refuted)
    return Counts(
        statements=len(stated),
        of_the_paper=origins["paper"],
        of_others=len(stated) - origins["paper"] - origins["ours"],
        ours=origins["ours"],
        conjectures=len(rows) - len(stated),
        formal=verdicts["formal"],
        proved=verdicts["proved"],
        certified=verdicts["certified"],
        survived=verdicts["survived"],
        checks=sum(row.instances for row in rows),
        controls=len(rows) - len(unrefuted),
        violated=tuple(row.id for row in rows if row.violations),
        unrefuted=unrefuted,
    )


def spread(found: Sequence[Headline]) -> Spread | None:
    """The tightness of the paper's statements that are sharpened, and of ours; None where there are no pairs."""
    pairs = [(one.paper, one.ours) for one in found if one.ours and one.paper.tightness and one.ours.tightness]
    if not pairs:
        return None
    return Spread(_from_to([paper.tightness for paper, _ in pairs]), _from_to([ours.tightness for _, ours in pairs]))


def _from_to(tightness: Sequence[str]) -> str:
    numbers = sorted(float(text.replace(",", "")) for text in tightness)
    return f"{numbers[0]:.3g} to {numbers[-1]:.3g}"
