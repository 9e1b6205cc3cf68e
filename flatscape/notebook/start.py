"""The beginning of a notebook: what its process needs before anything is computed."""

from __future__ import annotations

from flatscape.process.compilation_cache import use_compilation_cache


def prepare() -> None:
    """Keeps compiled programs between runs where there is a folder for them; says nothing where there is none."""
    use_compilation_cache(quiet=True)
