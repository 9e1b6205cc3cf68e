"""Times that are not reached are told as such, never as unknown numbers."""

from __future__ import annotations

import pytest

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.tables.kinds import Cell
from flatscape.audit.report.tables.teaching import matrix_table, time_cell

A = Model(1, "a")


@pytest.mark.parametrize(
    ("time", "interval", "cell"),
    [
        (2.0, [1.5, 2.5], Cell("2.0", "1.5 to 2.5", 2.0)),
        (2.0, [1.5, None], Cell("2", "1.5 to not reached", 2.0)),
        (None, [9.0, None], Cell("not reached", "9 to not reached")),
        (None, [None, None], Cell("not reached")),
        (2.0, None, Cell("2", sort=2.0)),
    ],
)
def test_a_time_of_a_gain(time: float | None, interval: list[float | None] | None, cell: Cell) -> None:
    assert time_cell({"gain": 0.1, "time": {"a": time}, "interval": {"a": interval}}, A) == cell


def test_a_model_without_a_time_is_not_known() -> None:
    assert time_cell({"time": {}}, A) == Cell("–")


def test_teachers_are_rows_and_judges_are_columns() -> None:
    models = [A, Model(2, "b")]
    matrix = {"taught": ["a", "b"], "judged": ["a", "b"], "gain": [[1.0, 2.0], [3.0, None]]}
    table = matrix_table({"teaching": {"matrix": matrix}}, models, "p")
    assert table is not None
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["1", "2"], ["3", "–"]]
    assert [heading.text for heading in table.headings] == ["a", "b"]
