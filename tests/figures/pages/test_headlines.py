"""The headlines of a ledger: what they count, and whom they put beside whom."""

from __future__ import annotations

from dataclasses import replace

from figures.pages.headlines import MAIN, Headline, Spread, counts, headlines, spread
from figures.pages.ledger_rows import ledger_rows
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.report.tightness import SHARPENED
from tests.ledger_example import UNREFUTED, ledger
from theory.statements.register import find_statement


def test_there_are_a_dozen_each_of_the_paper_and_beside_what_sharpens_it() -> None:
    assert len(MAIN) == 12
    for paper in MAIN:
        assert find_statement(paper).origin == "paper"
        assert all(find_statement(ours).origin == "ours" for ours in SHARPENED.get(paper, ()))
    shown = {paper: SHARPENED[paper][-1] for paper in ("prop2", "lem5", "thm4", "prop3")}
    assert shown == {"prop2": "s6-gradient", "lem5": "s6-path", "thm4": "s8", "prop3": "s3-plus-plus"}
    assert set(MAIN) - set(SHARPENED) == {"prop1"}


def test_what_was_not_checked_is_left_out() -> None:
    found = headlines(ledger_rows(ledger()))
    assert [one.paper.id for one in found] == [id for id in MAIN if id in ledger().by_statement]
    assert all(one.ours is None or one.ours.id == SHARPENED[one.paper.id][-1] for one in found)
    assert headlines([]) == []


def test_counts_add_up() -> None:
    rows = ledger_rows(ledger())
    found = counts(rows)
    assert found.statements == len(rows) == found.of_the_paper + found.ours == found.controls
    assert found.checks == sum(row.instances for row in rows)
    assert (found.violated, found.unrefuted) == ((), ())
    assert found.proved == sum("proved" in row.verdicts for row in rows)


def test_what_is_wrong_is_named() -> None:
    good = ledger()
    bad = [
        replace(e, verdict=Verdict.VIOLATED, violations=2, control=UNREFUTED)
        if (e.statement, e.method) == ("s6", Method.SAMPLING)
        else e
        for e in good.evidence
    ]
    found = counts(ledger_rows(replace(good, evidence=tuple(bad))))
    assert (found.violated, found.unrefuted) == (("s6",), ("s6",))
    assert found.controls == found.statements - 1


def test_the_spread_of_tightness_is_that_of_pairs() -> None:
    (theorem,) = (row for row in ledger_rows(ledger()) if row.id == "thm5-slow")
    pairs = [
        Headline(replace(theorem, tightness="1,316"), replace(theorem, tightness="1.01597")),
        Headline(replace(theorem, tightness="2.00005"), replace(theorem, tightness="1.00000")),
        Headline(replace(theorem, tightness="9999"), None),
        Headline(replace(theorem, tightness=""), replace(theorem, tightness="7")),
    ]
    assert spread(pairs) == Spread("2 to 1.32e+03", "1 to 1.02")
    assert spread([]) is None
