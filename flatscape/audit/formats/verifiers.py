"""Rollouts of verifiers and episodes of prime-rl. A rollout that ended in an error did not run: it has no score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flatscape.audit.files.account import Account
from flatscape.audit.files.json_records import Record
from flatscape.audit.formats.format import Format, has
from flatscape.audit.formats.rows import first_value, is_number, row

NOT_RUN = "it did not run (error): its score is none, rather than 0"
"""The reason under which scores of failed rollouts are left out; their rows stay, unscored."""


def result_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Rows of `results.jsonl`: `reward`, and each of the `metrics` that is a number."""
    for record in records:
        metrics = record.get("metrics")
        metrics = metrics if isinstance(metrics, Mapping) else {}
        rewards = {"reward": record.get("reward"), **{k: v for k, v in metrics.items() if v is None or is_number(v)}}
        if record.get("error"):
            rewards = _unscored(rewards, record, account)
        yield row(record.get("example_id"), record.get("prompt"), record.get("completion"), rewards)


def trace_rows(records: Iterator[Record], name: str, account: Account) -> Iterator[Record]:
    """Rows of `traces.jsonl`, of which a line is an episode with its traces, or one trace."""
    for number, record in enumerate(records):
        traces = record.get("traces")
        if not isinstance(traces, list):
            yield _trace_row(record, record, "", account)
            continue
        if not traces:
            reason = "an episode without traces (it did not run)"
            account.exclude(reason, [{"episode": record.get("id", number), "errors": record.get("errors")}])
        for trace in traces:
            if isinstance(trace, Mapping):
                agent = _agent(dict(trace)) if len(traces) > 1 else ""
                yield _trace_row(dict(trace), record, agent, account)


def _trace_row(trace: Record, episode: Record, agent: str, account: Account) -> Record:
    rewards = _rewards(trace)
    failed = not trace["ok"] if "ok" in trace else bool(trace.get("errors") or trace.get("error"))
    if failed or episode.get("ok") is False:
        rewards = _unscored(rewards, {"errors": first_value(trace, "errors", "error"), **rewards}, account)
    prompt, completion = _messages(trace)
    group = _group(episode) if agent == "" else f"{_group(episode)}, agent {agent}"
    return row(group, prompt, completion, rewards)


def _rewards(trace: Record) -> dict[str, object]:
    """A number for each named reward, and where they have weights, their weighted sum, which is what trains."""
    given = trace.get("rewards")
    if not isinstance(given, Mapping):
        return {"reward": trace.get("reward")}
    rewards: dict[str, object] = {}
    total, weighted = 0.0, len(given) > 1
    for name, value in given.items():
        score = first_value(dict(value), "score", "value") if isinstance(value, Mapping) else value
        rewards[str(name)] = score
        weight = value.get("weight", 1.0) if isinstance(value, Mapping) else None
        if isinstance(score, int | float) and isinstance(weight, int | float):
            total += score * weight
        else:
            weighted = False
    return {"reward": total, **rewards} if weighted and "reward" not in rewards else rewards


def _messages(trace: Record) -> tuple[Any, Any]:
    nodes = trace.get("nodes")
    if not isinstance(nodes, list):
        return trace.get("prompt"), trace.get("completion")
    messages = [(bool(node.get("sampled")), node.get("message")) for node in nodes if isinstance(node, Mapping)]
    start = next((i for i, (sampled, _) in enumerate(messages) if sampled), len(messages))
    before, after = [m for _, m in messages[:start]], [m for _, m in messages[start:]]
    return before or None, after or None


def _group(episode: Record) -> object:
    group = episode.get("group")
    if isinstance(group, Mapping):
        return group.get("id")
    task = episode.get("task")
    data = task.get("data") if isinstance(task, Mapping) else None
    for source in (episode, data, task):
        if isinstance(source, Mapping):
            # An episode's own id is that of one rollout; a task's is that of what was asked.
            own = () if source is episode else ("id", "idx")
            found = first_value(dict(source), "group_id", "group", "example_id", *own)
            if found is not None:
                return found
    return None


def _agent(trace: Record) -> str:
    agent = trace.get("agent")
    return str(first_value(dict(agent), "name", "id") if isinstance(agent, Mapping) else agent)


def _unscored(rewards: Mapping[str, object], shown: Mapping[str, object], account: Account) -> dict[str, object]:
    account.exclude(NOT_RUN, [shown], rows=False)
    return dict.fromkeys(rewards)


def _is_traces(head: list[Record], path: Path | None) -> bool:
    first = head[0] if head else {}
    return isinstance(first.get("traces"), list) or ("nodes" in first and "rewards" in first)


FORMATS = (
    Format("prime-rl", "episodes of prime-rl or verifiers (traces.jsonl)", _is_traces, rows=trace_rows),
    Format("verifiers", "rollouts of verifiers (results.jsonl)", has("example_id", "reward"), rows=result_rows),
)
