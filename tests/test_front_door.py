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
MADE_BY_THE_SITE = ("statements/", "gallery/", "api/")
"""Folders whose pages `make docs` writes, and whose links it checks."""

PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]


def test_readme_is_a_first_minute() -> None:
    assert len(README.splitlines()) < 150


@pytest.mark.parametrize("page", PAGES)
def test_no_link_of_a_page_is_broken(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in link and not link.startswith(MADE_BY_THE_SITE):
            assert ((ROOT / page).parent / link).exists(), link


def test_every_page_is_in_one_table_of_contents() -> None:
    docs = ROOT / "docs"
    listed = []
    for index in docs.rglob("index.md"):
        for table in re.findall(r"```{toctree}\n(.*?)```", index.read_text(encoding="utf-8"), re.DOTALL):
            entries = re.findall(r"^(?:.*<)?([\w./-]+?)\??>?$", table, re.MULTILINE)
            listed += [(index.parent / f"{entry}.md").resolve() for entry in entries]
    pages = {path for path in docs.rglob("*.md") if path != docs / "index.md"}
    assert pages <= set(listed)
    assert len(set(listed)) == len(listed)


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
