"""Writes the generated parts of README.md from the artefacts of `make paper` and `make bench`.

Run as `make readme`. Parts whose artefact is missing stay as they are.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from proofs_check.tightness import rows_of_ratios

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"


def replaced(text: str, name: str, body: str) -> str:
    """The text with what stands between the markers of `name` replaced by `body`."""
    pattern = re.compile(rf"(<!-- begin: {name} [^>]*-->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"README.md has no markers for {name!r}.")
    return pattern.sub(lambda match: f"{match[1]}\n{body}\n\n{match[2]}", text)


def ledger_table(ledger: dict) -> str:
    """Markdown: one row per statement, with every way of knowing and the instances of all that count some."""
    by_statement: dict[str, dict[str, dict]] = {}
    for item in ledger["evidence"]:
        by_statement.setdefault(item["statement"], {})[item["method"]] = item
    rows = [
        "| id | statement | evidence | instances | violated | tightness | language model | control |",
        "|---|---|---|--:|--:|--:|--:|---|",
    ]
    for id, methods in by_statement.items():
        # Lemmas about functions of time are proved and not sampled.
        sampled, real = methods.get("sampling", methods.get("proof")), methods.get("language model")
        random = [item for name, item in methods.items() if name != "language model"]
        identity = sampled["relation"] == "=="
        found = [item["tightness"] for item in random if item["tightness"] is not None]
        extreme = f"error {max(found):.0e}" if identity and found else f"{min(found, default=1):.6g}"
        tightness = extreme if found else ""
        lived = f"{real['tightness']:.3g} ({real['instances']})" if real and real["instances"] else ""
        whose = "" if sampled["origin"] == "paper" else " (ours)"
        control = "refuted" if sampled["control"]["refuted"] else "NOT REFUTED"
        known = [m["verdict"] for name, m in methods.items() if name != "language model"]
        verdicts = ", ".join(dict.fromkeys(known))
        rows.append(
            f"| `{id}` | {sampled['number']}{whose}: {sampled['title']} | {verdicts} | "
            f"{sum(item['instances'] for item in random):,} | "
            f"{sum(item['violations'] for item in methods.values())} | {tightness} | {lived} | {control} |"
        )
    seconds = ledger["seconds"]
    rows.append("")
    rows.append(
        f"Level {ledger['level']}, seed {ledger['seed']}, {seconds:.0f} seconds. *Proved*: for every number of "
        "outputs, by steps that sympy, z3 and cvc5 check and a few written ones (`scope` in the ledger's JSON names "
        "them). *Decided*: for the sizes stated. *Certified*: rigorous enclosures of the instances. *Survived*: that "
        "many instances, no proof. *Language model*: tightness on the model's problems, and how many met the "
        "hypotheses."
    )
    return "\n".join(rows)


def tightness_table(ledger: dict) -> str:
    """Markdown: the paper's bounds for policies of any kind beside ours."""
    rows = ["| the paper's | tightness | ours | tightness | closer to 1 by |", "|---|--:|---|--:|--:|"]
    rows += [
        f"| `{row.paper}` | {row.paper_tightness:.5g} | `{row.ours}` | {row.our_tightness:.5g} | {row.gain:.4g}x |"
        for row in rows_of_ratios((item["statement"], item["tightness"]) for item in ledger["evidence"])
    ]
    return "\n".join(rows)


def benchmark_table(benchmark: dict) -> str:
    """Markdown: the rows that the benchmark wrote."""
    headings = benchmark["columns"]
    rows = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    rows += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in benchmark["rows"]]
    if benchmark["quick"]:
        rows += ["", "Run with `--quick`: a tenth of the problems, and none of 150,000 outputs."]
    return "\n".join(rows)


def main() -> None:
    """Updates what can be updated."""
    text = README.read_text(encoding="utf-8")
    ledger, benchmark = ROOT / "out/ledger.json", ROOT / "out/benchmarks/hitting_times.json"
    if ledger.exists():
        record = json.loads(ledger.read_text(encoding="utf-8"))
        text = replaced(text, "ledger", ledger_table(record))
        text = replaced(text, "tightness", tightness_table(record))
    if benchmark.exists():
        text = replaced(text, "benchmark", benchmark_table(json.loads(benchmark.read_text(encoding="utf-8"))))
    README.write_text(text, encoding="utf-8")
    picture = ROOT / "out/plateau.png"
    if picture.exists():
        shutil.copyfile(picture, ROOT / "docs/plateau.png")


if __name__ == "__main__":
    main()
