"""The generated table of docs/scaling.md: the memory of a training step of the paper's models, from its arithmetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from proofs_check.markdown import table
from sims.llm.experiment.config import ExperimentConfig, read_config
from sims.llm.training.memory import StepMemory, step_memory
from sims.llm.training.settings import Saved, Trained
from tools.decoders import DECODERS

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
CARD = 80 * 10**9
"""Bytes of the GPU that the table is for."""
PROMPT_LENGTH = 512
"""Tokens of the longest prompt, in the table."""


class Variant(NamedTuple):
    """What a row changes of a file's settings; None for what it leaves as it is."""

    trained: Trained | None = None
    saved: Saved | None = None
    rows_at_once: int | None = None
    precision: str | None = None
    model: int = 1


VARIANTS = (
    Variant(),
    Variant(trained="all", saved="products", rows_at_once=16),
    Variant(trained="all", saved="layers", rows_at_once=16),
    Variant(trained="all", saved="layers", rows_at_once=2),
    Variant(trained="all", saved="layers", rows_at_once=2, precision="bfloat16"),
    Variant(trained="lora", saved="layers", rows_at_once=2),
    Variant(trained="lora", saved="layers", rows_at_once=2, precision="bfloat16"),
    Variant(trained="all", saved="layers", rows_at_once=2, model=2),
)
"""The file as it is, and others."""

HEADINGS = [
    "model",
    "trained",
    "precision",
    "saved",
    "rows at once",
    "GPUs",
    "held",
    "sampling",
    "reference",
    "gradient",
    "update",
    "most",
    "left of a card",
]


def memory_of(name: str, config: ExperimentConfig, variant: Variant) -> tuple[list[str], StepMemory]:
    """The words of a row, and its numbers."""
    settings = config.courses[0].settings
    changes = {key: value for key, value in variant._asdict().items() if value is not None and hasattr(settings, key)}
    settings = replace(settings, **changes)
    precision = variant.precision or config.precision
    found = step_memory(DECODERS[name], settings, PROMPT_LENGTH, precision=precision, model=variant.model)
    words = [name, settings.trained, precision, settings.saved, str(settings.rows_at_once), str(variant.model)]
    return words, found


def memory_table() -> str:
    """Markdown: GB on one device for each model, and what is left of a card for reward models."""
    rows = []
    for name in DECODERS:
        config = read_config(CONFIGS / f"{name}.toml")
        seen: list[list[str]] = []
        for variant in VARIANTS:
            words, found = memory_of(name, config, variant)
            if words in seen:
                continue
            seen.append(words)
            numbers = [found.held, *found.phases.values(), found.total]
            left = CARD - found.total
            first = [f"**{name}**" if variant == VARIANTS[0] else name, *words[1:]]
            rows.append([*first, *map(gigabytes, numbers), gigabytes(left) if left > 0 else "does not fit"])
    return table(HEADINGS, rows, right=HEADINGS[4:])


def gigabytes(count: int) -> str:
    """Bytes in GB (10^9), with one digit after the point."""
    return f"{count / 1e9:.1f}"
