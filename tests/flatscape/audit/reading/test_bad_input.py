"""Bad input is one clear error that names the argument, the value and the remedy, or an exclusion that is counted."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flatscape.audit.files import json_records, streams
from flatscape.audit.reading import read_scored
from tests.flatscape.audit.reading.written_files import flat, write_lines
from theory.errors import InvalidInputError

GOOD = '{"prompt": "a", "completion": "x", "rm": 1}\n{"prompt": "a", "completion": "y", "rm": 0}\n'


def lines(text: str | bytes, name: str = "x.jsonl") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return folder / name

    return write


def truncated_parquet(folder: Path) -> Path:
    flat().write_parquet(folder / "x.parquet")
    content = (folder / "x.parquet").read_bytes()
    (folder / "x.parquet").write_bytes(content[:-30])
    return folder / "x.parquet"


def damaged_parquet(folder: Path) -> Path:
    """Its footer is whole, its pages are not."""
    pl.concat([flat()] * 1000).write_parquet(folder / "x.parquet")
    content = bytearray((folder / "x.parquet").read_bytes())
    content[4:200] = b"\xff" * 196
    (folder / "x.parquet").write_bytes(content)
    return folder / "x.parquet"


def truncated_gzip(folder: Path) -> Path:
    (folder / "x.jsonl.gz").write_bytes(gzip.compress(GOOD.encode() * 100)[:-20])
    return folder / "x.jsonl.gz"


def truncated_zstd(folder: Path) -> Path:
    import zstandard

    (folder / "x.jsonl.zst").write_bytes(zstandard.compress(GOOD.encode())[:-4])
    return folder / "x.jsonl.zst"


def different_schemas(folder: Path) -> Path:
    flat().write_csv(folder / "1.csv")
    flat().rename({"rm_b": "rm_c"}).write_csv(folder / "2.csv")
    return folder


def different_formats(folder: Path) -> Path:
    write_lines(folder / "1.jsonl", flat().to_dicts())
    write_lines(folder / "2.jsonl", [{"example_id": 1, "reward": 1.0}])
    return folder


def different_kinds(folder: Path) -> Path:
    flat().write_csv(folder / "1.csv")
    flat().write_parquet(folder / "2.parquet")
    return folder


def only_pickles(folder: Path) -> Path:
    (folder / "scores.pt").write_bytes(b"x")
    return folder


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    (folder / "empty" / "README.md").write_text("x")
    return folder / "empty"


def pickled(name: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(pickle.dumps({"prompt": ["a"]}))
        return folder / name

    return write


DEEP = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}\n"

BAD: list[tuple[str, Callable[[Path], Any], str]] = [
    ("no such file", lambda folder: folder / "none.csv", "no such file"),
    ("no match", lambda folder: str(folder / "*.csv"), "No file matches"),
    ("an empty name", lambda folder: "", "Name a file"),
    ("a NUL in a name", lambda folder: "a\0b", "Name a file"),
    ("an empty folder", empty_folder, "holds no file that is read"),
    ("a folder of pickles", only_pickles, "may run any code"),
    ("several kinds", different_kinds, "several kinds"),
    ("a .pt", pickled("x.pt"), "may run any code"),
    ("a .pkl", pickled("x.pkl"), "may run any code"),
    ("a .bin", pickled("x.bin"), "may run any code"),
    ("a pickle in disguise", pickled("x.jsonl"), "may run any code"),
    ("a pickle of no kind", pickled("x.data"), "may run any code"),
    ("an unknown kind", lines("prompt\n", "x.docx"), "no kind that is read"),
    ("an empty csv", lines("", "x.csv"), "is empty"),
    ("an empty jsonl", lines(""), "is empty"),
    ("blank lines", lines("\n\n \n"), "empty"),
    ("an empty parquet", lambda f: (pl.DataFrame().write_parquet(f / "x.parquet"), f / "x.parquet")[1], "no columns"),
    ("a csv of names only", lines("prompt,rm\n", "x.csv"), "no rows"),
    ("names twice", lines("prompt,rm,rm\na,1,2\n", "x.csv"), "'rm'"),
    ("a key twice", lines('{"prompt": "a", "rm": 1, "rm": 2}\n'), "'rm' twice"),
    ("more fields than names", lines("prompt,rm\na,1,2\n", "x.csv"), "more fields"),
    ("an open quote", lines('prompt,rm\na,"1\nb,2\n', "x.csv"), "cannot be read"),
    ("lone carriage returns", lines("prompt,rm\ra,1\ra,2\r", "x.csv"), "carriage return"),
    ("a csv of Latin-1", lines("prompt,rm\né,1\né,2\n".encode("latin-1"), "x.csv"), "not UTF-8"),
    ("a csv of UTF-16", lines("prompt,rm\na,1\n".encode("utf-16"), "x.csv"), "not UTF-8"),
    ("a jsonl of Latin-1", lines('{"prompt": "é"}\n'.encode("latin-1")), "not UTF-8"),
    ("deep JSON", lines(DEEP), "nested too deeply"),
    ("deep JSON in one value", lines(DEEP, "x.json"), "nested too deeply"),
    ("no JSON", lines("hello\nworld\n"), "no JSON objects"),
    ("no JSON in one value", lines("[1, 2", "x.json"), "not JSON"),
    ("a list of numbers", lines("[1, 2]", "x.json"), "no records"),
    ("a truncated parquet", truncated_parquet, "cut off or damaged"),
    ("a damaged parquet", damaged_parquet, "cut off or damaged"),
    ("a truncated gzip", truncated_gzip, "cannot be unpacked"),
    ("a truncated zstd", truncated_zstd, "cannot be unpacked"),
    ("different schemas", different_schemas, "rm_b, rm_c"),
    ("different formats", different_formats, "different formats"),
    ("no scores", lambda _: {"prompt": ["a", "a"], "completion": ["x", "y"]}, "without a column of scores"),
    ("no prompt", lambda _: {"rm": [1.0, 2.0]}, "belong together"),
    ("one row", lambda _: {"prompt": ["a"], "rm": [1.0]}, "one scored completion in each group"),
    ("one completion a prompt", lambda _: {"prompt": ["a", "b"], "rm": [1.0, 2.0]}, "one scored completion"),
    ("one scored completion a prompt", lambda _: {"prompt": ["a", "a"], "rm": [1.0, None]}, "one scored completion"),
    ("nothing scored", lambda _: {"prompt": ["a", "a"], "score": [None, None]}, "without a column of scores"),
    ("only infinite scores", lambda _: {"prompt": ["a", "a"], "rm": [float("inf")] * 2}, "no score in any row"),
    ("columns of two lengths", lambda _: {"prompt": ["a", "a"], "rm": [1.0]}, "one length"),
    ("a column that is a text", lambda _: {"prompt": "aa", "rm": [1.0, 2.0]}, "list of values"),
    ("an empty list", lambda _: [], "at least one file or frame"),
    ("an empty mapping", lambda _: {}, "no rows"),
    ("a number", lambda _: 5, "a int"),
]


@pytest.mark.parametrize(("make", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_one_clear_error(make: Callable[[Path], Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_scored(make(tmp_path))
    assert said in str(caught.value)
    assert caught.value.remedy.endswith(".")


def test_the_content_of_a_bad_pickle_is_not_run(tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    (tmp_path / "x.jsonl").write_bytes(pickle.dumps(Runs()))
    with pytest.raises(InvalidInputError):
        read_scored(tmp_path / "x.jsonl")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"format": "vrel"}, "verl"),
        ({"rewards": ["rm_aa"]}, "Did you mean 'rm_a'"),
        ({"rewards": []}, "Name columns"),
        ({"rewards": "rm_a,rm_a"}, "twice"),
        ({"truth": "gold"}, "'gold'"),
        ({"rewards": "rm_a", "truth": "rm_a"}, "one of both"),
        ({"mapping": {"promt": "prompt"}}, "Did you mean prompt"),
        ({"mapping": {"prompt": ""}}, "Name a column"),
        ({"mapping": {"prompt": "question"}}, "'question'"),
        ({"mapping": {"reward": "rm_a"}, "rewards": "rm_b"}, "one of both"),
        ({"mapping": {"group_size": 1}}, "at least 2"),
        ({"mapping": {"group_size": "two"}}, "at least 2"),
        ({"mapping": {"score": "rm_a"}}, "reward_model=COLUMN"),
        ({"rewards": ["completion"]}, "are roles"),
        ({"format": "verl"}, "without uid"),
    ],
)
def test_bad_arguments_are_one_clear_error(keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_scored(flat(), **keywords)
    assert said in str(caught.value)


def test_a_huge_line_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_records, "LONGEST_LINE", 1000)
    with pytest.raises(InvalidInputError, match="line 3 has more than 1000 bytes"):
        read_scored(lines(GOOD + json.dumps({"prompt": "a" * 2000}))(tmp_path))


def test_what_unpacks_to_too_much_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGEST", 1000)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"prompt,rm\n" + b"a,1\n" * 1000))
    with pytest.raises(InvalidInputError, match="more than 1000 bytes"):
        read_scored(tmp_path / "x.csv.gz")


EXCLUDED: list[tuple[str, Callable[[Path], Any], str, int, int]] = [
    ("an infinite score", lambda _: {"prompt": ["a"] * 3, "rm": [1.0, float("inf"), 0.0]}, "infinite", 1, 3),
    ("a score of 1e308", lambda _: {"prompt": ["a"] * 3, "rm": [1.0, 1e308, 0.0]}, "beyond", 1, 3),
    ("a text for a score", lambda _: {"prompt": ["a"] * 3, "rm": [1.0, "bad", 0.0]}, "not a number", 1, 3),
    ("a row without a prompt", lambda _: {"prompt": ["a", "a", None], "rm": [1.0, 2.0, 3.0]}, "key of its group", 1, 2),
    ("a line that is not JSON", lines(GOOD[:44] + "oops\n" + GOOD), "not JSON", 1, 3),
    ("a line that is a list", lines(GOOD + "[1]\n"), "no JSON object", 1, 2),
    ("a row that is cut off", lines("prompt,rm,x\na,1,1\na,2,1\na", "x.csv"), "cut off", 1, 2),
    ("a cut-off line", lines(GOOD + '{"prompt": "a", "comp'), "cut off", 1, 2),
    (
        "an identifier twice",
        lambda _: {"prompt": ["a"] * 4, "completion_id": [1, 2, 3, 3], "rm": [1.0, 2.0, 3.0, 3.0]},
        "identifier",
        1,
        3,
    ),
    (
        "an id twice in a wide table",
        lambda _: [{"id": i, "completion": ["x", "y"], "rm": [1.0, 0.0]} for i in (1, 2, 2)],
        "id that an earlier row has",
        1,
        4,
    ),
    (
        "lists of different lengths",
        lambda _: [
            {"prompt": "a", "completion": ["x", "y"], "rm": [1.0, 0.0]},
            {"prompt": "b", "completion": ["x", "y"], "rm": [1.0]},
        ],
        "different lengths",
        1,
        2,
    ),
]


@pytest.mark.parametrize(
    ("make", "reason", "count", "left"), [case[1:] for case in EXCLUDED], ids=[case[0] for case in EXCLUDED]
)
def test_what_cannot_be_used_is_counted_listed_and_refused_if_strict(
    make: Callable[[Path], Any], reason: str, count: int, left: int, tmp_path: Path
) -> None:
    table = read_scored(make(tmp_path))
    (exclusion,) = [e for e in table.exclusions if reason in e.reason]
    assert exclusion.count == count
    assert len(exclusion.examples) == min(count, 3)
    assert table.frame.height == left
    dropped_scores = "unscored" in exclusion.reason
    assert table.rows_read == left + (0 if dropped_scores else count)
    with pytest.raises(InvalidInputError) as caught:
        read_scored(make(tmp_path), strict=True)
    assert reason in str(caught.value)


def test_an_example_is_short() -> None:
    table = read_scored({"prompt": ["a" * 5000] * 3, "rm": [1.0, float("inf"), 0.0]})
    assert len(str(table.exclusions[0].examples[0]["prompt"])) < 300


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    for name, text in {"x.csv": "prompt,rm\na,1\na,2\n", "x.jsonl": GOOD}.items():
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        table = read_scored(tmp_path / name)
        assert table.frame["prompt"].to_list() == ["a", "a"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = lines(GOOD)(tmp_path)
    table = read_scored([path, tmp_path / "*.jsonl"])
    assert table.frame.height == 2
    assert any("twice" in warning for warning in table.warnings)


def test_constant_rewards_and_one_reward_model_are_told_and_read() -> None:
    table = read_scored({"prompt": ["a", "a"], "rm": [1.0, 1.0]})
    assert any("all scores are 1" in warning for warning in table.warnings)


def test_a_truth_with_missing_values_is_told_and_read() -> None:
    table = read_scored({"prompt": ["a", "a"], "rm": [1.0, 2.0], "truth": [1.0, None]})
    assert table.frame["truth"].to_list() == [1.0, None]
    assert any("truth: 1 of 2" in warning for warning in table.warnings)


def test_numbers_that_no_float_holds_are_infinite(tmp_path: Path) -> None:
    path = lines(GOOD + '{"prompt": "a", "completion": "z", "rm": 1' + "0" * 400 + "}\n")(tmp_path)
    table = read_scored(path)
    assert table.frame["rm"].to_list() == [1.0, 0.0, None]
    assert "infinite" in table.exclusions[0].reason
