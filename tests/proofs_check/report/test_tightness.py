"""The table of tightness: the smallest ratio of any method but the boxes, the paper's statement beside ours."""

from __future__ import annotations

from dataclasses import replace

from proofs_check.evidence.method import Method
from proofs_check.ledger.ledger import make_ledger
from proofs_check.markdown import tables
from proofs_check.report.tightness import HEADINGS, tightness_rows, tightness_table
from tests.ledger_example import evidence_on_theorem_5


def ledger(*ours):
    (sampled,) = (e for e in evidence_on_theorem_5() if e.method is Method.SAMPLING)
    found = [replace(sampled, statement="s-thm5", method=method, tightness=ratio) for method, ratio in ours]
    return make_ledger([*evidence_on_theorem_5(), *found], level="quick", seed=0, seconds=1.0)


def test_the_smallest_ratio_counts_whoever_found_it():
    (row,) = tightness_rows(ledger((Method.SAMPLING, 1.5), (Method.SEARCH, 1.25), (Method.CERTIFIED, None)))
    assert (row.paper, row.paper_tightness, row.ours, row.our_tightness) == ("thm5-slow", 4.0001, "s-thm5", 1.25)
    assert row.gain == 4.0001 / 1.25


def test_what_boxes_give_is_no_instance():
    assert tightness_rows(ledger((Method.BOXES, 1.01))) == []
    assert tightness_rows(ledger()) == []


def test_the_table():
    ((headings, _, row),) = tables(tightness_table(ledger((Method.SAMPLING, 1.25))))
    assert tuple(headings) == HEADINGS
    assert row == ["`thm5-slow`", "4.0001", "`s-thm5`", "1.25", "3.2x"]
