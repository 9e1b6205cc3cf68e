"""Arguments of `flatscape audit`."""

from __future__ import annotations

import re

import pytest

from flatscape.audit.reading.overrides import KEYS
from flatscape.input.scored_files import as_options, listed_numbers, listed_sizes, split_arguments
from theory.errors import InvalidInputError


def test_roles_may_follow_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths, roles = split_arguments(["a.csv", "reward=x,y", "dir", "truth=t"], ["prompt=my question"], KEYS)
    assert paths == ["a.csv", "dir"]
    assert roles == {"prompt": "my question", "reward": "x,y", "truth": "t"}
    # A file of that name is a file, and so is what names no role.
    (tmp_path / "reward=x").write_text("")
    assert split_arguments(["reward=x", "colour=red"], [], KEYS) == (["reward=x", "colour=red"], {})


@pytest.mark.parametrize(
    ("arguments", "maps", "message"),
    [
        (["a"], ["prompt"], "Write ROLE=COLUMN"),
        (["a"], ["prompt="], "Write ROLE=COLUMN"),
        (["a", "prompt=x"], ["prompt=y"], "each role once"),
        (["prompt=x"], [], "at least one file"),
    ],
)
def test_what_is_refused(arguments, maps, message):
    with pytest.raises(InvalidInputError, match=message):
        split_arguments(arguments, maps, KEYS)


def test_lists_of_numbers():
    assert listed_numbers("--gain", "0.05,1e-3") == (0.05, 0.001)
    assert listed_sizes("--group-sizes", "2, 8") == (2, 8)
    for text in ("", "2,", "a", "2;3"):
        with pytest.raises(InvalidInputError, match="--gain"):
            listed_numbers("--gain", text)
    for text in ("2.5", "nan", "inf"):
        with pytest.raises(InvalidInputError, match="whole numbers"):
            listed_sizes("--group-sizes", text)


@pytest.mark.parametrize(
    ("argument", "remedy", "said"),
    [
        ("truth", "Name it.", "--truth: got x. Name it."),
        ("paths_or_frames", "Read it without strict=True.", "PATH: got x. Read it without --strict."),
        ("mapping", 'As mapping={"group": "COLUMN"} or {"prompt": "COLUMN"}.', "--map group=COLUMN or prompt=COLUMN."),
        ("rewards", 'Name them: rewards=("COLUMN", ...).', "Name them: --rewards COLUMN,COLUMN."),
    ],
)
def test_errors_name_the_options_of_the_command(argument, remedy, said):
    with pytest.raises(InvalidInputError, match=re.escape(said)), as_options():
        raise InvalidInputError(argument, "x", remedy)
