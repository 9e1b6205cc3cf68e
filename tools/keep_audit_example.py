"""Makes `examples/smollm2_rewards.parquet` from the kept experiment: what an audit is given of it.

Run as `python -m tools.keep_audit_example`, after `python -m tools.keep_language_model_training`.
"""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from figures.language_model.training.reward_measures import COLUMN, MEASURED_ON
from figures.language_model.training_data import kept_training
from sims.files import replace_together
from sims.llm.experiment.teachers import ON

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "smollm2_rewards.parquet"


def audit_example(samples: pl.DataFrame) -> pl.DataFrame:
    """The initial policy's completions of the prompts that it is taught and judged on: truth, log-probability under
    it, and the rewards as they teach."""
    chosen = samples.filter(pl.col("role").is_in(list(MEASURED_ON)), source=ON)
    rewards = {name: name.removeprefix(COLUMN) for name in samples.columns if name.startswith(COLUMN)}
    # The ground truth as a teacher is normalised; as a judge it is VADER's own score.
    names = {name: "truth as teacher" if short == "ground truth" else short for name, short in rewards.items()}
    return chosen.select("prompt", "completion", "truth", "logprob", *rewards).rename(names)


def main() -> None:
    """Write the example."""
    buffer = io.BytesIO()
    audit_example(kept_training().samples).write_parquet(buffer, compression="zstd", compression_level=19)
    replace_together(EXAMPLE.parent, {EXAMPLE.name: buffer.getvalue()})
    print(f"{EXAMPLE.name}: {len(buffer.getvalue()):,} bytes")


if __name__ == "__main__":
    main()
