"""Evidence in words: the sizes, counts, ratios and queries that the terminal, the page and the tables all say alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proofs_check.evidence.exercise import Exercise, HypothesisExercise
from proofs_check.evidence.proof import Method
from proofs_check.ledger.ledger import ADDING_INSTANCES, NOTHING_LEARNT

STRONGEST_FIRST = ("violated", "proved", "decided", "certified", "survived", "vacuous", "unknown", "not applicable")
_METHODS = {
    "certified": "rigorous enclosures",
    "boxes": "boxes in ball arithmetic",
    "sampling": "random and constructed instances",
    "search": "adversarial search",
    "language model": "problems from a language model",
}
ABRIDGED = 240
"""How many characters of a query or an identity are shown where there is no room for all of it."""


def printable(text: str) -> str:
    """The text without characters that a terminal would obey; a line stays a line."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def ratio(value: float | None, relation: str) -> str:
    """The smallest ratio of the larger to the smaller side, or an identity's largest error; a dash if there is none."""
    if value is None:
        return "–"
    if relation == "==":
        return f"error {value:.0e}" if value else "error 0"
    # Five digits where it matters: just above one.
    return f"{value:.5f}" if value < 10 else f"{value:.4g}" if value < 1000 else f"{value:,.0f}"


def instances(evidence: Mapping[str, Any]) -> str:
    """How many instances were tried: boxes where boxes were cut, a dash for a proof, which speaks of all."""
    if not evidence["instances"]:
        return "–"
    return f"{evidence['instances']:,}" + (" boxes" if "boxes" in evidence["scope"] else "")


def sizes(scope: Mapping[str, Any]) -> str:
    """What a verdict covers: numbers of outputs, kinds of policies, or families of problems."""
    if scope.get("sizes"):
        return str(scope["sizes"])
    for name, unit in (("outputs", "outputs"), ("policies", "")):
        if isinstance(scope.get(name), list | tuple):
            found = sorted(scope[name]) if all(isinstance(x, int) for x in scope[name]) else scope[name]
            return f"{', '.join(f'{x:,}' if isinstance(x, int) else str(x) for x in found)} {unit}".strip()
    return "–"


def query(step: Mapping[str, Any], *, whole: bool) -> str:
    """What was asked in a step, its identity, or its argument.

    **Arguments**: `whole`: with the solvers' script; otherwise the premises and the conclusion only, cut where they are
    long. The argument of a written step is never cut: no machine stands behind it.
    """
    text = str(step["text"]).rstrip()
    if whole or step["method"] == Method.WRITTEN.value:
        return text
    if step["method"] == Method.SMT.value:
        text = re.sub(r"^\(.*\)$\n?", "", text, flags=re.MULTILINE)
        text = "; ".join(line.lstrip("; ") for line in text.splitlines() if line.strip("; "))
    else:
        text = "; ".join(text.splitlines())
    return text if len(text) <= ABRIDGED else f"{text[:ABRIDGED].rstrip()} …"


def method(name: str) -> str:
    """A way of knowing, for a reader who does not know the ledger's short names."""
    return _METHODS.get(name, name)


def strongest(verdicts: Iterable[str]) -> list[str]:
    """The verdicts, each once, the strongest first; a violation before all."""
    return sorted(set(verdicts), key=STRONGEST_FIRST.index)


def steps_by_method(steps: Iterable[Mapping[str, Any]]) -> str:
    """Such as `2 smt, 1 written, 2 cited`."""
    counts = {method.value: 0 for method in Method}
    for step in steps:
        counts[step["method"]] = counts.get(step["method"], 0) + 1
    return ", ".join(f"{count} {method}" for method, count in counts.items() if count)


def best_instance(evidence: Iterable[Mapping[str, Any]], relation: str) -> Mapping[str, Any] | None:
    """Of all evidence with a recorded instance, the one that is violated, else the tightest one that is a problem in
    full, else the tightest; None if there is none."""
    recorded = [e for e in evidence if e["tightest"] is not None and e["tightness"] is not None]

    def rank(e: Mapping[str, Any]) -> tuple[bool, bool, float]:
        return (not e["violations"], "problem" not in e["tightest"], e["tightness"] * (-1 if relation == "==" else 1))

    return min(recorded, key=rank, default=None)


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


def control_is_refuted(evidence: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some method refuted a statement's control, and none that has to has left it standing."""
    unlearnt = [verdict.value for verdict in NOTHING_LEARNT]
    bound = [e for e in evidence if e["method"] not in ADDING_INSTANCES and e["verdict"] not in unlearnt]
    return any(e["control"]["refuted"] for e in evidence) and all(e["control"]["refuted"] for e in bound)
