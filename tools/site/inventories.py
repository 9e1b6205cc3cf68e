"""Inventories of names in the documentation of jax and numpy, from short lists: links to them need no network."""

from __future__ import annotations

import zlib
from pathlib import Path

from sims.files import replace_together

HEADER = (
    "# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
    "# The remainder of this file is compressed using zlib.\n"
)


def names_in(listed: str) -> list[tuple[str, str, str]]:
    """The name, its role in the Python domain and its page, from lines of these three; `#` begins a comment.

    `$` in a page stands for the name.
    """
    lines = (line.split() for line in listed.splitlines() if not line.startswith("#"))
    return [(name, role, page.replace("$", name)) for name, role, page in filter(None, lines)]


def inventory(project: str, listed: str) -> bytes:
    """The inventory in Sphinx's format, version 2."""
    body = "".join(f"{name} py:{role} 1 {page} -\n" for name, role, page in names_in(listed))
    return HEADER.format(project=project).encode() + zlib.compress(body.encode(), 9)


def write_inventories(lists: Path, folder: Path) -> list[Path]:
    """An inventory for every `PROJECT.txt` among the lists, as `PROJECT.inv` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {f"{path.stem}.inv": inventory(path.stem, path.read_text("utf-8")) for path in sorted(lists.glob("*.txt"))}
    replace_together(folder, made)
    return [folder / name for name in made]
