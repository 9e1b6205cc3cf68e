"""The cache of compiled programs between runs: where it is, how large it grows, and what becomes of damaged entries."""

from __future__ import annotations

import contextlib
import glob
import re
import tempfile
import warnings
from pathlib import Path
from typing import TextIO

import jax

from flatscape.process.failure import say
from sims.llm.model_file import cache_folder

LARGEST_SIZE = 2**30
"""Bytes that the cache may hold when a run begins; what was not used for longest is dropped first."""

ENTRIES = "*-cache"

_TROUBLE = re.compile(r"Error (reading|writing) persistent compilation cache entry for '([^']*)': (.*)", re.DOTALL)
"""What JAX warns of. It goes on without the entry, but never replaces one that it could not read."""


def compilation_cache_folder() -> Path:
    """The folder of the cache. It need not exist yet, and may be deleted at any time."""
    return cache_folder() / "compiled"


def use_compilation_cache(*, quiet: bool = False) -> None:
    """Lets JAX keep compiled programs between runs, so that a warm run hardly compiles.

    Without a folder that can be written everything works as well, only slower to start: one line on standard error says
    so, unless `quiet`. An entry that cannot be read (its writing was interrupted, the disk was full) is replaced.
    """
    folder = compilation_cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        drop_unused_entries(folder, LARGEST_SIZE)
    except OSError as error:
        if not quiet:
            _say_not_kept(folder, error.strerror or str(error))
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    _mind_trouble(folder, quiet)


def drop_unused_entries(folder: Path, largest_size: int) -> None:
    """Deletes the entries that were not used for longest until the rest holds at most `largest_size` bytes.

    JAX has a limit of its own, but it needs a lock around every entry, and fails on entries made without the limit.
    """
    entries = []
    for entry in folder.glob(ENTRIES):
        # Another process may drop the same entry.
        with contextlib.suppress(FileNotFoundError):
            found = entry.stat()
            entries.append((max(found.st_atime_ns, found.st_mtime_ns), found.st_size, entry))
    total = sum(size for _, size, _ in entries)
    for _, size, entry in sorted(entries):
        if total <= largest_size:
            return
        entry.unlink(missing_ok=True)
        total -= size


def _say_not_kept(folder: Path, reason: str) -> None:
    say(f"note: compiled programs are not kept for the next run: {folder} cannot be used ({reason})")


def _mind_trouble(folder: Path, quiet: bool) -> None:
    """Acts on JAX's warnings about the cache instead of showing them."""
    show = warnings.showwarning
    if getattr(show, "minds_trouble", False):
        return
    said = quiet

    def act_or_show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        nonlocal said
        trouble = _TROUBLE.match(str(message))
        if trouble is None:
            show(message, category, filename, lineno, file, line)
            return
        done, program, reason = trouble.groups()
        if done == "reading":
            # JAX does not say which entry of this program it was; it writes this one again once it is gone.
            for entry in folder.glob(f"{glob.escape(program)}-{ENTRIES}"):
                with contextlib.suppress(OSError):
                    entry.unlink()
        elif not said:
            said = True
            _say_not_kept(folder, reason)

    act_or_show.minds_trouble = True  # type: ignore[attr-defined]
    warnings.showwarning = act_or_show
