"""Settings of a run that belong to its processes, not to any computation: the compilation cache, and their number."""

from __future__ import annotations

import os

import jax

from sims.llm.model_file import cache_folder


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


MOST_WORKERS = 4
"""Processes beyond these would wait for the longest part of a run."""


def default_workers() -> int:
    """One process for each core that this one may use, up to `MOST_WORKERS`; a single one on an accelerator."""
    if jax.default_backend() != "cpu":
        return 1
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST_WORKERS)
