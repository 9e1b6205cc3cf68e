"""Writes the generated parts of README.md and docs/ from the artefacts of `make paper` and `make bench`.

Run as `make readme`. Parts whose artefact is missing stay as they are.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from figures.gallery import read_ledger
from figures.ledger_markdown import ledger_document, readme_table, table
from proofs_check.certified_lemmas import METHOD as BOXES
from proofs_check.infima import INFIMA
from proofs_check.infimum import infimum_table
from proofs_check.ledger import write_text
from proofs_check.tightness import rows_of_ratios

ROOT = Path(__file__).resolve().parents[1]


def replaced(text: str, name: str, body: str) -> str:
    """The text with what stands between the markers of `name` replaced by `body`."""
    pattern = re.compile(rf"(<!-- begin: {name} [^>]*-->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"There are no markers for {name!r}.")
    return pattern.sub(lambda match: f"{match[1]}\n{body}\n\n{match[2]}", text)


def tightness_table(ledger: dict) -> str:
    """Markdown: the paper's bounds for policies of any kind beside ours."""
    headings = ["the paper's", "tightness", "ours", "tightness", "closer to 1 by"]
    rows = [
        [f"`{r.paper}`", f"{r.paper_tightness:.5g}", f"`{r.ours}`", f"{r.our_tightness:.5g}", f"{r.gain:.4g}x"]
        for r in rows_of_ratios((e["statement"], e["tightness"]) for e in ledger["evidence"] if e["method"] != BOXES)
    ]
    return table(headings, rows, right=["tightness", "closer to 1 by"])


def benchmark_table(benchmark: dict) -> str:
    """Markdown: the rows that the benchmark wrote."""
    rows = table(benchmark["columns"], [[str(cell) for cell in row] for row in benchmark["rows"]])
    if benchmark["quick"]:
        rows += "\n\nRun with `--quick`: a tenth of the problems, and none of 150,000 outputs."
    return rows


def imperfect_rewards_table(provenance: dict) -> str:
    """Markdown: how long each teacher takes, from the facts that the figure's provenance records."""
    facts, settings = provenance["facts"], provenance["settings"]
    headings = ["pi0(y*)", "features"]
    headings += [f"{way}: {teacher}" for way in ("flow", "SGD", "Adam") for teacher in ("truth", "proxy")]
    rows = []
    for best in settings["initial_probabilities"]:
        for correlation in settings["correlations"]:
            keys = [f"{reward}_{best}_{correlation:g}" for reward in ("ground_truth", "proxy")]
            found = [facts[f"{way}_{key}"] for way in ("time", "sgd_steps", "adam_steps") for key in keys]
            mediocre = facts[f"largest_mediocre_probability_{keys[0]}"]
            features = "correlated" if correlation else "orthonormal"
            rows.append([f"{float(best):.2f}", features, *map(duration, found), f"{mediocre:.4g}"])
    about = f"Level {provenance['level']}; at most {settings['steps']:,} steps."
    return table([*headings, "largest pi(y_m) under truth"], rows, right=headings[2:]) + f"\n\n{about}"


def duration(value: float | str) -> str:
    """A time or a number of steps, or what could not be reached."""
    if isinstance(value, str):
        return value.replace("more than", ">")
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def update(path: Path, parts: dict[str, str]) -> None:
    """Replaces generated parts of a file, by the names of their markers."""
    text = path.read_text(encoding="utf-8")
    for name, body in parts.items():
        text = replaced(text, name, body)
    write_text(path, text)


def main() -> None:
    """Updates what can be updated."""
    out, docs = ROOT / "out", ROOT / "docs"
    ledger, benchmark = read_ledger(out), out / "benchmarks/hitting_times.json"
    readme: dict[str, str] = {}
    if ledger is not None:
        readme |= {"ledger": readme_table(ledger), "tightness": tightness_table(ledger)}
        write_text(docs / "ledger.md", ledger_document(ledger))
    if benchmark.exists():
        readme["benchmark"] = benchmark_table(json.loads(benchmark.read_text(encoding="utf-8")))
    update(ROOT / "README.md", readme)
    update(docs / "tightness.md", {"infima": infimum_table(INFIMA)})
    provenance = out / "imperfect-rewards.provenance.json"
    if provenance.exists():
        made = json.loads(provenance.read_text(encoding="utf-8"))
        update(docs / "imperfect-rewards.md", {"imperfect-rewards": imperfect_rewards_table(made)})
    if (out / "plateau.png").exists():
        shutil.copyfile(out / "plateau.png", docs / "plateau.png")


if __name__ == "__main__":
    main()
