"""Files: complete or absent, with a provenance that names no machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from figures.catalog import select_figures
from figures.figure import Canvas, Figure, FigureData, Level
from figures.pipeline.provenance import FORMAT, source_checksum
from figures.pipeline.result import read_results
from figures.pipeline.save import make_and_save
from figures.table import from_csv
from theory.errors import InvalidInputError

KINDS = ("pdf", "png", "csv", "provenance.json")


def _toy() -> Figure:
    data = FigureData({"x": np.array([0.1, 0.2]), "y": np.array([1.0, 3.0])}, {"seed": 7}, {"largest": 3.0})

    def compute(level: Level) -> FigureData:
        return data

    def draw(data: FigureData, canvas: Canvas) -> None:
        canvas.subplots().plot(data.columns["x"], data.columns["y"])

    (figure,) = select_figures(["crossover"])
    return replace(figure, compute=compute, draw=draw, caption=lambda d: "A line.", alternative_text=lambda d: "Up.")


def test_four_files_and_their_provenance(tmp_path: Path) -> None:
    figure = _toy()
    result = make_and_save(figure, tmp_path / "new" / "folder", level="quick")
    folder = tmp_path / "new" / "folder"
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"crossover.{kind}" for kind in KINDS)
    record = json.loads((folder / "crossover.provenance.json").read_text(encoding="utf-8"))
    assert record["format"] == FORMAT
    assert record["settings"] == {"seed": 7}
    assert record["facts"] == {"largest": 3.0}
    assert record["command"] == "flatscape figures crossover --level quick"
    assert record["versions"]["jax"]
    for name, checksum in record["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    assert set(record["files"]) == {f"crossover.{kind}" for kind in KINDS[:3]}
    columns = from_csv((folder / "crossover.csv").read_text(encoding="utf-8"))
    assert columns["x"].tolist() == [0.1, 0.2]
    assert read_results(folder, ["plateau", "crossover"]) == [result]


def test_no_path_and_no_machine_is_written_down(tmp_path: Path) -> None:
    import socket

    make_and_save(_toy(), tmp_path)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert str(tmp_path).encode() not in content
        assert str(Path.home()).encode() + b"/" not in content
        assert socket.gethostname().encode() not in content


def test_the_checksum_is_that_of_the_source() -> None:
    import figures.theorems.race

    expected = hashlib.sha256(Path(figures.theorems.race.__file__).read_bytes()).hexdigest()
    assert source_checksum("figures.theorems.race") == expected
    assert source_checksum("figures.no_such_module") is None


def test_a_drawing_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(data: FigureData, canvas: Canvas) -> None:
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError, match="no ink"):
        make_and_save(replace(_toy(), draw=broken), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_and_save(_toy(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sims.files.tempfile.mkstemp", full)
    with pytest.raises(InvalidInputError, match="No space left"):
        make_and_save(_toy(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="--out"):
        make_and_save(_toy(), tmp_path / "out")


def test_incomplete_or_foreign_results_are_left_out(tmp_path: Path) -> None:
    make_and_save(_toy(), tmp_path)
    (tmp_path / "race.provenance.json").write_text("[1, 2]", encoding="utf-8")
    (tmp_path / "plateau.provenance.json").write_text('{"figure": "plateau"}', encoding="utf-8")
    assert [result.id for result in read_results(tmp_path, ["plateau", "race", "crossover"])] == ["crossover"]
    (tmp_path / "crossover.png").unlink()
    assert read_results(tmp_path, ["crossover"]) == []
