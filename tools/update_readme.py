"""Writes the generated parts of README.md and docs/ from the artefacts of `make paper` and `make bench`.

Run as `make readme`, or `python -m tools.update_readme`. Parts whose artefact is missing stay as they are.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

from benchmarks.accelerator.table import report_table
from figures.language_model.training_data import kept_training
from figures.pages.gallery import read_ledger
from figures.pages.ledger_markdown import ledger_document, readme_table
from proofs_check.formal.graph import formal_graph
from proofs_check.ledger.ledger import write_text
from proofs_check.report.tightness import tightness_table
from proofs_check.search.infima import INFIMA
from proofs_check.search.infimum import infimum_table
from tools.audit_tables import audit_parts, calibration_table
from tools.doors import doors
from tools.language_model_tables import language_model_parts
from tools.memory_table import memory_table
from tools.readme_tables import (
    benchmark_table,
    effects_in_words,
    effects_table,
    imperfect_rewards_table,
    language_model_table,
    lower_reach,
    regimes_table,
    scale_table,
    sequences_table,
    speed_in_words,
    upper_bounds_table,
    upper_reach,
)

ROOT = Path(__file__).resolve().parents[1]


def replaced(text: str, name: str, body: str) -> str:
    """The text with what stands between the markers of `name` replaced by `body`."""
    pattern = re.compile(rf"(<!-- begin: {name} [^>]*-->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"There are no markers for {name!r}.")
    return pattern.sub(lambda match: f"{match[1]}\n{body}\n\n{match[2]}", text)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def update(path: Path, parts: dict[str, str]) -> None:
    """Replaces generated parts of a file, by the names of their markers."""
    text = path.read_text(encoding="utf-8")
    for name, body in parts.items():
        text = replaced(text, name, body)
    write_text(path, text)


def update_ledger(out: Path, docs: Path) -> None:
    """What was checked, and how tight it is."""
    ledger, tightness = read_ledger(out), {"infima": infimum_table(INFIMA)}
    if ledger is not None:
        update(docs.parent / "README.md", {"ledger": readme_table(ledger)})
        tightness["tightness"] = tightness_table(ledger)
        write_text(docs / "ledger.md", ledger_document(ledger))
    update(docs / "tightness.md", tightness)


def update_benchmarks(folder: Path, docs: Path) -> None:
    """How fast everything is."""
    parts = (
        *(("benchmark", "hitting_times"), ("policy-gradient", "policy_gradient")),
        *(("rloo-step", "rloo_step"), ("language-model", "language_model")),
        *(("notebook-answers", "notebook_answers"), ("first-run", "first_run")),
        ("from-nothing", "from_nothing"),
    )
    found = {name: read_json(folder / f"{file}.json") for name, file in parts if (folder / f"{file}.json").exists()}
    if found:
        update(docs / "performance.md", {name: benchmark_table(one) for name, one in found.items()})
    scale = folder / "scale.json"
    if scale.exists():
        update(docs / "performance.md", {"scale": scale_table(read_json(scale))})
    accelerator = folder.parent / "gpu.json"
    if accelerator.exists():
        update(docs / "gpu.md", {"gpu": report_table(read_json(accelerator))})
    if {"benchmark", "policy-gradient"} <= found.keys():
        speed = " ".join(speed_in_words(found[name]) for name in ("benchmark", "policy-gradient"))
        update(docs.parent / "README.md", {"speed": speed})


def update_experiments(out: Path, docs: Path) -> None:
    """What came out of experiments, from the data and the provenance of the figures that show them."""
    calibration = out / "audit-calibration.provenance.json"
    if calibration.exists():
        rows, facts = read_rows(out / "audit-calibration.csv"), read_json(calibration)["facts"]
        update(docs / "audit.md", {"calibration": calibration_table(rows, facts)})
    imperfect = out / "imperfect-rewards.provenance.json"
    if imperfect.exists():
        update(docs / "imperfect-rewards.md", {"imperfect-rewards": imperfect_rewards_table(read_json(imperfect))})
    bounds = out / "upper-bounds.json"
    if bounds.exists():
        update(docs / "sharpened.md", {"upper-bounds": upper_bounds_table(read_json(bounds))})
    reach = out / "bounds-reach.provenance.json"
    if reach.exists():
        facts, spreads = read_json(reach)["facts"], read_rows(out / "bounds-reach.csv")
        update(docs / "reach.md", {"reach-lower": lower_reach(spreads, facts), "reach-upper": upper_reach(spreads)})
    regimes = out / "regimes.provenance.json"
    if regimes.exists():
        rows, provenance = read_rows(out / "regimes.csv"), read_json(regimes)
        update(docs.parent / "README.md", {"effects": effects_in_words(rows, provenance)})
        parts = {"effects": effects_table(rows, provenance), "regimes": regimes_table(rows)}
        update(docs / "experiments.md", parts)


def update_language_models(out: Path, docs: Path) -> None:
    """What bounds say of a language model, and how reward models teach one."""
    landscape, times = (out / f"{id}.provenance.json" for id in ("lm-landscape", "lm-hitting-times"))
    if landscape.exists() and times.exists():
        found = language_model_table(read_json(landscape)["facts"], read_json(times)["facts"])
        update(docs.parent / "README.md", {"language-model": found})
    sequences = docs.parent / "figures/data/language_model_sequences.json"
    if sequences.exists():
        update(docs / "llm.md", {"sequences": sequences_table(read_json(sequences))})
    tables = {id: out / f"{id}.csv" for id in ("lm-fig2", "lm-table1", "lm-table2", "lm-effects")}
    if all(path.exists() for path in tables.values()):
        rows_by_id = {id: read_rows(path) for id, path in tables.items()}
        update(docs / "language-models.md", language_model_parts(kept_training(), rows_by_id))


def main() -> None:
    """Updates what can be updated."""
    out, docs = ROOT / "out", ROOT / "docs"
    update_ledger(out, docs)
    update_benchmarks(out / "benchmarks", docs)
    update(docs / "scaling.md", {"memory": memory_table()})
    update(docs / "audit.md", audit_parts())
    update(docs / "formal.md", {"formal-graph": formal_graph()})
    update(ROOT / "README.md", doors())
    update_experiments(out, docs)
    update_language_models(out, docs)
    for id in ("plateau", "fig2", "lm-hitting-times", "lm-fig2"):
        if (out / f"{id}.png").exists():
            shutil.copyfile(out / f"{id}.png", docs / f"{id}.png")


if __name__ == "__main__":
    main()
