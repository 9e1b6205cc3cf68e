"""The tables and the list of references of the write-up, as LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from figures.theorems.envelope import LINEAR_LAW, bounds_at, shortest_time
from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger
from proofs_check.search.infima import INFIMA
from proofs_check.search.infimum import Kind
from theory.origins import find_origin
from tools.paper.facts import counted, smallest_ratio, with_thousands
from tools.readme_tables import LANGUAGE_MODEL_BOUNDS, rounded

INCREASES = (0.2, 0.5, 1.0, 1.5, 1.9)
"""Of the table of the envelope."""

STARTS = 2001
"""Among which the worst start of two outputs is looked for."""

_INFIMA = {infimum.statement: infimum for infimum in INFIMA}


def tabular(columns: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table between rules, of cells that are LaTeX."""
    head, *lines = [" & ".join(row) + r" \\" for row in (headings, *rows)]
    begin, end = rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\end{tabular}"
    return "\n".join([begin, r"\toprule", head, r"\midrule", *lines, r"\bottomrule", end])


def floating(body: str, caption: str, label: str) -> str:
    """A table with its caption below it, wherever there is room."""
    said = rf"\caption{{{caption}}}", rf"\label{{{label}}}"
    return "\n".join([r"\begin{table}[t]", r"\centering\small", body, *said, r"\end{table}", ""])


def envelope_table() -> str:
    """The shortest time of two outputs, and what it is of each bound that knows the increase alone."""
    exact = np.array([shortest_time(increase, STARTS)[0] for increase in INCREASES])
    bounds = {name: values for name, values in bounds_at(np.array(INCREASES)).items() if name != LINEAR_LAW}
    rows = [[r"least $t_\gamma\sigma_0/|S|$", *(f"{time:.4f}" for time in exact)]]
    rows += [[f"over {name}", *(f"{ratio:.4f}" for ratio in exact / values)] for name, values in bounds.items()]
    rows += [[r"over $2\gamma$", *(f"{ratio:.4f}" for ratio in exact / (2 * np.array(INCREASES)))]]
    body = tabular("l" + "r" * len(INCREASES), [r"$\gamma$", *(f"{increase:g}" for increase in INCREASES)], rows)
    caption = r"The shortest time of two outputs, and its ratio to each bound, by (\ref{eq:two}) over all starts."
    return floating(body, caption, "tab:envelope")


def model_table(gradient: Mapping[str, float], time: Mapping[str, float]) -> str:
    """How far bounds are from gradients and hitting times of a real language model, from the facts of two figures."""
    rows = []
    for name, on_gradient, on_time in LANGUAGE_MODEL_BOUNDS:
        cells = ["--", "--"]
        if on_gradient:
            low, middle, high = (_large(gradient[f"{on_gradient}: {w}"]) for w in ("smallest", "median", "largest"))
            cells[0] = f"{middle} ({low} to {high})"
        if on_time:
            cells[1] = f"{_large(time[f'{on_time}: smallest'])} to {_large(time[f'{on_time}: largest'])}"
        rows.append([name, *cells])
    headings = ["", "bound over gradient, median (range)", "hitting time over bound, range"]
    caption = (
        "SmolLM2-135M-Instruct, all parameters, the whole vocabulary as outputs: gradients at "
        f"{gradient['prompts']:.0f} prompts, and times to gain $\\gamma={time['gamma']:g}$ at {time['prompts']:.0f}. "
        "The first line is \\citet{2503.15477}'s."
    )
    return floating(tabular("lrr", headings, rows), caption, "tab:model")


def _large(value: float) -> str:
    """Two digits, as a power of ten where there would be many zeros."""
    mantissa, _, power = rounded(value).partition("e")
    return rf"${mantissa}\cdot10^{{{int(power)}}}$" if power else mantissa.replace(",", "{,}")


def evidence_table(ledger: Ledger, labels: Mapping[str, str]) -> str:
    """What is known of each statement, and how: one row each, in the order of the write-up.

    **Arguments**: `labels`: the ids, each with the label of the environment that states it.
    """
    rows = [[rf"\ref{{{label}}}", rf"\texttt{{{id}}}", *_row(ledger, id)] for id, label in labels.items()]
    headings = ["", "statement", "Coq", "steps", "enclosed", "tried", "ratio", "infimum one"]
    caption = (
        "The evidence on each statement. Steps: those that a machine checks and, after the sign, written ones. "
        "Instances, smallest ratio, and infimum as Section~\\ref{sec:checked} says."
    )
    return floating(tabular("rlcrrrrl", headings, rows), caption, "tab:evidence")


def _row(ledger: Ledger, id: str) -> list[str]:
    evidence = ledger.by_statement[id]
    formal = any(item.verdict is Verdict.FORMAL for item in evidence)
    enclosed = counted(ledger, id, [Method.CERTIFIED])
    tried = counted(ledger, id, [Method.SAMPLING, Method.SEARCH])
    infimum = _INFIMA.get(id)
    kind = "" if infimum is None else "open" if infimum.kind is Kind.UNKNOWN else infimum.kind.value
    checked = [r"\checkmark" if formal else "", _steps(evidence)]
    return [*checked, _count(enclosed), _count(tried), smallest_ratio(ledger, id), kind]


def _steps(evidence: Sequence[Evidence]) -> str:
    steps = [step for item in evidence for step in item.steps or ()]
    if not steps:
        return ""
    written = sum(step.method is StepMethod.WRITTEN for step in steps)
    return f"{len(steps) - written}" + (f"+{written}" if written else "")


def _count(number: int) -> str:
    return with_thousands(number) if number else ""


def references(papers: Iterable[str]) -> str:
    """The list of references, by the register's origins. **Raises** `InvalidInputError` for a paper that is none."""
    entries = []
    for origin in sorted((find_origin(paper) for paper in papers), key=lambda origin: origin.citation):
        authors, _, year = origin.citation.rpartition(" ")
        named = authors.replace(" et al.", r" et~al.")
        entries.append(
            rf"\bibitem[{named}({year})]{{{origin.arxiv}}} {named} ({year}). \emph{{{origin.title}}}. "
            rf"arXiv:{origin.arxiv}."
        )
    return "\n".join([r"\begin{thebibliography}{99}", *entries, r"\end{thebibliography}", ""])
