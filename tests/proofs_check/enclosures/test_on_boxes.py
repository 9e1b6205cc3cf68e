"""Steps in ball arithmetic: proved where the inequality holds, and not where it is false or its twin is true."""

from __future__ import annotations

from dataclasses import replace

from flint import arb

from proofs_check.enclosures.on_boxes import OnBoxes, Part, on_boxes_step
from proofs_check.evidence.step import StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities.growth import linear_corollary

UNIT = [(arb(0), arb(1))]
PARABOLA = Part(lambda x: (4 * x * (1 - x), arb("1.001")), UNIT)
TOO_LOW = Part(lambda x: (4 * x * (1 - x), arb("0.99")), UNIT)
CLAIM = OnBoxes("parabola", "4 x (1 - x) <= 1.001", (PARABOLA,), "the same", TOO_LOW, "0.99", "x in [0, 1]")


def test_a_true_inequality_is_proved() -> None:
    step = on_boxes_step(CLAIM)
    assert step.verdict is Verdict.PROVED
    assert step.method is StepMethod.BALLS
    assert step.control is not None
    assert step.control.refuted
    assert "boxes" in step.text


def test_a_false_one_is_violated_where_it_is_false() -> None:
    step = on_boxes_step(replace(CLAIM, parts=(PARABOLA, TOO_LOW)))
    assert step.verdict is Verdict.VIOLATED
    assert step.reason is not None
    assert step.reason.startswith("it is false at 0.")


def test_what_boxes_cannot_decide_is_unknown() -> None:
    attained = Part(lambda x: (4 * x * (1 - x), arb(1)), UNIT)
    assert on_boxes_step(replace(CLAIM, parts=(attained,))).verdict is Verdict.UNKNOWN


def test_a_true_twin_refutes_nothing() -> None:
    step = on_boxes_step(replace(CLAIM, wrong=PARABOLA))
    assert step.control is not None
    assert not step.control.refuted


def test_the_linear_corollary() -> None:
    step = on_boxes_step(linear_corollary.smallest_ratio())
    assert step.verdict is Verdict.PROVED
    assert step.control is not None
    assert step.control.refuted
    assert arb(5) / 2 == linear_corollary.LONG
    assert 1 / linear_corollary.LONG.cosh() ** 2 < linear_corollary.SLOWEST
