"""The exception of bad input."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from theory.errors import LONGEST, InvalidInputError, did_you_mean


def test_the_message_names_argument_value_and_remedy():
    error = InvalidInputError("gamma", -1, "It must be greater than zero.")
    assert str(error) == "gamma: got -1. It must be greater than zero."
    assert (error.argument, error.value, error.remedy) == ("gamma", -1, "It must be greater than zero.")
    assert isinstance(error, ValueError)


def test_the_error_comes_back_from_another_process_as_itself():
    error = pickle.loads(pickle.dumps(InvalidInputError("gamma", -1, "It must be greater than zero.")))
    assert str(error) == "gamma: got -1. It must be greater than zero."
    assert error.argument == "gamma"


def test_a_long_value_is_shown_from_both_ends():
    error = InvalidInputError("key", f"begin{'x' * 100_000}end", "Shorten it.")
    assert len(str(error)) < 400
    assert str(error).startswith("key: got beginxxx")
    assert str(error).endswith("xxxend. Shorten it.")


def test_a_value_of_the_longest_length_is_shown_whole():
    assert str(InvalidInputError("key", "x" * LONGEST, "Shorten it.")) == f"key: got {'x' * LONGEST}. Shorten it."
    assert "..." in str(InvalidInputError("key", "x" * (LONGEST + 1), "Shorten it."))


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("plato", {}, "Did you mean plateau? "),
        ("zzz", {}, ""),
        ("", {}, ""),
        ("pl", {}, ""),
        ("pl", {"likeness": 0.4}, "Did you mean plateau? "),
        ("fig12", {"most": 2}, "Did you mean fig2 or fig1? "),
        ("plateau" * 100_000, {}, ""),
    ],
)
def test_known_names_that_are_near_are_offered(name: str, options: dict[str, Any], expected: str):
    assert did_you_mean(name, iter(["plateau", "race", "fig1", "fig2"]), **options) == expected
