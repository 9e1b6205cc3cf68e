"""`flatscape notebook`: lists, refuses, and starts marimo with what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from flatscape.commands import notebook as command
from theory.errors import InvalidInputError


def test_all_are_listed_by_title(capsys: pytest.CaptureFixture[str]) -> None:
    command.notebook()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(command.find_notebooks())
    assert any(line.split("  ")[0] == "flat_landscape" and line.endswith("The flat landscape") for line in lines)


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Choose one of accuracy_against_variance"):
        command.notebook("plateau")


def test_without_marimo_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InvalidInputError, match=r"pip install 'flatscape\[notebooks\]'"):
        command.notebook("flat_landscape")


def test_without_notebooks_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "PLACES", (tmp_path,))
    with pytest.raises(InvalidInputError, match="none here"):
        command.notebook()


@pytest.mark.parametrize("name", ["flat_landscape", "flat-landscape", "flat_landscape.py"])
@pytest.mark.parametrize("edit", [False, True])
def test_marimo_is_started(monkeypatch: pytest.MonkeyPatch, name: str, edit: bool) -> None:
    given: dict[str, Any] = {}

    def run(arguments: list[str], **named: Any) -> subprocess.CompletedProcess[str]:
        given.update(named, arguments=arguments)
        return subprocess.CompletedProcess(arguments, 3)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(typer.Exit) as ended:
        command.notebook(name, edit=edit, headless=True)
    assert ended.value.exit_code == 3
    assert given["arguments"][:4] == [sys.executable, "-m", "marimo", "edit" if edit else "run"]
    assert Path(given["arguments"][4]).is_file()
    assert given["env"]["MARIMO_SKIP_UPDATE_CHECK"] == "1"


def test_a_notebook_without_a_title_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("import marimo\n")
    assert command.title(tmp_path / "plain.py") == "plain"
