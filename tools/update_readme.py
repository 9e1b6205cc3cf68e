"""Writes the generated parts of README.md from the artefacts of `make paper` and `make bench`.

Run as `make readme`. Parts whose artefact is missing stay as they are.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"


def replaced(text: str, name: str, body: str) -> str:
    """The text with what stands between the markers of `name` replaced by `body`."""
    pattern = re.compile(rf"(<!-- begin: {name} [^>]*-->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"README.md has no markers for {name!r}.")
    return pattern.sub(lambda match: f"{match[1]}\n{body}\n\n{match[2]}", text)


def ledger_table(ledger: dict) -> str:
    """Markdown: one row per statement, sampled and real instances side by side."""
    by_statement: dict[str, dict[str, dict]] = {}
    for item in ledger["evidence"]:
        by_statement.setdefault(item["statement"], {})[item["method"]] = item
    rows = [
        "| id | statement | instances | violated | tightness | language model | control |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for id, methods in by_statement.items():
        sampled, real = methods["sampling"], methods.get("language model")
        identity = sampled["relation"] == "=="
        if sampled["tightness"] is None:
            tightness = ""
        else:
            tightness = f"error {sampled['tightness']:.0e}" if identity else f"{sampled['tightness']:.6g}"
        lived = f"{real['tightness']:.3g} ({real['instances']})" if real and real["instances"] else ""
        whose = "" if sampled["origin"] == "paper" else " (ours)"
        control = "refuted" if sampled["control"]["refuted"] else "NOT REFUTED"
        rows.append(
            f"| `{id}` | {sampled['number']}{whose}: {sampled['title']} | {sampled['instances']:,} | "
            f"{sampled['violations']} | {tightness} | {lived} | {control} |"
        )
    seconds = ledger["seconds"]
    rows.append("")
    rows.append(
        f"Level {ledger['level']}, seed {ledger['seed']}, {seconds:.0f} seconds. *Language model*: tightness on the "
        "model's problems, and how many of them met the hypotheses. No verdict is a proof: it says that so many "
        "instances survived."
    )
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
        text = replaced(text, "ledger", ledger_table(json.loads(ledger.read_text(encoding="utf-8"))))
    if benchmark.exists():
        text = replaced(text, "benchmark", benchmark_table(json.loads(benchmark.read_text(encoding="utf-8"))))
    README.write_text(text, encoding="utf-8")
    picture = ROOT / "out/plateau.png"
    if picture.exists():
        shutil.copyfile(picture, ROOT / "docs/plateau.png")


if __name__ == "__main__":
    main()
