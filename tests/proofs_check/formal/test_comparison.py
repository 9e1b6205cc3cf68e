"""Every theorem of Coq is the statement of the register that it is named after, and an edit on either side shows."""

from __future__ import annotations

from functools import cache
from itertools import compress

import numpy as np
import pytest

from proofs_check.formal.comparison import Comparison
from proofs_check.formal.evidence import comparison_of, comparison_problem, mutants
from proofs_check.formal.points.register_values import Registered, at_limits
from proofs_check.formal.printed import Printed, kept_printed
from proofs_check.formal.readings.catalog import COMPARED, HARMLESS, NOT_COMPARED
from theory.bounds import lower_bounds
from theory.statements.register import find_statement


@cache
def printed() -> Printed:
    """What Coq has printed, as it is kept: a test of its own tells whether that is what Coq prints now."""
    found = kept_printed()
    assert found is not None, "printed.txt belongs to another Statements.v: python -m tools.keep_formal"
    return found


def differs(theorem: str, registered: list[Registered]) -> str | None:
    compared = COMPARED[theorem]
    comparison = Comparison(printed().definitions, compared.reading, registered)
    return comparison.disagreement(theorem, printed().theorems[theorem])


def test_every_theorem_is_compared_or_it_is_said_why_not():
    assert set(printed().theorems) == set(COMPARED) | set(NOT_COMPARED)
    assert not set(COMPARED) & set(NOT_COMPARED)


@pytest.mark.parametrize("theorem", COMPARED)
def test_the_theorem_is_the_statement(theorem):
    assert comparison_problem(theorem, printed(), comparison_of(theorem, printed())) is None
    points = COMPARED[theorem].registered()
    assert len(points) >= 10
    assert sum(one.applies and one.smaller is not None for one in points) >= MOST_POINTS.get(theorem, 10)


MOST_POINTS = {"lem1": 7, "lem2": 7, "razin2024": 5}
"""Fewer where the hypotheses leave fewer: a bracket that is positive, and no KL coefficient."""


QUICK = ("lem8", "prop3", "s3")
"""Theorems whose numbers are edited at every run; those of all others take minutes."""


@pytest.mark.parametrize(
    "theorem", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in COMPARED]
)
def test_an_edit_of_the_theorem_shows(theorem):
    tried = list(mutants(theorem, printed()))
    missed = compress(tried, comparison_of(theorem, printed()).unnoticed(mutant.term for mutant in tried))
    assert [mutant.description for mutant in missed] == list(HARMLESS.get(theorem, ()))


def test_edits_are_tried_one_by_one():
    """An edit that shows changes nothing for the theorem itself, nor for those after it."""
    theorem = printed().theorems["lem4"]
    edits = [mutant.term for mutant in mutants("lem4", printed())]
    comparison = comparison_of("lem4", printed())
    tried = [theorem, *edits, theorem, *edits[::-1], theorem]
    assert comparison.unnoticed(tried) == [term is theorem for term in tried]
    assert comparison.disagreement("lem4", theorem) is None


@pytest.mark.parametrize("theorem", COMPARED)
def test_an_edit_of_the_register_shows(theorem):
    points = COMPARED[theorem].registered()
    applying = [k for k, one in enumerate(points) if one.applies and one.smaller is not None]
    place = next((k for k in applying if np.any(points[k].smaller) and np.any(points[k].larger)), applying[0])
    one = points[place]
    assert one.smaller is not None
    assert one.larger is not None
    for edited in (
        one._replace(smaller=one.smaller * 1.005),
        # What says that something never falls has zero on a side.
        one._replace(larger=one.larger * 1.005 if np.any(one.larger) else one.larger + 0.005),
        one._replace(applies=False),
    ):
        assert differs(theorem, [*points[:place], edited]) is not None
    refused = next((other for other in points if not other.applies), None)
    if refused is not None:
        assert differs(theorem, [refused._replace(applies=True)]) is not None


def test_an_edited_constant_of_the_code_shows(monkeypatch):
    monkeypatch.setattr(lower_bounds, "SHARPENED_PROPOSITION_3_CONSTANT", 4.02)
    problem = differs("s3", at_limits(find_statement("s3")))
    assert problem is not None
    assert problem.startswith("the theorem s3 in Coq is not the statement of the register: its smaller side")
