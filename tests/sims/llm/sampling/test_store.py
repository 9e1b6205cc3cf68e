"""Batches on disk: whole or absent, of one run, and read again only as they were saved."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from sims.llm.sampling.store import BatchStore
from theory.errors import InvalidInputError

ARRAYS: dict[str, np.ndarray] = {"a": np.arange(6).reshape(2, 3), "b": np.array([0.5], np.float32)}


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    store = BatchStore(tmp_path / "new" / "folder", {"seed": 1})
    assert store.load(0, ("a", "b")) is None
    store.save(0, ARRAYS)
    found = BatchStore(tmp_path / "new" / "folder", {"seed": 1}).load(0, ("a", "b"))
    assert found is not None
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
    assert store.load(0, ("a", "c")) is None


def test_folders_of_something_else_are_refused(tmp_path: Path) -> None:
    BatchStore(tmp_path / "run", {"seed": 1})
    with pytest.raises(InvalidInputError, match="another run"):
        BatchStore(tmp_path / "run", {"seed": 2})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    for path in (tmp_path / "mine", tmp_path / "mine" / "thesis.txt"):
        with pytest.raises(InvalidInputError, match="something else"):
            BatchStore(path, {"seed": 1})


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"not an archive"])
def test_a_damaged_batch_is_none(tmp_path: Path, damage: bytes) -> None:
    store = BatchStore(tmp_path, {})
    store.save(3, ARRAYS)
    (tmp_path / "batch-000003.npz").write_bytes(damage)
    assert store.load(3, ("a", "b")) is None


def test_a_full_disk_leaves_the_batches_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BatchStore(tmp_path, {})
    store.save(0, ARRAYS)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(OSError, match="No space left"):
            store.save(1, ARRAYS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["batch-000000.npz", "run.json"]
    assert store.load(0, ("a",)) is not None
