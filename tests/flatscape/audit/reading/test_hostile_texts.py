"""Texts of any kind come back from every kind of file as they were written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flatscape.audit.files.account import Account
from flatscape.audit.files.columns import frame_of
from flatscape.audit.reading import read_scored

HOSTILE = (
    "a\nb",
    "a\r\nb",
    "\r",
    "lone\rCR",
    '"',
    'say ""no""',
    "nul\0nul",
    "😀👩‍👩‍👧",
    "a,b;c|d\te",
    " lead",
    "\u2028",
    "\ufeff",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))


def rows(texts: list[str]) -> list[tuple[str, str, float]]:
    return [("prompt\n" + texts[0], text, float(i)) for i, text in enumerate(texts)]


def write(folder: Path, suffix: str, texts: list[str]) -> Path:
    path = folder / f"x{suffix}"
    frame = pl.DataFrame(rows(texts), schema=["prompt", "completion", "rm"], orient="row")
    if suffix == ".parquet":
        frame.write_parquet(path)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in frame.to_dicts()), encoding="utf-8")
    elif suffix == ".json":
        path.write_text(json.dumps(frame.to_dicts(), ensure_ascii=False), encoding="utf-8", newline="")
    else:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerows([frame.columns, *frame.iter_rows()])
        path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".parquet"])
@given(texts=st.lists(TEXTS, min_size=2, max_size=6))
@example(texts=list(HOSTILE))
@example(texts=["", ""])
@example(texts=["[1, 2]", "[3, 4]"])
@example(texts=["[INST] a ]", "null"])
def test_hostile_texts_come_back(suffix: str, texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        table = read_scored(write(Path(folder), suffix, texts))
    assert table.frame["completion"].to_list() == texts
    assert table.frame["prompt"].to_list() == ["prompt\n" + texts[0]] * len(texts)
    assert table.frame["rm"].to_list() == [float(i) for i in range(len(texts))]


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e100, 1e100)), min_size=2, max_size=30).filter(
        lambda scores: sum(s is not None for s in scores) >= 2
    )
)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_scores_come_back_to_the_last_bit(suffix: str, scores: list[float | None]) -> None:
    frame = pl.DataFrame({"prompt": ["a"] * len(scores), "rm": scores}, schema_overrides={"rm": pl.Float64})
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        if suffix == ".parquet":
            frame.write_parquet(path)
        elif suffix == ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in frame.to_dicts()))
        else:
            path.write_text("prompt,rm\n" + "".join(f"a,{'' if s is None else repr(s)}\n" for s in scores))
        table = read_scored(path)
    assert table.frame["rm"].to_list() == scores


def test_halves_of_surrogate_pairs_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"prompt": "a", "completion": "\\ud800x", "rm": 1}\n{"prompt": "a", "completion": "y", "rm": 2}\n')
    assert read_scored(path).frame["completion"].to_list() == ["?x", "y"]


@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=3),
            st.recursive(
                st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
                max_leaves=5,
            ),
            max_size=4,
        ),
        max_size=5,
    )
)
def test_records_of_any_values_make_a_table(records: list[dict[str, object]]) -> None:
    frame = frame_of(records)
    assert frame.height == (len(records) if frame.width else 0)


def test_an_account_counts_reasons_apart() -> None:
    account = Account("x")
    for i in range(5):
        account.exclude("one", [{"i": i}])
    account.exclude("two", [{"i": 9}], 2, rows=False)
    assert [(e.reason, e.count, len(e.examples)) for e in account.exclusions] == [("one", 5, 3), ("two", 2, 1)]
    assert account.rows_dropped == 5
