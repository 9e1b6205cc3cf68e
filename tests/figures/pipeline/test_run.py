"""Runs of several figures: what an interruption leaves is used again, and never for anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figures.figure import Canvas, Figure, FigureData
from figures.pipeline import run
from figures.pipeline.resume import (
    data_from_bytes,
    data_to_bytes,
    forget,
    keep_arrays,
    kept_arrays,
    kept_numbers,
    name_of,
)
from figures.pipeline.run import figure_task, make_all
from theory.errors import InvalidInputError


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path / "cache"))


def _line(data: FigureData, canvas: Canvas) -> None:
    canvas.subplots().plot(data.columns["x"])


def _toy(calls: list[str], broken: bool = False) -> Figure:
    def compute(level: str) -> FigureData:
        calls.append(level)
        if broken:
            raise RuntimeError("interrupted")
        return FigureData({"x": np.array([0.1, 0.2])}, {"seed": 1}, {"largest": 0.2})

    return Figure(
        id="toy",
        module="figures.figure",
        title="A toy with a title",
        corresponds_to="nothing at all",
        compute=compute,
        draw=_line,
        caption=lambda data: f"{data.facts['largest']:g}",
        alternative_text=lambda data: "a line",
    )


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    figures = {"good": _toy(calls), "bad": _toy(calls, broken=True)}
    monkeypatch.setattr(run, "select_figures", lambda ids: [figures[id] for id in ids])
    figure_task(tmp_path / "out", "smoke")("good")
    with pytest.raises(RuntimeError, match="interrupted"):
        figure_task(tmp_path / "out", "smoke")("bad")
    first = (tmp_path / "out" / "toy.csv").read_bytes()
    figure_task(tmp_path / "out", "smoke")("good")
    assert calls == ["smoke", "smoke"], "the finished one is not computed again, the broken one never finished"
    assert (tmp_path / "out" / "toy.csv").read_bytes() == first
    figure_task(tmp_path / "out", "quick")("good")
    assert calls[-1] == "quick", "another level is another result"
    forget()
    figure_task(tmp_path / "out", "quick")("good")
    assert calls[-2:] == ["quick", "quick"]


def test_kept_numbers_come_back_to_the_last_bit() -> None:
    data = FigureData({"x": np.array([0.1, np.nan, 1e-300]), "name": np.array(["a", "", "c"])}, {"s": [1]}, {"f": 0.1})
    back = data_from_bytes(data_to_bytes(data))
    np.testing.assert_array_equal(back.columns["x"], data.columns["x"])
    np.testing.assert_array_equal(back.columns["name"], data.columns["name"])
    assert (back.settings, back.facts) == (data.settings, data.facts)
    arrays = {"a": np.array([np.pi]), "b": np.arange(6.0).reshape(2, 3)}
    keep_arrays("two", arrays)
    kept = kept_arrays("two")
    assert kept is not None
    for name, values in arrays.items():
        np.testing.assert_array_equal(kept[name], values)


def test_what_is_damaged_or_missing_is_computed_again(tmp_path: Path) -> None:
    keep_arrays("one", {"a": np.ones(3)})
    task = figure_task(tmp_path, "smoke")
    file = task.place.folder / task._file_name("two")
    kept_numbers().keep(file.name, data_to_bytes(FigureData({"x": np.ones(1)}, {})))
    assert task.kept("two") is not None
    for path in kept_numbers().folder.iterdir():
        path.write_bytes(path.read_bytes()[:20])
    assert kept_arrays("one") is None
    assert task.kept("two") is None
    assert kept_arrays("three") is None


def test_names_tell_settings_apart() -> None:
    names = {name_of("4.1", {"mean": 1.6}, number) for number in range(3)}
    names |= {name_of("4.1", {"mean": 1.7}, 0), name_of("4.2", {"mean": 1.6}, 0)}
    assert len(names) == 5


def test_no_pickle_is_read(tmp_path: Path) -> None:
    kept_numbers().folder.mkdir(parents=True)
    np.savez(kept_numbers().folder / "evil.npz", a=np.array([{"x": 1}], dtype=object))
    assert kept_arrays("evil") is None


def test_figures_are_made_in_processes_and_an_error_comes_back_as_itself(tmp_path: Path) -> None:
    told: list[float] = []
    make_all(
        ["published-correlations", "published-arithmetic"],
        tmp_path,
        level="smoke",
        workers=2,
        progress=lambda what, done: told.append(done),
    )
    assert told[-1] == 1
    assert (tmp_path / "published-arithmetic.png").is_file()
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InvalidInputError, match="--out"):
        make_all(["published-correlations", "published-arithmetic"], tmp_path / "file", level="smoke", workers=2)
