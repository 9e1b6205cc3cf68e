"""A folder of artefacts made by hand: evidence on everything that the write-up states, and the facts of its figures."""

from __future__ import annotations

import json
from pathlib import Path

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import make_ledger
from tools.paper.facts import FIGURES
from tools.paper.source import SOURCE, cited_statements, named_facts
from tools.readme_tables import LANGUAGE_MODEL_BOUNDS

TEXT = SOURCE.read_text(encoding="utf-8")
REFUTED = ControlOutcome("a constant raised", True, 0.99, 12, None)


def sampled(id: str, tightness: float = 1.00025, violations: int = 0) -> Evidence:
    """Evidence from 863,503 instances, a number as wide as those of a real run."""
    verdict = Verdict.VIOLATED if violations else Verdict.SURVIVED
    return Evidence(id, Method.SAMPLING, verdict, REFUTED, 863_503, violations, tightness=tightness, seed=5)


def write_ledger(folder: Path, evidence: list[Evidence]) -> None:
    """`ledger.json` of that evidence."""
    record = make_ledger(evidence, level="quick", seed=5, seconds=61.0).to_record()
    (folder / "ledger.json").write_text(json.dumps(record), encoding="utf-8")


def write_facts(folder: Path, id: str, facts: dict[str, float]) -> None:
    """What a figure has found."""
    (folder / f"{id}.provenance.json").write_text(json.dumps({"facts": facts}), encoding="utf-8")


def fill(folder: Path) -> None:
    """Every artefact but pictures."""
    formal = Evidence("s3", Method.FORMAL, Verdict.FORMAL, REFUTED)
    write_ledger(folder, [formal, *(sampled(id) for id in cited_statements(TEXT))])
    for prefix, (id, _) in FIGURES.items():
        names = [name.removeprefix(f"{prefix}: ") for name in named_facts(TEXT) if name.startswith(f"{prefix}: ")]
        write_facts(folder, id, dict.fromkeys(names, 1234.5678))
    measures = ("smallest", "median", "largest")
    gradient = {f"{name}: {what}": 33405.2 for _, name, _ in LANGUAGE_MODEL_BOUNDS for what in measures}
    time = {f"{name}: {what}": 1.837e9 for _, _, name in LANGUAGE_MODEL_BOUNDS for what in measures}
    write_facts(folder, "lm-landscape", gradient | {"prompts": 12})
    write_facts(folder, "lm-hitting-times", time | {"prompts": 3, "gamma": 0.1})
