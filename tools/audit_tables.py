"""The generated parts of docs/audit.md: definitions of measures, limits, and the numbers of worked examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flatscape.audit import AuditSettings, TeachingSettings, audit
from flatscape.audit.analysis.catalogue import Described, described
from flatscape.audit.analysis.verdict import CANNOT_KNOW
from flatscape.audit.report.model_tables import HEADLINES
from flatscape.audit.report.shown import shown, shown_with_interval
from proofs_check.markdown import table
from theory.comparison.measures import audit_measures
from theory.estimators.grouped_rewards import make_grouped_rewards

ROOT = Path(__file__).resolve().parents[1]
BETTER_PROXY, SMOLLM2 = ROOT / "examples/better_proxy.csv", ROOT / "examples/smollm2_rewards.parquet"


def audit_parts() -> dict[str, str]:
    """What stands between the markers of docs/audit.md, by their names."""
    parts = {"measures": measures_table(), "limits": "\n".join(f"- {sentence}" for sentence in CANNOT_KNOW)}
    parts["better-proxy"] = better_proxy_example()
    if SMOLLM2.exists():
        parts["smollm2"] = report(audit(SMOLLM2).record())
    return parts


def calibration_table(rows: Sequence[Mapping[str, str]], facts: Mapping[str, Any]) -> str:
    """Markdown: shares of pairs in the right order, from the figure's own rows and facts."""
    experiments = list(dict.fromkeys(row["experiment"] for row in rows))
    shares = {
        (row["rule"], row["experiment"]): f"{float(row['share']):.2f}"
        + ("" if row["half_width"] in ("", "nan") else f" ± {float(row['half_width']):.2f}")
        for row in rows
    }
    rules = list(dict.fromkeys(row["rule"] for row in rows))
    header = ["rule", *experiments]
    header[-1] += f" ({facts['decided_pairs']} of {facts['pairs']} pairs)"
    return table(header, [[rule, *(shares[rule, one] for one in experiments)] for rule in rules])


def all_measures() -> list[Described]:
    """Descriptions of everything that is measured, sizes of groups and subsets as letters."""
    data = make_grouped_rewards(
        [[1.0, 0.0, 0.5, 0.5]], [0, 2, 4], truth=[1.0, 0.0, 0.0, 1.0], weights=[1.0, 1.0, 1.0, 1.0]
    )
    measures = audit_measures(data, subset_sizes=(2,), group_sizes=(2,))
    return [described(name) for name in [*(m.name for m in measures), "relative time bound"]]


def measures_table() -> str:
    """Markdown: every measure with its definition."""
    rows = []
    for one in sorted(all_measures(), key=lambda found: found.section):
        letter = "G" if one.id.startswith("no-signal") else "k" if one.id.startswith("best-of") else None
        id, definition = one.id, one.definition
        if letter:
            id, definition = (text.replace("2", letter) for text in (one.id, one.definition))
        rows.append([f"`{id}`", one.section, definition, one.better or ""])
    return table(["measure", "section", "definition", "better"], rows)


def better_proxy_example() -> str:
    """Markdown: the example in which the truth is the worse teacher."""
    teaching = TeachingSettings(
        method="ascent", step_size=0.1, budget=5000, gains=(0.526, 0.566, 0.776, 0.826), normalisation="none"
    )
    return report(audit(BETTER_PROXY, settings=AuditSettings(weighting="weight", teaching=teaching)).record())


def report(record: dict[str, Any]) -> str:
    """Markdown: the verdict, the headline measures and times of gains of the first policy."""
    policy = record["policies"][0]
    models = policy["models"]
    rows = [
        [m["title"], *(shown_with_interval(m["estimate"][name], m["interval"][name]) for name in models)]
        for m in policy["measures"]
        if m["id"] in HEADLINES
    ]
    teaching = policy["teaching"]
    rows += [
        [f"{teaching['units']} to +{row['gain']:.4g} truth", *(shown(row["time"][m]) for m in models)]
        for row in teaching["time_to_gain"]
    ]
    if teaching["truth"] is not None:
        ends = [shown_with_interval(teaching["truth"][m][-1], teaching["truth_interval"][m][-1]) for m in models]
        rows.append([f"truth after {teaching['budget']:g} {teaching['units']}", *ends])
    sentences = "\n".join(f"- {sentence}" for sentence in policy["verdict"]["sentences"])
    return f"{table(['', *models], rows, right=models)}\n\n{sentences}"
