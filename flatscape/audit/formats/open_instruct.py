"""Completions scored by open-instruct for rejection sampling, and the rollouts that it trains on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from flatscape.audit.files.account import Account
from flatscape.audit.files.json_records import Record
from flatscape.audit.files.texts import prompt_and_completion
from flatscape.audit.formats.format import Format, has
from flatscape.audit.formats.layout import Layout
from flatscape.audit.formats.rows import row

REFERENCE = "the reference completion of a prompt, which is not the policy's"
"""The reason under which the first of every block is left out, if it repeats the reference."""


def score_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Rows of `completion_scores.jsonl`. Consecutive completions of one prompt are a group.

    Where every block begins with the reference completion, as it does by default, that one is left out.
    """
    blocks = [list(block) for _, block in groupby(map(_completion, records), key=lambda item: item[0])]
    referenced = bool(blocks) and all(_is_reference(block[0][2]) for block in blocks)
    for number, block in enumerate(blocks):
        if referenced:
            account.exclude(REFERENCE, [block[0][2]], expected=True)
            block = block[1:]
        for prompt, completion, record in block:
            scores = record.get("score")
            rewards = {str(k): v for k, v in scores.items()} if isinstance(scores, Mapping) else {"score": scores}
            yield row(f"{name}, block {number}", prompt, completion, rewards)


def _completion(record: Record) -> tuple[str | None, str | None, Record]:
    prompt, completion = prompt_and_completion(record.get("messages"))
    return prompt, record.get("model_completion") or completion, record


def _is_reference(record: Record) -> bool:
    reference = record.get("reference_completion")
    return reference is not None and record.get("model_completion") == reference


def _is_scores(head: list[Record], path: Path | None) -> bool:
    return bool(head) and isinstance(head[0].get("score"), Mapping) and "messages" in head[0]


def _is_rollouts(head: list[Record], path: Path | None) -> bool:
    return has("step", "prompt_idx", "reward")(head, path) and not has("prompt")(head, path)


FORMATS = (
    Format("open-instruct-scores", "open-instruct's completion_scores.jsonl", _is_scores, rows=score_rows),
    Format(
        "open-instruct-rollouts",
        "open-instruct's rollouts",
        _is_rollouts,
        Layout(
            group=("step", "prompt_idx"),
            rewards=("reward",),
            logprob="logprobs",
            advantage="advantage",
            lists="sum",
        ),
        required=("step", "prompt_idx", "reward"),
        notes=(
            "open-instruct leaves groups of zero deviation out before it writes rollouts (by default): the share of "
            "groups without a signal is too small here.",
            "open-instruct's rollouts hold token ids: prompts and completions are not shown.",
        ),
    ),
)
