"""The outcomes of mutants, kept between runs, and the reasons of those that no check notices."""

from __future__ import annotations

import hashlib
import json
import random
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.mutation.operators import Mutant
from tools.mutation.runner import Outcome, Status


@dataclass(frozen=True)
class Record:
    """One outcome. **Fields**: those of the mutant and of the outcome; `source`: the hash of what was run."""

    id: str
    module: str
    operator: str
    line: int
    difference: str
    status: str
    stage: str | None
    detail: str
    seconds: float
    source: str


def record_of(mutant: Mutant, outcome: Outcome, source: str) -> Record:
    """The record of one outcome."""
    return Record(
        mutant.id,
        mutant.module,
        mutant.operator,
        mutant.line,
        mutant.difference,
        outcome.status.value,
        outcome.stage,
        outcome.detail,
        round(outcome.seconds, 2),
        source,
    )


def source_hash(root: Path, sources: Iterable[str]) -> str:
    """A digest of files, and of every Python file below folders."""
    digest = hashlib.sha256()
    for source in sources:
        where = root / source
        for path in sorted(where.rglob("*.py")) if where.is_dir() else [where]:
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def read_records(path: Path) -> dict[str, Record]:
    """The last record of each mutant, by id."""
    if not path.exists():
        return {}
    lines = (json.loads(line) for line in path.read_text().splitlines() if line.strip())
    return {line["id"]: Record(**line) for line in lines}


def append_record(path: Path, record: Record) -> None:
    """Adds one line to the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        stream.write(json.dumps(asdict(record)) + "\n")


def read_explanations(path: Path) -> dict[str, str]:
    """Why a mutant survives, by id, from a TOML file of `[[survivor]]` tables with `ids` and `reason`."""
    tables = tomllib.loads(path.read_text()).get("survivor", []) if path.exists() else []
    return {id: table["reason"].strip() for table in tables for id in table["ids"]}


def stratified(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """A random sample of `count`: modules take turns, each with its mutants in random order."""
    rng = random.Random(seed)
    by_module: Mapping[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_module[mutant.module].append(mutant)
    for group in by_module.values():
        rng.shuffle(group)
    # A module of many formulas is drawn from more often: its turns come in proportion to the root of its size.
    turns = [
        ((place + rng.random()) / len(group) ** 0.5, mutant)
        for group in by_module.values()
        for place, mutant in enumerate(group)
    ]
    return [mutant for _, mutant in sorted(turns, key=lambda turn: turn[0])][:count]


def noticed(record: Record) -> bool:
    """Whether a check noticed the fault; running out of time counts."""
    return record.status != Status.SURVIVED.value
