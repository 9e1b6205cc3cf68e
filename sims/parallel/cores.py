"""The cores that a process may use, and those that several processes share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

RESERVED_CORES = "NPROC"
"""Environment variable: the cores that this process may use. XLA reads it as well, once, when it starts."""

LINEAR_ALGEBRA_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables: the threads of a linear algebra library, which reads them once, when it is loaded."""


def usable_cores() -> int:
    """The cores that this process may use: fewer than the machine has if it is so restricted, or by `NPROC`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    reserved = os.environ.get(RESERVED_CORES, "")
    return min(cores, max(1, int(reserved))) if reserved.isdigit() else cores


@contextmanager
def shared_linear_algebra(processes: int) -> Iterator[None]:
    """Processes that are started in the block, so many in all, use no more threads for linear algebra than their share
    of the cores.

    Threads of OpenBLAS watch for each other. If there are more of them than cores they do little else: two processes
    that took eigenvalues of 768 rows on two cores took twenty times as long. A number that a person has set stands.
    """
    unset = [name for name in LINEAR_ALGEBRA_THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, str(max(1, usable_cores() // processes))))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]
