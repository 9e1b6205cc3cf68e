"""Notebooks: well formed, run from beginning to end, exported to pages that need nothing; a sentence if they cannot."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tools import notebooks as tool
from tools.notebook_browser import MOVES

NAMES = [path.stem for path in tool.notebooks()]


def source(name: str) -> str:
    return (tool.FOLDER / f"{name}.py").read_text(encoding="utf-8")


def test_all_six_are_there_and_have_a_slider_to_move() -> None:
    assert list(MOVES) == NAMES
    assert len(NAMES) == 6


def test_marimo_has_no_objections() -> None:
    assert tool.check(tool.notebooks()) == ""


def test_a_broken_notebook_is_objected_to(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(
        source("flat_landscape").replace("def _(mo):\n    mo.md", "def _(mo):\n    best = 1\n    mo.md", 1)
    )
    assert "best" in tool.check([broken])


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_with_three_sentences_and_ends_with_now_try(name: str) -> None:
    texts = re.findall(r'mo\.md\("""\n(.*?)"""', source(name), flags=re.DOTALL)
    title, opening = texts[0].strip().split("\n\n")
    assert title == f"# {tool.title(tool.FOLDER / f'{name}.py')}"
    assert len(re.findall(r"[.?!](?:\*\*)?(?=\s|$)", " ".join(opening.split()))) == 3
    assert "## Now try" in texts[-1]
    assert texts[-1].count("\n    - ") >= 3


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_is_exported(name: str, tmp_path: Path) -> None:
    assert tool.export(tool.FOLDER / f"{name}.py", tmp_path) == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.html", f"{name}.ipynb"]
    page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
    outside = re.findall(r"""(?:src|href)=["'](?!data:|#)([^"']*)""", re.sub(r"srcdoc='[^']*'", "", page))
    assert not outside
    assert "<marimo-" not in page
    notebook = json.loads((tmp_path / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4


def test_without_flatscape_it_says_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = tmp_path / "flatscape"
    hidden.mkdir()
    (hidden / "__init__.py").write_text('"""Not the package that the notebook needs."""\n')
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    notebook, wrong = tool.run(tool.FOLDER / "flat_landscape.py")
    assert wrong == ""
    shown = json.dumps(notebook)
    assert "flatscape.notebook is missing" in shown
    assert "pip install" in shown


def test_without_the_model_it_says_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path))
    notebook, wrong = tool.run(tool.FOLDER / "language_model.py")
    assert wrong == ""
    assert "flatscape lm fetch" in json.dumps(notebook)


def test_a_notebook_that_fails_is_not_exported(tmp_path: Path) -> None:
    failing = tmp_path / "failing.py"
    failing.write_text(
        'import marimo\n\napp = marimo.App(app_title="Failing")\n\n\n@app.cell\ndef _():\n    1 / 0\n    return\n'
    )
    assert "ZeroDivisionError" in tool.export(failing, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    shutil.copytree(tool.FOLDER, folder, ignore=shutil.ignore_patterns("__*"))
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write to any folder")
    assert tool.run(folder / "same_rewards_another_policy.py")[1] == ""


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["flat"]) == 2
    assert "Choose from" in capsys.readouterr().err
