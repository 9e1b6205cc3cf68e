"""Benchmarks with several completions of a prompt in one record: RewardBench 2 and PPE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flatscape.audit.files.account import Account
from flatscape.audit.files.json_records import Record
from flatscape.audit.formats.format import Format, has
from flatscape.audit.formats.pairs import LONG, OFF_POLICY
from flatscape.audit.formats.rows import GroupNames, first_value, is_list, number_in, row, transposed

DIFFERENT = "lists of different lengths in one record"
NUMBERED = re.compile(r"(.+)_([0-9]+)")


def reward_bench_2_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Rows of RewardBench 2's results: the first `num_correct` completions are the correct ones."""
    groups = GroupNames(name, "id")
    for record in records:
        group = groups.name(record)
        scores: Any = record.get("scores")
        texts = first_value(record, "text", "texts", "completions", "responses")
        if group is None:
            account.exclude("an id that an earlier record has", [record])
        elif not is_list(scores):
            account.exclude("a record without a list of scores", [record])
        elif is_list(texts) and len(texts) != len(scores):
            account.exclude(DIFFERENT, [record])
        else:
            model = str(record.get("model") or "score")
            correct = record.get("num_correct")
            for place, score in enumerate(scores):
                truth = None if correct is None else float(place < int(correct))
                text = texts[place] if is_list(texts) else None
                more = {"truth": truth, "reward_model": model, "score": number_in(score), "position": place}
                yield row(group, record.get("prompt"), text, {}, **more)


def numbered_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Rows of PPE's best-of-k sets: `response_1`, `response_2`, ..., with lists or numbered columns of scores.

    A list of booleans is the truth.
    """
    groups = GroupNames(name, "question_id", "id")
    for record in records:
        group = groups.name(record)
        numbered = _numbered(record)
        texts = numbered.pop("response", [])
        lists = {key: value for key, value in record.items() if is_list(value) and len(value) == len(texts)}
        columns = {**{key: value for key, value in numbered.items() if len(value) == len(texts)}, **lists}
        scores = {key: value for key, value in columns.items() if all(_is_score(item) for item in value)}
        if group is None:
            account.exclude("an id that an earlier record has", [record])
        elif not scores:
            account.exclude(DIFFERENT, [record])
        else:
            for text, values in zip(texts, transposed(scores), strict=True):
                yield _numbered_row(group, record, text, values)


def _numbered_row(group: str, record: Record, text: object, values: dict[str, object]) -> Record:
    truth = next((v for v in values.values() if isinstance(v, bool)), None)
    rewards = {key: number_in(v) for key, v in values.items() if not isinstance(v, bool)}
    return row(group, record.get("prompt"), text, rewards, truth=None if truth is None else float(truth))


def _numbered(record: Record) -> dict[str, list[object]]:
    found: dict[str, dict[int, object]] = {}
    for key, value in record.items():
        if match := NUMBERED.fullmatch(key):
            found.setdefault(match[1], {})[int(match[2])] = value
    return {name: [values[i] for i in sorted(values)] for name, values in found.items()}


def _is_score(value: object) -> bool:
    return value is None or isinstance(value, int | float) or (is_list(value) and number_in(value) is not None)


def _is_numbered(head: list[Record], path: Path | None) -> bool:
    return has("response_1", "response_2")(head, path)


FORMATS = (
    Format(
        "reward-bench-2",
        "RewardBench 2's scores",
        has("scores", "num_correct"),
        LONG,
        rows=reward_bench_2_rows,
        notes=(OFF_POLICY,),
    ),
    Format("ppe", "numbered completions, as of PPE", _is_numbered, rows=numbered_rows, notes=(OFF_POLICY,)),
)
