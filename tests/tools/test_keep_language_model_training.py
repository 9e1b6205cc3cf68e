"""The tool that keeps an experiment: nothing is lost, and what is unfinished is refused."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from figures.language_model.training_data import TABLES, kept_training
from theory.errors import InvalidInputError
from tools import keep_language_model_training


def test_a_finished_experiment_is_kept_as_it_is(tmp_path: Path) -> None:
    data, folder = kept_training(), tmp_path / "run"
    folder.mkdir()
    for name in TABLES:
        getattr(data, name).write_parquet(folder / f"{name}.parquet")
    asked = {"experiment": data.provenance["experiment"], "model": data.provenance["sha256"]}
    (folder / "experiment.json").write_text(json.dumps(asked), encoding="utf-8")
    (folder / "seconds.json").write_text(json.dumps(data.provenance["seconds"]), encoding="utf-8")
    app = keep_language_model_training.typer.Typer()
    app.command()(keep_language_model_training.main)
    result = CliRunner().invoke(app, [str(folder), "--out", str(tmp_path / "kept"), "--machine", "two cores"])
    assert result.exit_code == 0, result.output
    for name in TABLES:
        assert pl.read_parquet(tmp_path / "kept" / f"{name}.parquet").equals(getattr(data, name))
    record = json.loads((tmp_path / "kept" / "provenance.json").read_text(encoding="utf-8"))
    assert record["machine"] == "two cores"
    assert record["experiment"] == data.provenance["experiment"]


def test_an_unfinished_experiment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="finished experiment"):
        keep_language_model_training.main(tmp_path, tmp_path / "kept", "two cores")
    assert not (tmp_path / "kept").exists()
