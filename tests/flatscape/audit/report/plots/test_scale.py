"""Scales hold their values, and ticks lie within them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatscape.audit.report.plots.kinds import Axis, ScaleKind
from flatscape.audit.report.plots.scale import scale

NUMBERS = st.floats(1e-12, 1e12)


@pytest.mark.parametrize("kind", ["linear", "log", "log from zero"])
@given(values=st.lists(NUMBERS, min_size=1, max_size=6))
def test_values_keep_their_order_between_the_ends(kind: ScaleKind, values: list[float]) -> None:
    made = scale(Axis("", "", kind), values, 10.0, 110.0)
    places = [made.place(v) for v in sorted(values)]
    assert places == sorted(places)
    assert 10.0 <= places[0] <= places[-1] <= 110.0
    assert made.ticks
    assert all(made.low - 1e-9 * abs(made.low) <= t <= made.high * (1 + 1e-9) for t in made.ticks)
    assert len(made.ticks) <= 10


def test_ticks_of_a_logarithm_are_at_equal_distances() -> None:
    assert scale(Axis("", "", "log"), [3e-4, 1.9], 0.0, 1.0).ticks == (0.001, 0.01, 0.1, 1.0)
    assert scale(Axis("", "", "log"), [1e-9, 1.0], 0.0, 1.0).ticks == (1e-9, 1e-6, 1e-3, 1.0)
    assert scale(Axis("", "", "log"), [4e-4, 0.04], 0.0, 1.0).ticks == (1e-3, 3e-3, 0.01, 0.03)


def test_a_tick_beyond_the_values_is_left_out() -> None:
    assert scale(Axis("", "", "log", ticks=(2.0, 4.0, 8.0, 16.0)), [2.0, 8.0], 0.0, 1.0).ticks == (2.0, 4.0, 8.0)


def test_what_is_not_positive_stands_at_the_start_of_a_logarithm() -> None:
    made = scale(Axis("", "", "log"), [0.0, 0.1, 1.0], 0.0, 1.0)
    assert made.place(0.0) == made.place(-1.0) == 0.0 < made.place(0.1)


def test_a_logarithm_from_zero_starts_there() -> None:
    made = scale(Axis("", "", "log from zero", least=0.0), [0.0, 0.1, 10.0], 0.0, 1.0)
    assert (made.place(0.0), made.place(10.0)) == (0.0, 1.0)
    assert 0.1 < made.place(0.1) < 0.2
    assert made.ticks == (0.0, 0.1, 1.0, 10.0)


@pytest.mark.parametrize("values", [[], [0.0], [3.0, 3.0]])
def test_hardly_any_values_have_a_scale_too(values: list[float]) -> None:
    for kind in ("linear", "log", "log from zero"):
        made = scale(Axis("", "", kind, least=0.0), values, 0.0, 1.0)
        assert made.low < made.high
