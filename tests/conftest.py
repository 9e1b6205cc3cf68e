"""Test-wide settings: double precision, strict rank promotion, hypothesis profiles, and clean skips."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import pytest
from hypothesis import HealthCheck, settings

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


MOST_MAPPINGS = 30_000
"""Regions of memory that a process may have before it drops what is compiled: Linux ends it at 65,530."""


@pytest.fixture(autouse=True, scope="module")
def few_mappings() -> Iterator[None]:
    """Drops compiled programs, of which each takes several regions of memory, between files of tests."""
    yield
    maps = Path("/proc/self/maps")
    if maps.exists() and maps.read_bytes().count(b"\n") > MOST_MAPPINGS:
        jax.clear_caches()
        gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what needs an accelerator where JAX finds none."""
    if jax.default_backend() == "cpu":
        skip = pytest.mark.skip(reason="needs an accelerator, and JAX finds none")
        for item in items:
            # Not `keywords`, which has the names of folders too.
            if item.get_closest_marker("gpu") is not None:
                item.add_marker(skip)
