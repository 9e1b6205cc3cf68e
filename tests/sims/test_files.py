"""Files are complete or absent, and the end of a process waits for those that are being written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sims.files import check_writable, replace_together


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        check_writable(tmp_path / "file")


def test_files_appear_together_in_a_folder_that_is_made(tmp_path):
    folder = tmp_path / "new" / "folder"
    replace_together(folder, {"a": b"1", "b": b"2"})
    replace_together(folder, {"a": b"3"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"3", "b": b"2"}
    assert (folder / "a").stat().st_mode & 0o777 == 0o644


def test_names_as_long_as_the_file_system_allows(tmp_path):
    replace_together(tmp_path, {"ä" * 127: b""})
    assert [path.name for path in tmp_path.iterdir()] == ["ä" * 127]


def test_nothing_is_left_of_what_failed(tmp_path):
    with pytest.raises(TypeError):
        replace_together(tmp_path, {"a": b"1", "b": "text"})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"directory|exists"):
        replace_together(tmp_path / "file", {"a": b"1"})


ENDED_WHILE_WRITING = """
import os, threading
from pathlib import Path
from sims import files
from sims.files import end_at_once, replace_together
ending, replace = threading.Event(), os.replace
def slow(source, target):
    threading.Thread(target=lambda: (ending.set(), end_at_once(3))).start()
    ending.wait()
    replace(source, target)
files.os.replace = slow
replace_together(Path(), {"a": b"1"})
threading.Event().wait()
"""


def test_the_end_waits_for_a_file_that_is_being_written(tmp_path):
    root = Path(__file__).parents[2]
    script = f"import sys; sys.path.insert(0, {str(root)!r})\n{ENDED_WHILE_WRITING}"
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False, timeout=120)
    assert result.returncode == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
