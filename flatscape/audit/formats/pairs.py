"""Chosen and rejected completions with their scores: pairs, and RM-Bench's three against three."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flatscape.audit.files.account import Account
from flatscape.audit.files.json_records import Record
from flatscape.audit.files.texts import is_messages, prompt_and_completion
from flatscape.audit.formats.format import Format
from flatscape.audit.formats.layout import Layout
from flatscape.audit.formats.rows import GroupNames, is_list, is_number, number_in, row

OFF_POLICY = "The completions were chosen for a benchmark or by people: they are not on-policy for any one model."

SCORES = (
    ("score_chosen", "score_rejected"),
    ("scores_chosen", "scores_rejected"),
    ("chosen_score", "rejected_score"),
    ("chosen_scores", "rejected_scores"),
    ("reward_chosen", "reward_rejected"),
    ("rewards_chosen", "rewards_rejected"),
    ("chosen_reward", "rejected_reward"),
    ("chosen_rewards", "rejected_rewards"),
)
"""Keys of scores, of which a table has one pair."""

TEXTS = (
    ("chosen", "rejected"),
    ("text_chosen", "text_rejected"),
    ("response_chosen", "response_rejected"),
    ("chosen_response", "rejected_response"),
)

LONG = Layout(
    group=("group",),
    prompt="prompt",
    completion="completion",
    truth="truth",
    reward_model="reward_model",
    score="score",
    identifier=("position",),
)
"""The layout of rows of which each is a score of one reward model: its completion's place in the group names it."""


def pair_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """A row for each chosen completion, with truth 1, and for each rejected one, with truth 0."""
    groups = GroupNames(name, "id", "prompt_id")
    for record in records:
        group = groups.name(record)
        if group is None:
            account.exclude("an id that an earlier record has", [record])
            continue
        keys = _keys(record)
        if keys is None:
            account.exclude("a record without scores of a chosen and a rejected completion", [record])
            continue
        texts = next((pair for pair in TEXTS if pair[0] in record), None) if keys != TEXTS[0] else None
        prompt = record.get("prompt")
        for truth, key, text in zip((1.0, 0.0), keys, texts or (None, None), strict=True):
            completions = record.get(text) if text else None
            if prompt is None and is_messages(completions):
                prompt = prompt_and_completion(completions)[0]
            for place, (completion, scores) in enumerate(_scored(completions, record[key])):
                for model, score in scores.items():
                    more = {
                        "truth": truth,
                        "reward_model": model or str(record.get("model") or "score"),
                        "score": number_in(score),
                        "position": f"{key} {place}",
                    }
                    yield row(group, prompt, completion, {}, **more)


def _scored(completions: Any, scores: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Each completion with its score for each reward model (named "" where it has no name)."""
    if is_list(scores) and not (len(scores) == 1 and not is_list(completions)):
        listed = is_list(completions) and not is_messages(completions) and len(completions) == len(scores)
        for text, score in zip(completions if listed else [None] * len(scores), scores, strict=True):
            yield _last(text), {"": score}
    elif isinstance(scores, Mapping):
        yield _last(completions), {str(k): v for k, v in scores.items()}
    else:
        yield _last(completions), {"": scores}


def _last(completion: Any) -> Any:
    """Of a whole conversation, which pairs often are, the completion."""
    if is_messages(completion):
        assert isinstance(completion, Sequence)
        return completion[-1:]
    return completion


def _keys(record: Record) -> tuple[str, str] | None:
    for pair in SCORES:
        if pair[0] in record and pair[1] in record:
            return pair
    # LLaMA-Factory writes the two scores, and nothing else.
    chosen, rejected = record.get("chosen"), record.get("rejected")
    return TEXTS[0] if is_number(chosen) and is_number(rejected) else None


def _is_pairs(head: list[Record], path: Path | None) -> bool:
    return bool(head) and _keys(head[0]) is not None


def _is_bare(head: list[Record], path: Path | None) -> bool:
    return bool(head) and _keys(head[0]) == TEXTS[0]


def _is_rm_bench(head: list[Record], path: Path | None) -> bool:
    keys = _keys(head[0]) if head else None
    if keys is None or not is_list(head[0][keys[0]]):
        return False
    texts = head[0].get("chosen")
    return len(head[0][keys[0]]) > 1 or (is_list(texts) and not is_messages(texts))


def rm_bench_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Rows of RM-Bench's results, one file a reward model, which the file's name tells."""
    stem = Path(name).name.split(".")[0] if "." in name else "score"
    return pair_rows(({"model": stem, **record} for record in records), name, account)


FORMATS = (
    Format("rm-bench", "RM-Bench's lists", _is_rm_bench, LONG, rows=rm_bench_rows, notes=(OFF_POLICY,)),
    Format(
        "llama-factory",
        "LLaMA-Factory's predictions of a reward model",
        _is_bare,
        LONG,
        rows=pair_rows,
        notes=(OFF_POLICY, "LLaMA-Factory rounds scores to two decimals, which makes false ties."),
    ),
    Format(
        "pairs", "pairs of a chosen and a rejected completion", _is_pairs, LONG, rows=pair_rows, notes=(OFF_POLICY,)
    ),
)
