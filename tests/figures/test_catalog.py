"""The register of figures."""

from __future__ import annotations

import pytest

from figures.catalog import MODULES, select_figures
from theory.errors import InvalidInputError


def test_every_figure_is_registered_under_its_own_id_and_documented() -> None:
    figures = select_figures()
    assert [figure.id for figure in figures] == list(MODULES)
    for figure in figures:
        assert figure.module == MODULES[figure.id]
        assert len(figure.title) > 20
        assert len(figure.corresponds_to) > 40


def test_selection_keeps_the_order_of_the_register() -> None:
    first, *_, last = MODULES
    assert [figure.id for figure in select_figures([last, first])] == [first, last]


def test_an_unknown_id_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="platau") as caught:
        select_figures(["platau"])
    assert all(id in str(caught.value) for id in MODULES)
