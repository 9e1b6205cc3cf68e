"""Dropped files: audited, or refused by one sentence that knows them by the name the person knows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from flatscape.notebook import dropped
from flatscape.notebook.answer import attempt

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
TABLE = b"prompt,rm,other,truth\na,1,0,1\na,0,0,0\nb,0.2,0.3,0\nb,0.9,0.9,1\n"


def test_a_table_is_audited() -> None:
    result = dropped.audit_dropped("scores.csv", TABLE)
    assert (
        dropped.heading("scores.csv", result) == "scores.csv: a flat table (2 reward models), 2 prompts, 4 completions"
    )
    assert "Ordered by" in dropped.verdicts(result)
    assert dropped.measures(result).count("<tr>") == 3
    assert dropped.largest_group(result) == 2
    assert "0.500" in dropped.wasted(result.policies[0], 2)


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("scores.csv", b""),
        ("", TABLE),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0"),
        ("model.pt", b"\x80\x04."),
        ("scores.csv", b"name,colour\na,red\nb,blue\n"),
        ("scores.parquet", b"PAR1 this is none"),
        ("scores.jsonl", b'{"prompt": "a", "rm": 1}\n'),
        ("scores.csv", b"\xff\xfe\x00\x01"),
    ],
)
def test_a_wrong_file_is_a_sentence(name: str, contents: bytes) -> None:
    sentence = attempt(dropped.audit_dropped, name, contents).sentence
    assert sentence is not None
    assert tempfile.gettempdir() not in sentence
    assert "paths_or_frames" not in sentence


@pytest.mark.parametrize("name", ["../../scores.csv", "/etc/scores.csv", "..\\..\\scores.csv"])
def test_a_name_leads_nowhere(name: str) -> None:
    assert dropped.audit_dropped(name, TABLE).scored.frame.height == 4


def test_examples_are_there() -> None:
    for title in dropped.EXAMPLES:
        name, contents = dropped.example(NOTEBOOKS, title)
        assert contents, name


def test_without_the_examples_a_sentence(tmp_path: Path) -> None:
    sentence = attempt(dropped.example, tmp_path / "notebooks", next(iter(dropped.EXAMPLES))).sentence
    assert sentence is not None
    assert "drop a file of your own" in sentence


def test_hostile_names_are_escaped() -> None:
    table = TABLE.replace(b"other", b"<script>x</script>")
    result = dropped.audit_dropped("scores.csv", table)
    shown = f"{dropped.measures(result)}{dropped.verdicts(result)}{dropped.wasted(result.policies[0], 2)}"
    assert "<script" not in shown
