"""Files are complete or absent, and the end of a process waits for those that are being written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.files import check_writable, place_new, replace_by, replace_together


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


def test_one_file_is_written_by_a_function(tmp_path):
    path = tmp_path / "new" / "folder" / "a"
    replace_by(path, lambda file: file.write(b"1"))
    replace_by(path, lambda file: [file.write(b"2"), file.write(b"3")])
    assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir()} == {"a": b"23"}
    assert path.stat().st_mode & 0o777 == 0o644
    replace_by(tmp_path / ("ä" * 127), lambda file: None)
    assert (tmp_path / ("ä" * 127)).read_bytes() == b""


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), TypeError("no"), KeyboardInterrupt()]
)
def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path, error):
    def fails(file):
        file.write(b"half of it")
        raise error

    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(type(error)):
        replace_by(tmp_path / "a", fails)
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"a": b"1"}
    with pytest.raises(type(error)):
        replace_by(tmp_path / "b", fails)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_file_is_whole_before_it_takes_its_place(tmp_path, monkeypatch):
    """What is on disk when a process is killed is the earlier file or the new one."""
    (tmp_path / "a").write_bytes(b"1")
    seen = []
    replace = os.replace

    def look(source, target):
        seen.append((Path(source).read_bytes(), Path(target).read_bytes()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    replace_by(tmp_path / "a", lambda file: file.write(b"2" * 100_000))
    assert seen == [(b"2" * 100_000, b"1")]


LIMITED = """
import errno, resource, signal
from pathlib import Path
from sims.files import replace_by
replace_by(Path("a"), lambda file: file.write(b"1"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    replace_by(Path("a"), lambda file: file.write(b"2" * 100_000))
except OSError as error:
    assert error.errno == errno.EFBIG
else:
    raise AssertionError("it was written")
"""


def test_a_real_full_disk_leaves_what_was_there(tmp_path):
    """A limit on the size of files stands for it: the system call itself fails."""
    root = Path(__file__).parents[2]
    script = f"import sys; sys.path.insert(0, {str(root)!r})\n{LIMITED}"
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False, timeout=120, capture_output=True)
    assert result.returncode == 0, result.stderr
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"a": b"1"}


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_takes_no_name_that_is_taken(tmp_path, monkeypatch, links):
    def no_links(*_):
        raise OSError(errno.EPERM, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    made, path = tmp_path / "made", tmp_path / "path"
    made.write_text("new")
    place_new(made, path)
    assert [p.name for p in tmp_path.iterdir()] == ["path"]
    made.write_text("newer")
    with pytest.raises(FileExistsError):
        place_new(made, path)
    assert (made.read_text(), path.read_text()) == ("newer", "new")
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        place_new(made, path)
