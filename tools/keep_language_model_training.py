"""Copies a finished experiment of `flatscape lm train` into the package data, with its provenance.

Run as `python -m tools.keep_language_model_training FOLDER --machine "two cores of a CPU"`.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from figures.language_model.training_data import FOLDER, PROVENANCE, TABLES, provenance_of
from sims.files import replace_together
from sims.llm.experiment.grid import CONFIG, SECONDS
from theory.errors import InvalidInputError

KEPT = Path(__file__).resolve().parents[1] / "figures" / "data" / FOLDER


def main(
    folder: Annotated[Path, typer.Argument(help="Where the experiment has been run.")],
    out: Annotated[Path, typer.Option(help="Where its files are kept.")] = KEPT,
    machine: Annotated[str, typer.Option(help="What it was run on, in words.")] = "not recorded",
) -> None:
    """Keep a finished experiment."""
    contents = {f"{name}.parquet": _compact(_read_table(folder / f"{name}.parquet")) for name in TABLES}
    asked, seconds = (_read_json(folder / name) for name in (CONFIG, SECONDS))
    record = provenance_of(asked["model"], asked["experiment"], seconds, machine)
    contents[PROVENANCE] = (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode()
    replace_together(out, contents)
    for name, content in contents.items():
        print(f"{name}: {len(content):,} bytes")


def _read_table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InvalidInputError("folder", f"{path}: {error}", "Give one of a finished experiment.") from error


def _read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError("folder", f"{path}: {error}", "Give one of a finished experiment.") from error


def _compact(table: pl.DataFrame) -> bytes:
    """As Parquet; log-probabilities of completions in float32, as which they were computed."""
    if "logprob" in table.columns:
        table = table.with_columns(pl.col("logprob").cast(pl.Float32))
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=19)
    return buffer.getvalue()


if __name__ == "__main__":
    typer.run(main)
