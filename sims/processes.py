"""Computations in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

Prepare = Callable[[int], None]
"""What a process does before it computes, given how many of them there are; a function of a module, which is sent to
each process by its name."""


def no_preparation(processes: int) -> None:
    """Nothing."""


@contextmanager
def worker_processes(count: int, prepare: Prepare) -> Iterator[ProcessPoolExecutor]:
    """A pool of prepared processes; what has not begun when the block is left is dropped."""
    # Forking a process in which JAX has started threads can hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=prepare, initargs=(count,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
