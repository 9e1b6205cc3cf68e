"""Evidence in words: the sizes, counts, ratios and queries that the terminal, the page and the tables all say alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.exercise import Exercise, HypothesisExercise
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import Step, StepMethod
from proofs_check.evidence.verdict import Verdict
from theory.origins import ORIGINS
from theory.statement import Relation, Statement

ABRIDGED = 240
"""How many characters of a query or an identity are shown where there is no room for all of it."""


def printable(text: str) -> str:
    """The text without characters that a terminal would obey; a line stays a line."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def ratio(value: float | None, relation: Relation) -> str:
    """The smallest ratio of the larger to the smaller side, or an identity's largest error; a dash if there is none."""
    if value is None:
        return "–"
    if relation is Relation.EQUAL:
        return f"error {value:.0e}" if value else "error 0"
    # Five digits where it matters: just above one.
    return f"{value:.5f}" if value < 10 else f"{value:.4g}" if value < 1000 else f"{value:,.0f}"


def instances(evidence: Evidence) -> str:
    """How many instances were tried: boxes where boxes were cut, a dash for a proof, which speaks of all."""
    if not evidence.instances:
        return "–"
    return f"{evidence.instances:,}" + (" boxes" if evidence.method is Method.BOXES else "")


def sizes(scope: Mapping[str, Any]) -> str:
    """What a verdict covers: numbers of outputs, kinds of policies, or families of problems."""
    if scope.get("sizes"):
        return str(scope["sizes"])
    for name, unit in (("outputs", "outputs"), ("policies", "")):
        if isinstance(scope.get(name), list | tuple):
            found = sorted(scope[name]) if all(isinstance(x, int) for x in scope[name]) else scope[name]
            return f"{', '.join(f'{x:,}' if isinstance(x, int) else str(x) for x in found)} {unit}".strip()
    return "–"


def query(step: Step, *, whole: bool) -> str:
    """What was asked in a step, its identity, or its argument.

    **Arguments**: `whole`: with the solvers' script; otherwise the premises and the conclusion only, cut where they are
    long. The argument of a written step is never cut: no machine stands behind it.
    """
    text = step.text.rstrip()
    if whole or step.method is StepMethod.WRITTEN:
        return text
    if step.method is StepMethod.SMT:
        text = re.sub(r"^\(.*\)$\n?", "", text, flags=re.MULTILINE)
        text = "; ".join(line.lstrip("; ") for line in text.splitlines() if line.strip("; "))
    else:
        text = "; ".join(text.splitlines())
    return text if len(text) <= ABRIDGED else f"{text[:ABRIDGED].rstrip()} …"


def strongest(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts, each once, the strongest first; a violation before all."""
    return sorted(set(verdicts), key=lambda verdict: verdict.place)


def steps_by_method(steps: Iterable[Step]) -> str:
    """How many steps are known in which way, such as `2 smt, 1 written, 2 cited`."""
    counts = Counter(step.method for step in steps)
    return ", ".join(f"{counts[method]} {method.value}" for method in StepMethod if counts[method])


class RecordedInstance(NamedTuple):
    """An instance that evidence records.

    **Fields**: `record`, JSON-ready; `tightness`: the ratio, or an identity's error, there; `method` that found it;
    `violating`: the statement is violated there.
    """

    record: dict[str, Any]
    tightness: float
    method: Method
    violating: bool

    def found(self, relation: Relation) -> str:
        """The way in which it was found, and its ratio."""
        return f"{self.method.label}, {ratio(self.tightness, relation)}"


def best_instance(evidence: Iterable[Evidence], relation: Relation) -> RecordedInstance | None:
    """Of all evidence with a recorded instance, the one that is violated, else the tightest one that is a problem in
    full, else the tightest; None if there is none."""
    recorded = [
        RecordedInstance(e.tightest, e.tightness, e.method, bool(e.violations))
        for e in evidence
        if e.tightest is not None and e.tightness is not None
    ]
    sign = -1 if relation is Relation.EQUAL else 1
    return min(recorded, key=lambda i: (not i.violating, "problem" not in i.record, sign * i.tightness), default=None)


def exercised(one: HypothesisExercise) -> str:
    """How often a hypothesis was barely met, and how often it alone was missing."""
    edge = "it has no degrees" if one.edge is None else f"{one.edge:,} at its edge"
    return f"{edge}{' (NEVER EXERCISED)' if one.edge == 0 else ''}; {one.alone:,} fail it alone"


def least_exercised(exercise: Exercise | None) -> str:
    """The hypothesis at whose edge the fewest instances are, such as `12 (small-bad-mass)`; a dash if none has an edge,
    nothing if nobody counted."""
    if exercise is None:
        return ""
    edges = [(one.edge, name) for name, one in exercise.hypotheses.items() if one.edge is not None]
    if not edges:
        return "–"
    count, name = min(edges)
    return f"{count:,} ({name})"


def features(exercise: Exercise) -> str:
    """How many instances have what makes them hard, such as `12 with a KL term`."""
    return "; ".join(f"{count:,} with {name}" for name, count in exercise.features.items())


CONJECTURE = "A conjecture: it is tried like the theorems, nobody has proved it, and no proof rests on it."


def origin_in_words(statement: Statement[Any]) -> str:
    """Where a statement comes from, in sentences."""
    where, origin = statement.section, ORIGINS[statement.origin]
    if origin.key == "paper":
        return f"From the paper, {where}."
    if origin.key == "ours":
        return f"{where[0].upper()}{where[1:]}."
    return f"{origin.citation}, {origin.title} (arXiv {origin.arxiv}). {origin.note} See {where}."
