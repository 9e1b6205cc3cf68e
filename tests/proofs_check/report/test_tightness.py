"""The table of tightness: the smallest ratios of every method but boxes, the paper's beside ours."""

from __future__ import annotations

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import make_ledger
from proofs_check.report.tightness import tightness_rows, tightness_table


def found(statement: str, method: Method, tightness: float | None) -> Evidence:
    control = ControlOutcome("a twin", True, 0.9, 1, None)
    return Evidence(statement, method, Verdict.SURVIVED, control, instances=1, tightness=tightness)


def test_the_smallest_ratios_without_what_boxes_give() -> None:
    evidence = [
        found("prop3", Method.SAMPLING, 4.0),
        found("prop3", Method.SEARCH, 3.0),
        found("prop3", Method.BOXES, 1.0),
        found("s3", Method.SEARCH, 1.5),
        found("lem10", Method.SEARCH, 2.0),
        found("s-lem10", Method.SMT, None),
    ]
    ledger = make_ledger(evidence, level="quick", seed=0, seconds=1.0)
    (row,) = tightness_rows(ledger)
    assert row == ("prop3", 3.0, "s3", 1.5, 2.0)
    assert "| `prop3` | 3 | `s3` | 1.5 | 2x |" in tightness_table(ledger)
