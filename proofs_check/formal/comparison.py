"""A theorem of Coq compared with the statement of the register that bears its name, point by point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from proofs_check.conformance.tabular import difference
from proofs_check.coq.evaluation import CannotCompute, Evaluator
from proofs_check.coq.reading import Reading, read
from proofs_check.coq.terms import Term
from proofs_check.formal.points.register_values import Registered


def disagreement(
    name: str,
    theorem: Term,
    definitions: Mapping[str, Term],
    reading: Reading,
    registered: Iterable[Registered],
) -> str | None:
    """Where a theorem and the register differ, in words; None if they agree at every point.

    **Arguments**: `name`, of the theorem, for the message.
    """
    evaluator, ranges = Evaluator(definitions, reading.given), None
    try:
        for one in registered:
            if ranges != (ranges := reading.ranges(one.point)):
                evaluator = Evaluator(definitions, reading.given, ranges)
            problem = _at_a_point(theorem, evaluator, reading, one)
            if problem is not None:
                return f"the theorem {name} in Coq is not the statement of the register: {problem} at {one.point}"
    except (CannotCompute, ArithmeticError, TypeError, ValueError, KeyError, IndexError) as error:
        return f"the theorem {name} in Coq cannot be read at {one.point}: {error}"
    return None


def _at_a_point(theorem: Term, evaluator: Evaluator, reading: Reading, one: Registered) -> str | None:
    choices = reading.values(one.point)
    found = [read(theorem, values, evaluator, reading.conclude) for values in choices]
    applies = bool(found) and all(f.applies for f in found) and reading.also(one.point)
    if applies != one.applies:
        failing = next((f.failing for f in found if not f.applies), None)
        which = "" if failing is None else f" (its hypothesis {failing + 1} fails)"
        return f"its hypotheses are {applies}{which}, the register's {one.applies}"
    if not applies or one.smaller is None or one.larger is None:
        return None
    sides = [reading.sides(f.pairs, values, one.point) for f, values in zip(found, choices, strict=True)]
    for place, (which, wanted) in enumerate((("smaller", one.smaller), ("larger", one.larger))):
        each = np.array([float(s[place]) for s in sides])
        own = each if reading.per_output else np.max(each)
        problem = difference(wanted, np.broadcast_to(own, np.shape(wanted)))
        if problem is not None:
            return f"its {which} side: {problem}"
    return None
