"""A theorem of Coq compared with the statement of the register that bears its name, point by point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from proofs_check.conformance.tabular import difference
from proofs_check.coq.evaluation import CannotCompute, Evaluator
from proofs_check.coq.reading import Reading, Values, read
from proofs_check.coq.terms import Term
from proofs_check.formal.points.register_values import Registered


class Comparison:
    """The register at points, with which theorems are compared: one, and those that differ from it by an edit.

    What several theorems share is computed once: the values of variables, and whether a hypothesis holds.

    **Arguments**: `definitions` in Coq; `reading`, how the theorems are read; `registered`, the register at the points.
    """

    def __init__(self, definitions: Mapping[str, Term], reading: Reading, registered: Iterable[Registered]) -> None:
        self._definitions, self._reading = definitions, reading
        self._points = [_Point(one) for one in registered]
        self._latest: tuple[Mapping[str, Sequence[Any]] | None, Evaluator] = None, Evaluator(definitions)

    def disagreement(self, name: str, theorem: Term) -> str | None:
        """Where a theorem and the register differ, in words; None if they agree at every point.

        **Arguments**: `name`, of the theorem, for the message.
        """
        return next(filter(None, (self._at(point, name, theorem) for point in self._points)), None)

    def unnoticed(self, theorems: Iterable[Term]) -> list[bool]:
        """Of several theorems, whether each agrees with the register at every point.

        The point that has shown one to differ is the first at which the next is tried: few points notice most edits.
        """
        points, found = list(self._points), []
        for theorem in theorems:
            place = next((k for k, point in enumerate(points) if self._at(point, "", theorem)), None)
            if place is not None:
                points.insert(0, points.pop(place))
            found.append(place is None)
        return found

    def _at(self, point: _Point, name: str, theorem: Term) -> str | None:
        one = point.registered
        try:
            problem = self._problem(point, theorem)
        except (CannotCompute, ArithmeticError, TypeError, ValueError, KeyError, IndexError) as error:
            return f"the theorem {name} in Coq cannot be read at {one.point}: {error}"
        if problem is None:
            return None
        return f"the theorem {name} in Coq is not the statement of the register: {problem} at {one.point}"

    def _evaluator(self, ranges: Mapping[str, Sequence[Any]]) -> Evaluator:
        """One for neighbours of the same ranges: it keeps what it has made of terms."""
        if ranges != self._latest[0]:
            self._latest = ranges, Evaluator(self._definitions, self._reading.given, ranges)
        return self._latest[1]

    def _problem(self, point: _Point, theorem: Term) -> str | None:
        reading, one = self._reading, point.registered
        if point.evaluator is None:
            point.choices = [(values, {}) for values in reading.values(one.point)]
            point.evaluator = self._evaluator(reading.ranges(one.point))
        evaluator = point.evaluator
        found = [read(theorem, values, evaluator, reading.conclude, known) for values, known in point.choices]
        applies = bool(found) and all(f.applies for f in found) and reading.also(one.point)
        if applies != one.applies:
            failing = next((f.failing for f in found if not f.applies), None)
            which = "" if failing is None else f" (its hypothesis {failing + 1} fails)"
            return f"its hypotheses are {applies}{which}, the register's {one.applies}"
        if not applies or one.smaller is None or one.larger is None:
            return None
        sides = [reading.sides(f.pairs, values, one.point) for f, (values, _) in zip(found, point.choices, strict=True)]
        for place, (which, wanted) in enumerate((("smaller", one.smaller), ("larger", one.larger))):
            each = np.array([float(s[place]) for s in sides])
            own = each if reading.per_output else np.max(each)
            problem = difference(wanted, np.broadcast_to(own, np.shape(wanted)))
            if problem is not None:
                return f"its {which} side: {problem}"
        return None


@dataclass
class _Point:
    """The register at a point, and what is known there: how terms are computed, the values of variables, one choice
    or several, and for each which hypotheses hold."""

    registered: Registered
    evaluator: Evaluator | None = None
    choices: Sequence[tuple[Values, dict[Term, Any]]] = ()
