"""Checkpoints: complete or absent, and refused in one clear sentence where they are something else."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sims.llm.training.checkpoint import load_checkpoint, named_leaves, save_checkpoint, with_leaves
from theory.errors import InvalidInputError

RECORD = {"step": 3, "loss": float("nan"), "text": "ä"}
ARRAYS = {"[0]['a'].up": np.arange(6, dtype=np.float32).reshape(2, 3), "count": np.array(3, np.int32)}


def test_a_checkpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "checkpoint.npz"
    assert load_checkpoint(path) is None
    save_checkpoint(path, RECORD, ARRAYS)
    assert [entry.name for entry in path.parent.iterdir()] == ["checkpoint.npz"]
    found = load_checkpoint(path)
    assert found is not None
    assert found[0]["step"] == 3
    assert np.isnan(found[0]["loss"])
    assert found[0]["text"] == "ä"
    assert found[1].keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[1][name].dtype == array.dtype
        np.testing.assert_array_equal(found[1][name], array)
    assert load_checkpoint(path, record_only=True) == (found[0], {}) or np.isnan(found[0]["loss"])


class Fills:
    """A file on a disk that is full after some bytes."""

    def __init__(self, file: Any, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: Any) -> int:
        self.room -= len(bytes(data))
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self.file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.mark.parametrize("room", [0, 200, 3000])
def test_a_full_disk_leaves_the_earlier_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, RECORD, ARRAYS)
    before = path.read_bytes()
    savez = np.savez
    monkeypatch.setattr(np, "savez", lambda file, **arrays: savez(Fills(file, room), **arrays))
    with pytest.raises(OSError, match="No space left") as caught:
        save_checkpoint(path, RECORD, {"large": np.zeros(5000)})
    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint.npz"]


def foreign(path: Path, kind: str) -> None:
    """Something that is no checkpoint."""
    if kind == "pickled":
        np.savez(path, record=np.array([{"step": 1}], dtype=object))
    elif kind == "pickle":
        path.write_bytes(pickle.dumps({"record": 1}))
    elif kind == "one array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "no record":
        np.savez(path, a=np.zeros(3))
    elif kind == "a record that is no text":
        np.savez(path, record=np.array([255, 254, 3], np.uint8))
    elif kind == "a record that is a list":
        np.savez(path, record=np.frombuffer(b"[1, 2]", np.uint8))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"no archive at all" * 10)


@pytest.mark.parametrize(
    "kind",
    [
        "pickled",
        "pickle",
        "one array",
        "no record",
        "a record that is no text",
        "a record that is a list",
        "empty",
        "a folder",
        "text",
    ],
)
@pytest.mark.parametrize("record_only", [False, True])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, kind: str, record_only: bool) -> None:
    path = tmp_path / "checkpoint.npz"
    foreign(path, kind)
    with pytest.raises(InvalidInputError, match=r"checkpoint\.npz, which cannot be read .*Remove it"):
        load_checkpoint(path, record_only=record_only)


def test_a_checkpoint_cut_short_or_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, RECORD, ARRAYS)
    content = path.read_bytes()
    for end in range(0, len(content), 37):
        path.write_bytes(content[:end])
        with pytest.raises(InvalidInputError, match="Remove it"):
            load_checkpoint(path)
    place = content.index(ARRAYS["[0]['a'].up"].tobytes())
    path.write_bytes(content[: place + 5] + b"\x55" + content[place + 6 :])
    with pytest.raises(InvalidInputError, match="Remove it"):
        load_checkpoint(path)


def test_a_compressed_archive_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    record = np.frombuffer(b'{"step": 1}', np.uint8)
    np.savez_compressed(path, record=record, a=np.random.default_rng(0).normal(size=300))
    content = bytearray(path.read_bytes())
    for place in range(200, len(content) - 300, 61):
        path.write_bytes(bytes(content[:place]) + b"\xff\xff\xff" + bytes(content[place + 3 :]))
        with pytest.raises(InvalidInputError, match="Remove it"):
            load_checkpoint(path)


def test_arrays_go_back_to_their_places() -> None:
    tree = {"a": (np.zeros(2, np.float32), np.ones((1, 2))), "b": np.array(3)}
    named = {name: leaf + 1 for name, leaf in named_leaves(tree).items()}
    found = with_leaves(tree, named)
    np.testing.assert_array_equal(found["a"][0], [1, 1])
    np.testing.assert_array_equal(found["a"][1], [[2, 2]])
    assert found["b"] == 4
    assert named_leaves(None) == {}


@pytest.mark.parametrize(
    "changes", [{"['b']": np.zeros(3)}, {"['b']": np.array(3, np.float32)}, {"['c']": np.zeros(1)}, {"['b']": None}]
)
def test_arrays_of_another_state_are_refused(changes: dict[str, np.ndarray | None]) -> None:
    tree = {"a": np.zeros(2, np.float32), "b": np.array(3)}
    arrays = {name: array for name, array in (named_leaves(tree) | changes).items() if array is not None}
    with pytest.raises(InvalidInputError, match=r"another state \(\['[bc]'\]\)\. Remove it"):
        with_leaves(tree, arrays)
