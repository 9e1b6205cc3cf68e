"""Names on the hub: pinned to a commit, asked for without pickles, and every failure one error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sims.llm.checkpoints.hub import fetch_from_hub, is_hub_identifier
from sims.llm.loading import load_language_model
from theory.errors import InvalidInputError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_what_a_name_looks_like() -> None:
    assert is_hub_identifier("owner/name")
    assert is_hub_identifier(f"owner/name-1.5_b@{COMMIT}")
    assert not any(map(is_hub_identifier, ["name", "a/b/c", "./a b/c", "/name", ""]))


@pytest.mark.parametrize("identifier", ["owner/name", "owner/name@main", "owner/name@", "owner/name@0123456"])
def test_a_commit_is_needed(identifier: str) -> None:
    with pytest.raises(InvalidInputError, match="all 40 digits"):
        load_language_model(identifier)


def test_only_safe_files_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    asked: dict[str, object] = {}

    def snapshot(name: str, **options: object) -> str:
        asked.update(options, name=name)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    assert fetch_from_hub(f"owner/name@{COMMIT}") == tmp_path
    assert (asked["name"], asked["revision"]) == ("owner/name", COMMIT)
    patterns = asked["allow_patterns"]
    assert isinstance(patterns, list)
    assert all(pattern.endswith((".json", ".safetensors", ".jinja")) for pattern in patterns)


def test_a_failure_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fail(*_: object, **__: object) -> str:
        raise OSError("no route\nto anywhere")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(InvalidInputError, match=r"\(no route\)"):
        fetch_from_hub(f"owner/name@{COMMIT}")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(InvalidInputError, match=r"flatscape\[hub\]"):
        fetch_from_hub(f"owner/name@{COMMIT}")
