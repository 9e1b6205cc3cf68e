"""What a newcomer reads first: README is short, its links and pictures are there, and its commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from flatscape.cli import app
from tools.doors import ENGINEER, THEORIST

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]


def test_readme_is_a_first_minute() -> None:
    assert len(README.splitlines()) < 150


@pytest.mark.parametrize("page", PAGES)
def test_no_link_of_a_page_is_broken(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in link:
            assert ((ROOT / page).parent / link).exists(), link


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    for path in (ROOT / "docs").glob("*.md"):
        assert path.name == "index.md" or f"]({path.name})" in index, path.name


def test_every_command_of_readme_exists() -> None:
    found = re.findall(r"(?:^\$ |`)flatscape ([^`\n]*)", README, re.MULTILINE)
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert len(found) >= 5
    for line in found:
        name, *rest = shlex.split(line)
        options = {one for parameter in commands[name].params for one in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in rest if word.startswith("--")} <= options, line
    assert all(f"$ {command}\n" in README for command in (THEORIST, ENGINEER))


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    described = re.findall(r"^([a-z-]+):[^#\n]*## \S", makefile, re.MULTILINE)
    assert set(phony.split()) == set(described)
    assert set(re.findall(r"`make ([a-z-]+)", README)) <= set(described)
