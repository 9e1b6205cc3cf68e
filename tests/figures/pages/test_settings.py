"""Settings of figures in words: short, and complete where they are short."""

from __future__ import annotations

import pytest

from figures.pages.settings import LONGEST, settings_in_words


def test_groups_are_told_by_their_name() -> None:
    settings = {"seed": 3, "sizes": {"repetitions": 20, "evaluation_samples": 1000}, "kl_coefficient": 0.05}
    assert settings_in_words(settings) == [
        ("seed", "3"),
        ("sizes: repetitions", "20"),
        ("sizes: evaluation samples", "1,000"),
        ("kl coefficient", "0.05"),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "none"),
        (1e-6, "1e-06"),
        (1 / 3, "0.333333"),
        ("adam", "adam"),
        ([1, 2], "1, 2"),
        ([], ""),
        ([0.5] * 40, "40 values, from 0.5"),
        ([[1, 2], [3, 4]], "1, 2, 3, 4"),
    ],
)
def test_values(value: object, shown: str) -> None:
    assert settings_in_words({"x": value}) == [("x", shown)]


def test_long_groups_within_groups_are_told_by_their_names() -> None:
    settings = {"effects": {"flat": {"a": 1}, "long": {f"name {k}": "text" for k in range(20)}}}
    ((_, first), (_, second)) = settings_in_words(settings)
    assert first == "a: 1"
    assert second.startswith("name 0, name 1")


def test_what_is_long_is_cut() -> None:
    ((_, shown),) = settings_in_words({"x": [[0.123456] * 30] * 30})
    assert len(shown) < 2 * LONGEST
