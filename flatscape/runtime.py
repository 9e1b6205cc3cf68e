"""Settings of a run that belong to its processes, not to any computation: the compilation cache, and their number."""

from __future__ import annotations

import os

import jax

from sims.llm.model_file import cache_folder
from sims.threads import RESERVED_CORES, usable_cores


def use_compilation_cache() -> None:
    """Lets JAX keep compiled programs between runs, so that a warm run hardly compiles."""
    folder = cache_folder() / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A cache that cannot be written costs time only.
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def prepare_worker(processes: int) -> None:
    """What each of several new processes does before it computes: it keeps to its share of the cores, and uses the
    compilation cache."""
    if processes > 1:
        os.environ[RESERVED_CORES] = str(max(1, usable_cores() // processes))
    use_compilation_cache()


MOST_WORKERS = 4
"""Processes beyond these would wait for the longest part of a run."""


def default_workers() -> int:
    """One process for each core that this one may use, up to `MOST_WORKERS`; a single one on an accelerator."""
    return min(usable_cores(), MOST_WORKERS) if jax.default_backend() == "cpu" else 1
