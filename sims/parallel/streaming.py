"""Computations of a stream of parts in a few places at once, of which only so many parts are held in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sims.parallel.cores import RESERVED_CORES
from sims.parallel.processes import Prepare, worker_processes

Key = TypeVar("Key")
Part = TypeVar("Part")
Result = TypeVar("Result")

AHEAD = 2
"""Parts for each process that computes: one at work, and one that waits for its end."""


@dataclass(frozen=True)
class Places(Generic[Part, Result]):
    """Where parts are computed: `submit` hands one over, and `held` of them are there at most."""

    submit: Callable[[Part], Future[Result]]
    held: int


def streamed(places: Places[Part, Result], parts: Iterable[tuple[Key, Part]]) -> Iterator[tuple[Key, Result]]:
    """The result of every part with its key, in the order in which they are finished.

    Parts are taken one at a time, when there is room for them. An error of one of them ends it all.
    """
    waiting: dict[Future[Result], Key] = {}

    def finished() -> Iterator[tuple[Key, Result]]:
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future.result()

    for key, part in parts:
        waiting[places.submit(part)] = key
        del part
        while len(waiting) >= places.held:
            yield from finished()
    while waiting:
        yield from finished()


@contextmanager
def here(compute: Callable[[Part], Result], prepare: Prepare) -> Iterator[Places[Part, Result]]:
    """This process, which has nobody beside it."""
    prepare(1)

    def submit(part: Part) -> Future[Result]:
        future: Future[Result] = Future()
        future.set_result(compute(part))
        return future

    yield Places(submit, 1)


@contextmanager
def in_processes(compute: Callable[[Part], Result], count: int, prepare: Prepare) -> Iterator[Places[Part, Result]]:
    """Processes of this machine, which end with the block. `compute` is a function of a module, or a partial one."""
    with worker_processes(count, prepare) as pool:
        yield Places(lambda part: pool.submit(compute, part), AHEAD * count)


def keep_to_one_core() -> None:
    """Lets this process compute in one thread, so that what it finds is the same whatever cores a machine has.

    It has to be called before JAX computes anything.
    """
    os.environ[RESERVED_CORES] = "1"


@contextmanager
def one_core() -> Iterator[None]:
    """The same within the block."""
    before = os.environ.get(RESERVED_CORES)
    keep_to_one_core()
    try:
        yield
    finally:
        if before is None:
            del os.environ[RESERVED_CORES]
        else:
            os.environ[RESERVED_CORES] = before
