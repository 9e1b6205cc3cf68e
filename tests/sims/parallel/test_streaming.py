"""Streams of parts: all are computed, few are held, and processes find what one finds."""

from __future__ import annotations

import os
from concurrent.futures import Future
from functools import partial

import pytest

from sims.parallel.cores import RESERVED_CORES
from sims.parallel.processes import no_preparation
from sims.parallel.streaming import Places, here, in_processes, one_core, streamed


def power(exponent: int, base: int) -> int:
    """A part's result."""
    return base**exponent


@pytest.mark.parametrize("held", [1, 2, 5, 100])
def test_few_parts_are_held_and_none_is_lost(held):
    waiting: list[tuple[int, Future[int]]] = []
    most = 0

    def submit(part: int) -> Future[int]:
        nonlocal most
        future: Future[int] = Future()
        waiting.append((part, future))
        most = max(most, len(waiting))
        # The last one that was handed over is the first to be done.
        if len(waiting) >= held or part == 19:
            for own, other in reversed(waiting):
                other.set_result(own**2)
            waiting.clear()
        return future

    found = dict(streamed(Places(submit, held), ((f"part {k}", k) for k in range(20))))
    assert found == {f"part {k}": k**2 for k in range(20)}
    assert most <= held


def test_here_a_part_is_done_before_the_next_is_read():
    events = []

    def parts():
        for k in range(3):
            events.append(f"read {k}")
            yield k, k

    with here(partial(power, 2), no_preparation) as places:
        for key, result in streamed(places, parts()):
            events.append(f"done {key}: {result}")
    assert events == ["read 0", "done 0: 0", "read 1", "done 1: 1", "read 2", "done 2: 4"]


def test_processes_find_what_one_finds():
    with in_processes(partial(power, 3), 2, no_preparation) as places:
        assert dict(streamed(places, ((k, k) for k in range(10)))) == {k: k**3 for k in range(10)}


def test_an_error_ends_it():
    with here(partial(divmod, 1), no_preparation) as places, pytest.raises(ZeroDivisionError):
        dict(streamed(places, ((k, k) for k in (1, 0, 2))))


def test_one_core_within_the_block(monkeypatch):
    monkeypatch.setenv(RESERVED_CORES, "3")
    with one_core():
        assert os.environ[RESERVED_CORES] == "1"
    assert os.environ[RESERVED_CORES] == "3"
