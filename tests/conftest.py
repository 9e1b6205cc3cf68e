"""Test-wide settings: double precision, strict rank promotion, hypothesis profiles, and clean skips."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import pytest
from hypothesis import HealthCheck, settings

from tests.compiling import choose_compiling, is_compiled_as_users_do, keep_every_program
from tests.slow_tests import is_slow

# Workers inherit both, before they load any library. Threads of several processes would wait for each other's cores.
choose_compiling()
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")

_COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("dev", max_examples=30, **_COMMON)
settings.register_profile("ci", max_examples=100, derandomize=True, **_COMMON)
settings.register_profile("mutation", max_examples=10, derandomize=True, **_COMMON)
settings.register_profile("nightly", max_examples=3000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_sessionstart() -> None:
    """Every process of the test run, and the next run, find what one of them has compiled."""
    # Imported here: what is imported before pytest is configured is not type-checked at run time.
    from flatscape.process.runtime import prepare_worker

    prepare_worker(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    keep_every_program()


MOST_MAPPINGS = 30_000
"""Regions of memory that a process may have before it drops what is compiled: Linux ends it at 65,530."""


MOST_MEMORY = 2**30
"""Bytes that a process may hold before it does the same."""


def resident_memory() -> int:
    """Bytes of this process that are in memory; zero where /proc does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") if statm.exists() else 0


def drop_programs() -> None:
    """Drops compiled programs, and gives their memory back: glibc keeps what is freed until it is told."""
    jax.clear_caches()
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@pytest.fixture(autouse=True, scope="module")
def few_programs() -> Iterator[None]:
    """Drops compiled programs, of which each takes several regions of memory, between files of tests."""
    yield
    maps = Path("/proc/self/maps")
    mappings = maps.read_bytes().count(b"\n") if maps.exists() else 0
    if mappings > MOST_MAPPINGS or resident_memory() > MOST_MEMORY:
        drop_programs()


MOST_GROWTH = 2**29
"""Bytes by which a process may grow within a file of tests before it does the same."""


@pytest.fixture(autouse=True)
def little_growth(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drops compiled programs within a file of tests too, where they are many."""
    yield
    stash = request.node.getparent(pytest.Module).stash
    now = resident_memory()
    if now - stash.setdefault(LEAST, now) > MOST_GROWTH and now > MOST_MEMORY:
        drop_programs()
        stash[LEAST] = resident_memory()


LEAST = pytest.StashKey[int]()
"""Bytes that were in memory after the first test of a file, or after programs were dropped."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what pytest chooses by; skips what needs an accelerator where JAX finds none."""
    for item in items:
        if is_slow(item.nodeid):
            item.add_marker(pytest.mark.slow)
        if is_compiled_as_users_do(item.nodeid):
            item.add_marker(pytest.mark.as_users_do)
    if jax.default_backend() == "cpu":
        skip = pytest.mark.skip(reason="needs an accelerator, and JAX finds none")
        for item in items:
            # Not `keywords`, which has the names of folders too.
            if item.get_closest_marker("gpu") is not None:
                item.add_marker(skip)
