"""Public preference sets, whose completions come from different policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from flatscape.audit.files.account import Account
from flatscape.audit.files.json_records import Record
from flatscape.audit.formats.format import Format, has
from flatscape.audit.formats.layout import REWARD, STANDARD, Layout
from flatscape.audit.formats.rows import GroupNames, first_value, is_number, row

OFF_POLICY = "The completions of a prompt come from different policies: they are not on-policy for any one of them."

MINUS_RANK = "minus_rank"


def ultrafeedback_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Four completions of different models a prompt, with ratings, which are texts ("4", "N/A")."""
    groups = GroupNames(name)
    for record in records:
        group = groups.name(record)
        for given in _objects(record.get("completions")):
            annotations = given.get("annotations")
            ratings = {
                aspect: first_value(dict(_one(a)), "Rating", "rating")
                for aspect, a in (annotations.items() if isinstance(annotations, Mapping) else ())
            }
            scores: Record = {key: given.get(key) for key in ("overall_score", "fine-grained_score") if key in given}
            yield row(
                group,
                record.get("instruction"),
                given.get("response"),
                {**scores, **ratings},
                policy=given.get("model"),
            )


def nectar_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Seven ranked answers a prompt; the score is minus the rank, as rank 1 is the best."""
    groups = GroupNames(name)
    for record in records:
        group = groups.name(record)
        for answer in _objects(record.get("answers")):
            rank = answer.get("rank")
            score = -float(rank) if is_number(rank) and rank is not None else None
            yield row(
                group, record.get("prompt"), answer.get("answer"), {MINUS_RANK: score}, policy=answer.get("model")
            )


def _objects(value: object) -> list[Record]:
    return [dict(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _one(value: object) -> Mapping[str, object]:
    """An annotation, which is an object or a list of one."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, Mapping) else {}


def _is_ultrafeedback(head: list[Record], path: Path | None) -> bool:
    return has("instruction", "completions")(head, path) and bool(_objects(head[0]["completions"]))


def _is_nectar(head: list[Record], path: Path | None) -> bool:
    answers = _objects(head[0].get("answers")) if head else []
    return bool(answers) and "rank" in answers[0]


FORMATS = (
    Format("ultrafeedback", "UltraFeedback", _is_ultrafeedback, rows=ultrafeedback_rows, notes=(OFF_POLICY,)),
    Format(
        "nectar",
        "Nectar",
        _is_nectar,
        STANDARD.overridden({"rewards": (f"{REWARD}{MINUS_RANK}",)}),
        rows=nectar_rows,
        notes=(OFF_POLICY,),
    ),
    Format(
        "helpsteer2",
        "HelpSteer2",
        has("prompt", "response", "helpfulness", "correctness"),
        Layout(
            group=("prompt",),
            prompt="prompt",
            completion="response",
            rewards=("helpfulness", "correctness", "coherence", "complexity", "verbosity"),
        ),
        required=("prompt", "response", "helpfulness"),
        notes=(OFF_POLICY,),
    ),
)
