"""Flat files of trainers and evaluators: TRL, verl, SkyRL, NeMo-RL, inspect."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from flatscape.audit.files.json_records import Record
from flatscape.audit.files.paths import COMPRESSED
from flatscape.audit.formats.format import Format, has
from flatscape.audit.formats.layout import Layout

SESSION = "verl session"
SAMPLE = "verl sample"
OUTPUT = "verl output"
"""Columns that are made of verl's `uid`, which is sample_rollout_output."""

INSPECT = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
"""The numbers that inspect gives to its letters (correct, incorrect, partial, no answer)."""


def with_step(frame: pl.LazyFrame, path: Path | None) -> pl.LazyFrame:
    """The frame with a column `step`, from the number in the file's name if it has none."""
    if path is None or "step" in frame.collect_schema().names():
        return frame
    name = path.name
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    numbers = re.findall(r"[0-9]+", name.rsplit(".", 1)[0])
    return frame.with_columns(pl.lit(int(numbers[-1]), pl.Int64).alias("step")) if numbers else frame


def with_sessions(frame: pl.LazyFrame, path: Path | None) -> pl.LazyFrame:
    """verl's frame with the sample, the session and the output that a `uid` names."""
    frame = with_step(frame, path)
    uid = pl.col("uid").cast(pl.String)
    parts = uid.str.extract_groups(r"^(?s:(.*))_([0-9]+)_([0-9]+)$")
    sample, rollout, output = (parts.struct.field(str(i)) for i in (1, 2, 3))
    return frame.with_columns(
        sample.fill_null(uid).alias(SAMPLE),
        pl.concat_str(sample, rollout, separator="_").fill_null(uid).alias(SESSION),
        output.cast(pl.Int64).alias(OUTPUT),
    )


def _is_trl(head: list[Record], path: Path | None) -> bool:
    if not has("step", "prompt", "completion")(head, path):
        return False
    return "advantage" in head[0] or (path is not None and path.name.startswith("completions_"))


def _is_inspect(head: list[Record], path: Path | None) -> bool:
    return has("id", "epoch")(head, path) and any(key.startswith("score_") for key in head[0])


VERL_REWARDS = Layout(prompt="input", completion="output", rewards=("score", "*"))
"""verl's `score`, and the further keys that its reward functions return."""

FORMATS = (
    Format(
        "trl",
        "TRL's completions (GRPO)",
        _is_trl,
        Layout(group=("step", "prompt"), prompt="prompt", completion="completion", advantage="advantage"),
        prepare=with_step,
        required=("prompt", "completion"),
        notes=(
            "TRL writes only the last generation batch of each logging step: other completions of the run are missing.",
        ),
    ),
    Format(
        "verl",
        "verl's generations (uid)",
        has("uid", "input", "output", "score"),
        VERL_REWARDS.overridden({"group": (SAMPLE,), "identifier": (SESSION, OUTPUT, "step")}),
        prepare=with_sessions,
        required=("uid", "input", "output", "score"),
    ),
    Format(
        "verl-legacy",
        "verl's generations (step and input)",
        has("input", "output", "score"),
        VERL_REWARDS.overridden({"group": ("step", "input")}),
        prepare=with_step,
        required=("input", "output", "score"),
    ),
    Format(
        "skyrl",
        "SkyRL's generations",
        has("input_prompt", "output_response", "score"),
        Layout(
            group=("step", "input_prompt"),
            prompt="input_prompt",
            completion="output_response",
            rewards=("score",),
            lists="sum",
        ),
        required=("input_prompt", "output_response", "score"),
    ),
    Format(
        "nemo-rl",
        "NeMo-RL's training data",
        has("content", "rewards"),
        Layout(group=("step",), completion="content", rewards=("rewards",), lists="only"),
        prepare=with_step,
        required=("content", "rewards"),
        notes=("NeMo-RL writes prompt and completion as one text, and no key of groups: they are blocks of rows.",),
    ),
    Format(
        "inspect",
        "samples of inspect",
        _is_inspect,
        Layout(group=("eval_id", "id"), prompt="input", rewards=("score_*",), letters=INSPECT),
        required=("id", "epoch"),
    ),
)
