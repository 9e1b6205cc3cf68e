"""Answers: a value or one sentence, never a traceback for bad input."""

from __future__ import annotations

import errno

import pytest

from flatscape.notebook.answer import attempt
from theory.errors import InvalidInputError


def refuse() -> None:
    raise InvalidInputError("gamma", -1, "Give a positive number.")


def unreadable() -> None:
    raise OSError(errno.EROFS, "Read-only file system", "scores.csv")


def test_a_value_is_found() -> None:
    answer = attempt(max, 1, 2)
    assert (answer.found, answer.sentence) == (2, None)


def test_bad_input_is_a_sentence() -> None:
    answer = attempt(refuse)
    assert answer.sentence == "gamma: got -1. Give a positive number."
    with pytest.raises(ValueError, match="gamma"):
        _ = answer.found


def test_a_file_that_fails_is_a_sentence() -> None:
    sentence = attempt(unreadable).sentence
    assert sentence is not None
    assert sentence.startswith("scores.csv: Read-only file system.")


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        attempt(lambda: 1 / 0)
