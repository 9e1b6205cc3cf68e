"""One set of scored completions, written as each trainer, benchmark and person would write it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

PROMPTS = ("A", "A", "A", "B", "B")
COMPLETIONS = ("a0", "a1", "a2", "b0", "b1")
RM_A = (1.0, 0.0, 1.0, 0.5, 0.5)
RM_B = (0.9, 0.1, 0.4, 0.2, 0.6)
TRUTH = (1.0, 0.0, 0.0, 1.0, 0.0)
ROWS = tuple(zip(PROMPTS, COMPLETIONS, RM_A, RM_B, TRUTH, strict=True))


@dataclass(frozen=True)
class Written:
    """A way to write the set: `write` makes the file or folder, and `keywords` are what a person says besides.

    `prompts` and `completions` say whether it holds these texts.
    """

    name: str
    write: Callable[[Path], Any]
    keywords: Mapping[str, Any]
    prompts: bool = True
    completions: bool = True


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def flat() -> pl.DataFrame:
    """The set as a flat table."""
    return pl.DataFrame(ROWS, schema=["prompt", "completion", "rm_a", "rm_b", "truth"], orient="row")


def wide_records() -> list[dict[str, Any]]:
    """A record a prompt."""
    records = []
    for prompt in ("A", "B"):
        rows = [row for row in ROWS if row[0] == prompt]
        columns = dict(
            zip(("completion", "rm_a", "rm_b", "truth"), zip(*(r[1:] for r in rows), strict=True), strict=True)
        )
        records.append({"prompt": prompt, **{key: list(values) for key, values in columns.items()}})
    return records


def long_frame() -> pl.DataFrame:
    """A row a score."""
    return flat().unpivot(
        ["rm_a", "rm_b"], index=["prompt", "completion", "truth"], variable_name="reward_model", value_name="score"
    )


def _csv(folder: Path) -> Path:
    flat().write_csv(folder / "scores.csv")
    return folder / "scores.csv"


def _parquet(folder: Path) -> Path:
    flat().write_parquet(folder / "scores.parquet")
    return folder / "scores.parquet"


def _lines(folder: Path) -> Path:
    return write_lines(folder / "scores.jsonl", flat().to_dicts())


def _gzip(folder: Path) -> Path:
    path = folder / "scores.csv.gz"
    path.write_bytes(gzip.compress(_csv(folder).read_bytes()))
    return path


def _zstd(folder: Path) -> Path:
    path = folder / "scores.jsonl.zst"
    path.write_bytes(zstandard.compress(_lines(folder).read_bytes()))
    return path


def _zstd_parquet(folder: Path) -> Path:
    path = folder / "scores.parquet.zst"
    path.write_bytes(zstandard.compress(_parquet(folder).read_bytes()))
    return path


def _arrow(folder: Path) -> Path:
    flat().write_ipc(folder / "scores.arrow")
    return folder / "scores.arrow"


def _json(folder: Path) -> Path:
    path = folder / "scores.json"
    path.write_text(json.dumps(flat().to_dict(as_series=False)))
    return path


def _wide_lines(folder: Path) -> Path:
    return write_lines(folder / "wide.jsonl", wide_records())


def _wide_parquet(folder: Path) -> Path:
    pl.DataFrame(wide_records()).write_parquet(folder / "wide.parquet")
    return folder / "wide.parquet"


def _wide_csv(folder: Path) -> Path:
    records = [{k: v if k == "prompt" else json.dumps(v) for k, v in r.items()} for r in wide_records()]
    pl.DataFrame(records).write_csv(folder / "wide.csv")
    return folder / "wide.csv"


def _long_csv(folder: Path) -> Path:
    long_frame().write_csv(folder / "long.csv")
    return folder / "long.csv"


def _trl(folder: Path) -> Path:
    for step, prompt in ((9, "A"), (10, "B")):
        part = flat().filter(pl.col("prompt") == prompt)
        part = part.with_columns(pl.lit(step).alias("step"), pl.lit(0.25).alias("advantage"))
        (folder / "completions").mkdir(exist_ok=True)
        part.write_parquet(folder / "completions" / f"completions_{step:05d}.parquet")
    return folder / "completions"


def _verl(folder: Path, uids: bool) -> Path:
    for step, prompt in ((9, "A"), (10, "B")):
        records = []
        for number, (p, completion, a, b, truth) in enumerate(ROWS):
            if p == prompt:
                record = {
                    "input": p,
                    "output": completion,
                    "gts": "42",
                    "score": str(a),
                    "rm_b": b,
                    "truth": truth,
                    "step": step,
                }
                records.append({"uid": f"q_{p}_{number}_0", **record} if uids else record)
        write_lines(folder / f"{step}.jsonl", records)
    return folder


def _verl_sessions(folder: Path) -> Path:
    """Sessions of two outputs, of which both carry the score."""
    records = []
    for number, (prompt, completion, a, b, truth) in enumerate(ROWS):
        for output in (0, 1):
            text = completion if output else "thinking"
            records.append(
                {
                    "uid": f"{prompt}_{number}_{output}",
                    "input": prompt,
                    "output": text,
                    "score": a,
                    "rm_b": b,
                    "truth": truth,
                }
            )
    return write_lines(folder / "1.jsonl", records)


def _verifiers(folder: Path) -> Path:
    records = [
        {
            "example_id": "AB".index(prompt),
            "prompt": [{"role": "user", "content": prompt}],
            "completion": [{"role": "assistant", "content": completion}],
            "reward": a,
            "metrics": {"rm_a": a, "rm_b": b, "truth": truth, "num_turns": 1},
            "error": None,
        }
        for prompt, completion, a, b, truth in ROWS
    ]
    (folder / "metadata.json").write_text("{}")
    write_lines(folder / "results.jsonl", records)
    return folder


def _episodes(folder: Path) -> Path:
    records = []
    for number, (prompt, completion, a, b, truth) in enumerate(ROWS):
        nodes = [
            {"sampled": False, "message": {"role": "user", "content": prompt}},
            {"sampled": True, "parent": 0, "message": {"role": "assistant", "content": completion}},
        ]
        rewards = {"rm_a": {"score": a, "weight": 1.0}, "rm_b": {"score": b, "weight": 0.5}, "truth": truth}
        trace = {"id": f"t{number}", "nodes": nodes, "rewards": rewards, "ok": True, "errors": []}
        records.append({"id": f"e{number}", "group": {"id": f"g{prompt}"}, "ok": True, "traces": [trace]})
    return write_lines(folder / "traces.jsonl", records)


def _completion_scores(folder: Path) -> Path:
    records = []
    for prompt in ("A", "B"):
        rows = [("reference", 2.0, 2.0, 1.0), *(row[1:] for row in ROWS if row[0] == prompt)]
        for completion, a, b, truth in rows:
            messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
            score = {"rm_a": a, "rm_b": b, "truth": truth}
            records.append(
                {
                    "messages": messages,
                    "model_completion": completion,
                    "reference_completion": "reference",
                    "score": score,
                    "reference_completion_score": {"rm_a": 2.0},
                }
            )
    return write_lines(folder / "completion_scores.jsonl", records)


def _rollouts(folder: Path) -> Path:
    records = [
        {
            "step": 1,
            "sample_idx": number,
            "prompt_idx": "AB".index(prompt),
            "prompt_tokens": [1, 2],
            "response_tokens": [3, number],
            "reward": a,
            "rm_b": b,
            "truth": truth,
            "advantage": 0.0,
            "logprobs": [-1.0, -0.5],
        }
        for number, (prompt, _, a, b, truth) in enumerate(ROWS)
    ]
    return write_lines(folder / "run_rollouts_000000.jsonl", records)


def _reward_bench_2(folder: Path) -> Path:
    """The correct completions stand first, as they do in this set."""
    for name in ("rm_a", "rm_b"):
        wide = wide_records()
        columns = {
            "id": ["ref:A", "tied:B"],
            "text": [r["completion"] for r in wide],
            "scores": [[[value] for value in r[name]] for r in wide],
            "num_correct": [1, 1],
            "results": [1.0, None],
            "model": name,
            "subset": ["Ties", "Ties"],
        }
        (folder / f"{name}.json").write_text(json.dumps(columns))
    return folder


def _rm_bench(folder: Path) -> Path:
    for name in ("rm_a", "rm_b"):
        records = []
        for r in wide_records():
            cut = r["truth"].count(1.0)
            sides = {"chosen": slice(0, cut), "rejected": slice(cut, None)}
            record = {"id": r["prompt"], "prompt": r["prompt"]}
            for side, part in sides.items():
                record |= {side: r["completion"][part], f"score_{side}": r[name][part]}
            records.append(record)
        (folder / f"{name}.json").write_text(json.dumps(records))
    return folder


def _ppe(folder: Path) -> Path:
    records = []
    for r in wide_records():
        numbered = {f"response_{i + 1}": text for i, text in enumerate(r["completion"])}
        scores = {f"rm_a_{i + 1}": value for i, value in enumerate(r["rm_a"])}
        correct = [bool(value) for value in r["truth"]]
        records.append(
            {
                "question_id": r["prompt"],
                "prompt": r["prompt"],
                **numbered,
                **scores,
                "rm_b": r["rm_b"],
                "scores": correct,
            }
        )
    return write_lines(folder / "ppe.jsonl", records)


def _skyrl(folder: Path) -> Path:
    records = [
        {"input_prompt": p, "output_response": c, "score": [0.0, a], "rm_b": b, "truth": t, "stop_reason": "stop"}
        for p, c, a, b, t in ROWS
    ]
    return write_lines(folder / "dump.jsonl", records)


def _nemo_rl(folder: Path) -> Path:
    for step, prompt in ((1, "A"), (2, "B")):
        rows = [row for row in ROWS if row[0] == prompt]
        records = [
            {"idx": i, "content": c, "rewards": [a], "rm_b": [b], "truth": t} for i, (_, c, a, b, t) in enumerate(rows)
        ]
        write_lines(folder / f"train_data_step{step}.jsonl", records)
    return folder


def _inspect(folder: Path) -> Path:
    letters = {1.0: "C", 0.0: "I", 0.5: "P"}
    records = [
        {"eval_id": "e", "id": p, "epoch": i, "input": p, "score_rm_a": letters[a], "score_rm_b": b, "truth": t}
        for i, (p, _, a, b, t) in enumerate(ROWS)
    ]
    return write_lines(folder / "samples.jsonl", records)


BOTH: dict[str, Any] = {"rewards": ("rm_a", "rm_b"), "truth": "truth"}
SCORE: dict[str, Any] = {"rewards": ("score", "rm_b")}
NAMED: dict[str, Any] = {"mapping": {"prompt": "prompt", "completion": "completion", "reward": "rm_a,rm_b"}}

WRITTEN = (
    Written("csv", _csv, {}),
    Written("jsonl", _lines, {}),
    Written("parquet", _parquet, {}),
    Written("arrow", _arrow, {}),
    Written("columnar json", _json, {}),
    Written("csv.gz", _gzip, {}),
    Written("jsonl.zst", _zstd, {}),
    Written("parquet.zst", _zstd_parquet, {}),
    Written("mapping", _csv, NAMED),
    Written("wide jsonl", _wide_lines, {}),
    Written("wide parquet", _wide_parquet, {}),
    Written("wide csv", _wide_csv, {}),
    Written("long csv", _long_csv, {}),
    Written("polars", lambda folder: flat(), {}),
    Written("lazy polars", lambda folder: flat().lazy(), {}),
    Written("columns", lambda folder: flat().to_dict(as_series=False), {}),
    Written("records", lambda folder: flat().to_dicts(), {}),
    Written("trl", _trl, {}),
    Written("verl legacy", lambda folder: _verl(folder, uids=False), {}),
    Written("verl v1", lambda folder: _verl(folder, uids=True), {}),
    Written("verl sessions", _verl_sessions, {}),
    Written("verifiers", _verifiers, BOTH),
    Written("prime-rl", _episodes, BOTH),
    Written("open-instruct scores", _completion_scores, BOTH),
    Written("open-instruct rollouts", _rollouts, {"rewards": ("reward", "rm_b")}, prompts=False, completions=False),
    Written("RewardBench 2", _reward_bench_2, {}, prompts=False),
    Written("RM-Bench", _rm_bench, {}),
    Written("PPE", _ppe, {}),
    Written("SkyRL", _skyrl, SCORE),
    Written("NeMo-RL", _nemo_rl, {"rewards": ("rewards", "rm_b"), "mapping": {"group_size": 3}}, prompts=False),
    Written("inspect", _inspect, {}, completions=False),
)
"""Every way to write the set whose reader must give the same table."""
