"""Settings of a run that belong to its processes, not to any computation: the compilation cache, and their number."""

from __future__ import annotations

import os

import jax

from flatscape.process.compilation_cache import use_compilation_cache
from sims.parallel.cores import RESERVED_CORES, usable_cores


def prepare_worker(processes: int) -> None:
    """What each of several new processes does before it computes: it keeps to its share of the cores, and uses the
    compilation cache."""
    if processes > 1:
        os.environ[RESERVED_CORES] = str(max(1, usable_cores() // processes))
    use_compilation_cache(quiet=processes > 1)


MOST_WORKERS = 4
"""Processes beyond these would wait for the longest part of a run."""


def default_workers() -> int:
    """One process for each core that this one may use, up to `MOST_WORKERS`; a single one on an accelerator."""
    return min(usable_cores(), MOST_WORKERS) if jax.default_backend() == "cpu" else 1
