"""Resumable runs: what an interruption leaves is found again, by the same code only; what is done leaves nothing."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sims.parallel import resumable
from sims.parallel.resumable import Task, Unfinished, code_fingerprint, digest, run_resumable, unfinished

SOFTWARE = {"numpy": "1"}


def place(root: Path, about: object = None, software: dict[str, str] = SOFTWARE) -> Unfinished:
    return unfinished(root, "test", ["sims"], software, about)


def length(name: str, *, log: Path, fails: str = "") -> int:
    if name == fails:
        raise KeyboardInterrupt
    with log.open("a") as file:
        file.write(name)
    return len(name)


def number(content: bytes) -> int:
    return int(json.loads(content)["number"])


def written(result: int) -> bytes:
    return json.dumps({"number": result}).encode()


def task(root: Path, log: Path, fails: str = "", **more: Any) -> Task[int]:
    return Task(partial(length, log=log, fails=fails), written, number, place(root), **more)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_goes_on_where_it_was(tmp_path, workers):
    log = tmp_path / "log"
    groups = [["a", "bb"], ["ccc"]]
    with pytest.raises(KeyboardInterrupt):
        run_resumable(task(tmp_path, log, fails="ccc"), groups)
    assert log.read_text() == "abb"
    told = []
    progress = lambda what, done: told.append((what, done))  # noqa: E731
    again = run_resumable(task(tmp_path, log), groups, workers=workers, what="words", progress=progress)
    assert again == {"a": 1, "bb": 2, "ccc": 3}
    assert log.read_text() == "abbccc"
    assert told[0] == ("found 2 words of an interrupted run", pytest.approx(2 / 3))
    assert told[-1] == ("done: ccc", 1.0)


def test_processes_find_what_one_does(tmp_path):
    groups = [["a", "bb"], ["ccc"], ["dddd"]]
    told = []
    made = task(tmp_path, tmp_path / "log")
    found = run_resumable(made, groups, workers=2, progress=lambda what, done: told.append(what))
    assert list(found.items()) == [("a", 1), ("bb", 2), ("ccc", 3), ("dddd", 4)]
    assert told[0] == "4 parts in 2 processes"
    assert all(made.kept(name) == len(name) for name in found)


def test_a_part_that_is_found_is_finished_all_the_same(tmp_path):
    finished = []
    one = task(tmp_path, tmp_path / "log", finish=lambda name, result, seconds: finished.append((name, result)))
    for _ in range(2):
        run_resumable(one, [["a"], ["bb"]])
    assert finished == [("a", 1), ("bb", 2)] * 2
    assert (tmp_path / "log").read_text() == "abb"


def test_what_is_damaged_or_about_something_else_is_made_again(tmp_path):
    log = tmp_path / "log"
    run_resumable(task(tmp_path, log), [["a"]])
    for file in place(tmp_path).folder.iterdir():
        file.write_text("{}")
    assert task(tmp_path, log).kept("a") is None
    run_resumable(task(tmp_path, log), [["a"]])
    assert task(tmp_path, log, about="other").kept("a") is None
    assert log.read_text() == "aa"


def test_places_tell_code_software_and_requests_apart():
    folders = {
        place(Path("x"), about, software).folder
        for about in (None, [1], [2])
        for software in (SOFTWARE, {"numpy": "2"})
    }
    folders |= {
        unfinished(Path("x"), "test", packages, SOFTWARE).folder for packages in (["theory"], ["sims", "theory"])
    }
    folders.add(unfinished(Path("x"), "kind", ["sims"], SOFTWARE).folder)
    assert len(folders) == 9
    assert len({digest("a", 1), digest("a", 2), digest("a"), digest({"a": 1})}) == 4


def test_the_code_has_a_fingerprint_of_its_own():
    found = {code_fingerprint(packages, SOFTWARE) for packages in (["theory"], ["sims"], ["theory", "sims"])}
    found.add(code_fingerprint(["theory"], {"numpy": "0"}))
    assert len(found) == 4
    assert code_fingerprint(["theory"], {"numpy": "0"}) in found


def test_what_earlier_code_left_is_removed(tmp_path):
    kept = [place(tmp_path), place(tmp_path, "another request"), unfinished(tmp_path, "kind", ["sims"], SOFTWARE)]
    elsewhere = unfinished(tmp_path, "test", ["theory"], SOFTWARE)
    earlier = [place(tmp_path, software={"numpy": "0"}), place(tmp_path, "another request", {"numpy": "0"})]
    for one in (*kept, elsewhere, *earlier):
        one.keep("part.json", b"1")
    layouts = [tmp_path / digest(1), tmp_path / f"figures-{digest(2)}"]
    for folder in layouts:
        folder.mkdir()
    (tmp_path / "notes").mkdir()
    run_resumable(task(tmp_path, tmp_path / "log"), [["a"]])
    assert all(one.kept("part.json") == b"1" for one in (*kept, elsewhere))
    assert not any(one.folder.parent.exists() for one in earlier)
    assert not any(folder.exists() for folder in layouts)
    assert (tmp_path / "notes").exists()


def test_what_is_forgotten_leaves_no_folder_behind(tmp_path):
    one, other = place(tmp_path), place(tmp_path, "other")
    one.keep("a", b"1")
    other.keep("a", b"2")
    one.forget()
    assert (one.kept("a"), other.kept("a")) == (None, b"2")
    other.forget()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_kept_is_only_lost_to_an_interrupted_run(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(resumable, "replace_together", fail)
    assert run_resumable(task(tmp_path, tmp_path / "log"), [["a"]]) == {"a": 1}
