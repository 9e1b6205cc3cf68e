"""Figures under other settings: what is changed is computed with, said, and repeated by the command."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from figures.catalog import MODULES, select_figures
from figures.changing import changed_figure, parse_changes
from figures.drawing.style import DOTS_PER_INCH, NOTE_HEIGHT
from figures.figure import Canvas, FigureData
from figures.paper.experiment.settings import MAIN
from figures.pipeline.save import render, save
from figures.table import stack_rows
from flatscape.commands.figures import draw_changed
from theory.errors import InvalidInputError


def test_every_figure_and_table_of_the_experiments_can_be_changed() -> None:
    with_setting = [figure.id for figure in select_figures() if figure.setting is not None]
    assert with_setting == [
        id for id, module in MODULES.items() if module.startswith("figures.paper.") and id != "fig1"
    ]


def test_the_setting_is_the_old_one_but_for_what_is_changed() -> None:
    figure = changed_figure("fig2", {"kl_coefficient": "0.2", "samples": 4, "optimizer": "sgd"})
    assert figure.setting == replace(MAIN, kl_coefficient=0.2, samples=4, optimizer="sgd")
    assert figure.title.endswith("(kl_coefficient = 0.2, samples = 4, optimizer = sgd)")
    assert "Changed: kl_coefficient = 0.2, samples = 4, optimizer = sgd; it was kl_coefficient = 0.05" in (
        figure.corresponds_to
    )
    assert (figure.id, figure.module) == ("fig2", MODULES["fig2"])
    assert figure.note == (
        "Changed: kl_coefficient = 0.2, samples = 4, optimizer = sgd "
        f"(was {MAIN.kl_coefficient}, {MAIN.samples}, {MAIN.optimizer})"
    )


def test_the_numbers_are_those_of_the_changed_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from figures.paper.builders import teacher_curves

    asked = []

    def curves(setting, level):
        asked.append((setting.kl_coefficient, level))
        return FigureData(stack_rows({"x": 1.0}), {})

    monkeypatch.setattr(teacher_curves, "curves", curves)
    changed_figure("fig2", {"kl_coefficient": 0.2}).make("smoke")
    (figure,) = select_figures(["fig2"])
    figure.make("smoke")
    assert asked == [(0.2, "smoke"), (0.05, "smoke")]


def test_the_picture_says_what_was_changed_below_all_else() -> None:
    plain = select_figures(["fig2"])[0]
    sizes = {}

    def draw(data: FigureData, canvas: Canvas) -> None:
        canvas.subplots().set_xlabel("a label at the bottom")

    for figure in (plain, changed_figure("fig2", {"samples": "4"})):
        drawn = replace(figure, draw=draw)
        png = render(drawn, FigureData(stack_rows({"x": 1.0}), {}))["png"]
        sizes[figure.note] = plt.imread(io.BytesIO(png), "png")
    without, noted = sizes.values()
    height = round(NOTE_HEIGHT * DOTS_PER_INCH)
    assert abs(noted.shape[0] - without.shape[0] - height) <= 1
    # The note is ink, below a row without any.
    assert (noted[-height:, :, :3] < 0.9).any()
    assert not noted[-height, :, :3].min() < 0.9


def test_its_provenance_has_the_command_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = changed_figure("fig2", {"kl_coefficient": "0.2", "samples": "4"})
    drawn = replace(figure, draw=lambda data, canvas: None, caption=lambda data: "", alternative_text=lambda data: "")
    data = FigureData(stack_rows({"x": 1.0}), {})
    result = save(drawn, data, tmp_path, level="quick", seconds=0.0)
    assert result.command == "flatscape figures fig2 --level quick --set kl_coefficient=0.2 --set samples=4"
    record = json.loads((tmp_path / "fig2.provenance.json").read_text("utf-8"))
    assert record["title"] == figure.title


@pytest.mark.parametrize(
    ("id", "changes", "said"),
    [
        ("fig22", {"kl_coefficient": "0.2"}, "Known figures"),
        ("fig1", {"kl_coefficient": "0.2"}, "these have: fig2, "),
        ("plateau", {"kl_coefficient": "0.2"}, "no setting to change"),
        ("fig2", {"kl": "0.2"}, "kl_coefficient"),
        ("fig2", {"name": "mine"}, "Known: prompts"),
        ("fig2", {"kl_coefficient": "much"}, "Give a number, such as 0.05"),
        ("fig2", {"kl_coefficient": "nan"}, "kl_coefficient"),
        ("fig2", {"kl_coefficient": "-1"}, "at least zero"),
        ("fig2", {"samples": "2.5"}, "Give a whole number"),
        ("fig2", {"optimizer": "lion"}, "adam, sgd"),
    ],
)
def test_what_cannot_be_is_refused(id: str, changes: dict, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        changed_figure(id, changes)


@pytest.mark.parametrize(
    ("texts", "said"), [(["x"], "NAME=VALUE"), (["=1"], "NAME=VALUE"), (["x="], "NAME=VALUE"), (["x=1", "x=2"], "once")]
)
def test_a_change_of_another_form_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        parse_changes(texts)


def test_the_command_asks_for_a_figure_and_makes_no_folder_for_what_is_refused(tmp_path: Path) -> None:
    assert parse_changes(["kl_coefficient = 0.2", "optimizer=sgd"]) == {"kl_coefficient": "0.2", "optimizer": "sgd"}
    with pytest.raises(InvalidInputError, match="Name the figures"):
        draw_changed([], tmp_path / "out", ["kl_coefficient=0.2"], size="quick")
    with pytest.raises(InvalidInputError, match="no setting"):
        draw_changed(["plateau"], tmp_path / "out", ["kl_coefficient=0.2"], size="quick")
    assert not (tmp_path / "out").exists()
