"""Tables survive a round trip through CSV to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from figures.table import from_csv, stack_rows, to_csv


@given(st.lists(st.floats(allow_infinity=True, allow_nan=True), min_size=1, max_size=20))
def test_floats_read_back_exactly(numbers: list[float]) -> None:
    column = np.array(numbers)
    assert np.array_equal(np.asarray(from_csv(to_csv({"x": column}))["x"], dtype=float), column, equal_nan=True)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1), min_size=1, max_size=9))
def test_texts_read_back_exactly(texts: list[str]) -> None:
    texts = [f"a{text}a" for text in texts]  # a text that looks like a number is read as one
    columns = {"name": np.array(texts), "value": np.arange(len(texts))}
    back = from_csv(to_csv(columns))
    assert back["name"].tolist() == texts
    assert back["value"].dtype == np.int64


def test_blocks_of_rows_are_joined_and_filled_up() -> None:
    joined = stack_rows({"mark": "curve", "t": np.array([1.0, 2.0])}, {"t": 3.0, "label": "b"})
    assert joined["mark"].tolist() == ["curve", "curve", ""]
    assert joined["label"].tolist() == ["", "", "b"]
    assert joined["t"].tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(stack_rows({"a": 1.0}, {"b": 2.0})["b"][0])
