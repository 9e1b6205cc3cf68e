"""Cores: those that are reserved and exist; and processes that share them, in linear algebra too."""

from __future__ import annotations

import os

import pytest

from sims.parallel import cores
from sims.parallel.processes import no_preparation, worker_processes


def test_cores_are_those_that_are_reserved_and_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cores.RESERVED_CORES, raising=False)
    there = cores.usable_cores()
    assert there >= 1
    for reserved, expected in (("1", 1), ("0", 1), ("100000", there), ("many", there), ("", there)):
        monkeypatch.setenv(cores.RESERVED_CORES, reserved)
        assert cores.usable_cores() == expected


def set_threads(names: tuple[str, ...] = cores.LINEAR_ALGEBRA_THREADS) -> list[str | None]:
    """What a process finds in its environment."""
    return [os.environ.get(name) for name in names]


def test_processes_share_the_cores_in_linear_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in cores.LINEAR_ALGEBRA_THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cores, "usable_cores", lambda: 8)
    for processes, share in ((1, "8"), (2, "4"), (3, "2"), (8, "1"), (20, "1")):
        with cores.shared_linear_algebra(processes):
            assert set_threads() == 3 * [share]
        assert set_threads() == 3 * [None]


def test_a_number_that_a_person_has_set_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in cores.LINEAR_ALGEBRA_THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    with cores.shared_linear_algebra(1000):
        assert set_threads() == ["5", "1", "1"]
    assert set_threads() == ["5", None, None]


def test_workers_find_their_share_before_they_import_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in cores.LINEAR_ALGEBRA_THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cores, "usable_cores", lambda: 6)
    with worker_processes(2, no_preparation) as pool:
        assert pool.submit(set_threads).result() == 3 * ["3"]
    assert set_threads() == 3 * [None]
