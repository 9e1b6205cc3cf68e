"""Theorem 6's crossover: its bounds hold on every policy, and the better teacher changes once."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.notebook.crossover import SPLITS, crossover_table, draw_crossover, draw_policy, run_crossover
from theory.errors import InvalidInputError


@pytest.mark.parametrize("increase", [0.1, 0.3, 0.8])
def test_bounds_hold_on_every_policy(increase: float) -> None:
    found = run_crossover(3.0, increase)
    assert (found.lower <= found.sharper).all()
    assert (found.sharper <= found.time).all()
    assert (found.time <= found.upper).all()


def test_the_better_teacher_changes_once() -> None:
    found = run_crossover(1.0, 0.3)
    ahead = np.sign(found.time[0] - found.time[1])[:-1]
    assert np.count_nonzero(np.diff(ahead)) == 1


def test_the_policy_of_the_slider_is_among_the_others() -> None:
    found = run_crossover(float(SPLITS[7]), 0.3)
    assert found.time[:, -1] == pytest.approx(found.time[:, 7])
    assert found.sentence.startswith("The policy gives the two good outputs ")


def test_an_increase_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="increase"):
        run_crossover(1.0, -0.3)


def test_the_page() -> None:
    found = run_crossover(10.0, 0.3)
    assert "<svg" in draw_crossover(found)
    assert "have 0.182 and 0.0182" in draw_policy(found)
    assert crossover_table(found).count("<tr>") == 3
