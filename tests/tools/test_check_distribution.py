"""What is tried of a distribution: failures are told, wherever they come, and nothing is left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from proofs_check.markdown import tables
from tools import check_distribution
from tools.check_distribution import Tried, report, run, try_wheel

INSTALLED = '[{"name": "JAX", "version": "0.12.0"}]'


def test_a_command_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "print(1)"], tmp_path) == "1\n"
    with pytest.raises(RuntimeError, match=r"-c import sys; .*: b / c / d$"):
        run([sys.executable, "-c", "import sys; print('a\\nb\\nc\\nd'); sys.exit(3)"], tmp_path)


def test_the_source_tree_stands_in_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    code = "import os; print(os.environ.get('PYTHONPATH'), os.environ['FLATSCAPE_CACHE'])"
    assert run([sys.executable, "-c", code], tmp_path) == f"None {tmp_path / 'cache'}\n"


@pytest.mark.parametrize("pinned", [True, False])
def test_every_command_is_tried_with_what_was_installed(pinned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def pretend(command: list[str], folder: Path) -> str:
        asked.append([Path(command[0]).name, *command[1:]])
        return INSTALLED if "list" in command else "3.13.0\n"

    monkeypatch.setattr(check_distribution, "run", pretend)
    found = try_wheel(Path("flatscape.whl"), "python3.13", pinned=pinned)
    assert found == Tried("3.13.0", "pinned" if pinned else "newest", {"jax": "0.12.0"}, "")
    (installation,) = (command for command in asked if "install" in command)
    assert ("--constraint" in installation) == pinned
    assert [tuple(command) for command in asked[-len(check_distribution.COMMANDS) :]] == list(
        check_distribution.COMMANDS
    )


def test_the_first_failure_ends_an_environment_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def pretend(command: list[str], folder: Path) -> str:
        if "simulate" in command:
            raise RuntimeError("flatscape simulate problem.json: no")
        return INSTALLED if "list" in command else "3.13.0\n"

    monkeypatch.setattr(check_distribution, "run", pretend)
    found = try_wheel(Path("flatscape.whl"), "python3.13", pinned=False)
    assert found.failed == "flatscape simulate problem.json: no"
    ((_, _, row),) = tables(report([found]))
    assert row == ["3.13.0", "newest", "0.12.0", "", "", "", "", "flatscape simulate problem.json: no"]


def test_a_python_that_is_missing_is_a_failure() -> None:
    found = try_wheel(Path("flatscape.whl"), "no-such-python", pinned=True)
    assert "no-such-python" in found.failed
