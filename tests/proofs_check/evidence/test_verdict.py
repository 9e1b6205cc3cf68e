"""Verdicts: a violation outweighs everything, and what says nothing comes last."""

from __future__ import annotations

from proofs_check.evidence.verdict import Verdict


def test_the_order():
    ordered = sorted(Verdict, key=lambda verdict: verdict.place)
    assert ordered[:5] == [Verdict.VIOLATED, Verdict.REFUSED, Verdict.FORMAL, Verdict.PROVED, Verdict.DECIDED]
    last = [Verdict.UNKNOWN, Verdict.NOT_RUN, Verdict.NOT_APPLICABLE]
    assert [v for v in ordered if not v.informative] == ordered[-3:] == last


def test_what_speaks_for_a_statement():
    assert not Verdict.VIOLATED.favourable
    assert not Verdict.VACUOUS.favourable
    assert not Verdict.NOT_RUN.favourable
    assert [v for v in Verdict if v.against] == [Verdict.VIOLATED, Verdict.REFUSED]
    assert all(verdict.informative for verdict in Verdict if verdict.favourable)


def test_every_verdict_says_what_it_claims():
    assert len({v.message for v in Verdict}) == len(Verdict)
