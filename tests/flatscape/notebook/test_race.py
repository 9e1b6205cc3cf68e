"""Races of teachers with chosen accuracies: who wins, and that Theorem 5's bounds hold on both."""

from __future__ import annotations

import pytest

from flatscape.notebook.race import run_race
from flatscape.notebook.race_view import draw_race, draw_rewards, race_table
from theory.errors import InvalidInputError


@pytest.mark.parametrize(("slow", "fast"), [(1.0, 0.2), (0.6, 0.6), (0.0, 1.0)])
def test_accuracies_are_as_wanted_and_bounds_hold(slow: float, fast: float) -> None:
    race = run_race(slow_accuracy=slow, fast_accuracy=fast, inverse_range=1e3, increase=0.3)
    assert race.slow.accuracy == pytest.approx(slow, abs=1 / 240)
    assert race.fast.accuracy == pytest.approx(fast, abs=1 / 240)
    for course in (race.slow, race.fast):
        assert course.applying
        for bound in course.applying:
            if course.hitting_time is None:
                # Nothing can be an upper bound of what is infinite.
                assert bound.direction.value == "lower"
            else:
                assert bound.ratio is not None
                assert (bound.ratio >= 1) == (bound.direction.value == "lower")


def test_the_accurate_one_loses_if_its_range_is_narrow() -> None:
    race = run_race(slow_accuracy=1.0, fast_accuracy=0.2, inverse_range=1e3, increase=0.3)
    assert race.loses
    assert "the less accurate one" in race.sentence
    assert "the larger one" in race.sentence


def test_the_narrow_one_may_win() -> None:
    race = run_race(slow_accuracy=1.0, fast_accuracy=0.2, inverse_range=1.0, increase=0.3)
    assert race.sentence.startswith("The narrow" if not race.loses else "The contrasting")


def test_an_increase_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="smaller increase"):
        run_race(slow_accuracy=1.0, fast_accuracy=0.2, inverse_range=1e3, increase=1.9)


def test_the_page() -> None:
    race = run_race(slow_accuracy=1.0, fast_accuracy=0.2, inverse_range=1e3, increase=0.3)
    assert "<svg" in draw_race(race)
    assert "<svg" in draw_rewards(race)
    assert race_table(race).count("<tr>") == 3
