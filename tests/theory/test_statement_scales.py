"""What rounding is allowed to have done: the scale of the sides is of the size of their terms, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.register_agreement import ALIGNED, rational_points, register_sides
from theory.statement import Relation
from theory.statements import STATEMENTS, find_statement

TABULAR = [s.id for s in STATEMENTS if not s.subject.general]


@pytest.fixture(scope="module")
def sides():
    return register_sides(TABULAR)


@pytest.mark.parametrize("id", TABULAR)
def test_the_scale_is_of_the_size_of_the_terms(sides, id: str) -> None:
    """At the rational points rewards are below one, and so are their products with probabilities."""
    smaller, larger, scale = (np.abs(np.asarray(side, dtype=np.float64)) for side in sides[id])
    points = rational_points(aligned=id in ALIGNED)
    widest = np.array([2 + float(p.coefficient) * np.abs(p.log_ratio).max() for p in points])
    if scale.ndim == 2:
        widest = widest[:, None]
    assert (scale > 0).all()
    if find_statement(id).relation is Relation.EQUAL:
        # Sides of terms that cancel may be small; no term is larger than this.
        assert (scale <= 8 * widest).all()
    else:
        assert (scale <= 2 * np.maximum(smaller, larger) + widest + 2).all()
    assert (np.minimum(smaller, larger) <= 2 * scale).all()
