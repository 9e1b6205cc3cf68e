"""The experiment in which reward models teach SmolLM2-135M-Instruct, kept as package data.

`flatscape lm train --out FOLDER` and `python -m tools.keep_language_model_training FOLDER` make the files again; the
full level of figures runs the experiment anew.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import polars as pl

from figures.figure import Level
from proofs_check.ledger.ledger import versions
from sims.llm.experiment.config import ExperimentConfig
from sims.llm.experiment.grid import SECONDS, run_experiment
from sims.llm.experiment.presets import FULL
from sims.llm.loading import LanguageModel, load_language_model
from sims.llm.model_file import cache_folder
from sims.parallel.resumable import unfinished
from theory.errors import InvalidInputError

FOLDER = "language_model_training"
"""Of the kept files, in `figures/data`."""

PROVENANCE = "provenance.json"
TABLES = ("samples", "measures", "steps", "evaluations")
"""The kept tables, each in a Parquet file of its name."""


class TrainingData(NamedTuple):
    """The tables of `sims.llm.experiment.grid.Experiment`, and where they come from.

    **Fields**: `samples`, `measures`, `steps`, `evaluations`; `provenance`: `model`, its name; `sha256` of its file;
    `experiment`, the configuration; `seconds` of each run; `versions` of the software; `machine`, in words.
    """

    samples: pl.DataFrame
    measures: pl.DataFrame
    steps: pl.DataFrame
    evaluations: pl.DataFrame
    provenance: Mapping[str, Any]


@cache
def kept_training() -> TrainingData:
    """The kept experiment. **Raises** `InvalidInputError` for a file that is missing or cannot be read."""
    folder = files("figures") / "data" / FOLDER
    try:
        provenance = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        tables = {name: pl.read_parquet(io.BytesIO((folder / f"{name}.parquet").read_bytes())) for name in TABLES}
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        remedy = "Make it with flatscape lm train and tools/keep_language_model_training.py."
        raise InvalidInputError("kept training", f"figures/data/{FOLDER}: {error}", remedy) from error
    return TrainingData(**tables, provenance=provenance)


def training_data(level: Level) -> TrainingData:
    """The kept experiment; at the full level a new one, of which an interrupted run's parts are used again."""
    return _run_now() if level == "full" else kept_training()


@cache
def _run_now() -> TrainingData:
    """Once for all figures that show it."""
    return run_again(load_language_model(), FULL)


def run_again(model: LanguageModel, config: ExperimentConfig) -> TrainingData:
    """An experiment, from what an interrupted run of the same code has left of it."""
    about = {"model": model.checksum, "experiment": config.record()}
    place = unfinished(cache_folder() / "unfinished", "language-model-training", ("theory", "sims"), versions(), about)
    found = run_experiment(config, place.folder, model=model)
    seconds = json.loads((place.folder / SECONDS).read_text(encoding="utf-8"))
    return TrainingData(*found, provenance_of(model.checksum, config.record(), seconds, "this machine"))


def provenance_of(
    checksum: str, experiment: Mapping[str, Any], seconds: Mapping[str, float], machine: str
) -> dict[str, Any]:
    """The record that is kept beside the tables; arguments as the fields of `TrainingData.provenance`."""
    return {
        "format": "flatscape language model training 1",
        "model": experiment["model"] or "SmolLM2-135M-Instruct",
        "sha256": checksum,
        "machine": machine,
        "versions": versions(),
        "seconds": dict(seconds),
        "experiment": dict(experiment),
    }


def settings_of(data: TrainingData, level: Level) -> dict[str, Any]:
    """What a figure states of the experiment that it shows."""
    source = "run now" if level == "full" else f"figures/data/{FOLDER}"
    return {
        "model": data.provenance["model"],
        "sha256": data.provenance["sha256"],
        "experiment": data.provenance["experiment"],
        "source": source,
    }
