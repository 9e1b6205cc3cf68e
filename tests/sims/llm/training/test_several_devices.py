"""Eight simulated devices, and two processes, train as one device does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sims.llm.training.checkpoint import load_checkpoint
from sims.llm.training.run import CHECKPOINT, EVALUATIONS
from sims.llm.training.run import STEPS as STEP_TABLE
from tests.compiling import on_devices
from tests.processes import PATIENCE
from tests.training_on_devices import EIGHT, LEARNING_RATE, STEPS, TWO

ROOT = Path(__file__).parents[4]

CLOSE = 1e-3 * LEARNING_RATE
"""How far a trained number may be from that of one device, except for a thousandth of them: Adam divides by the size of
a gradient, also where that is hardly more than the rounding of sums in another order."""


def begin(call: str, devices: int) -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-c", f"from tests import training_on_devices as t; t.{call}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": on_devices(devices), "PYTHONPATH": path},
    )


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs of one device and of eight."""
    folder = tmp_path_factory.mktemp("eight")
    process = begin(f"one_machine({str(folder)!r})", devices=8)
    said, _ = process.communicate(timeout=10 * PATIENCE)
    assert process.returncode == 0, said[-3000:]
    return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int], list[str]]:
    """The runs of two processes, their exit codes, and what they said."""
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [begin(f"two_processes({str(folder)!r}, '{number}', '{port}')", devices=1) for number in range(2)]
    try:
        said = [process.communicate(timeout=10 * PATIENCE)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return folder, [process.returncode for process in processes], said


def assert_same(found: Path, wanted: Path) -> None:
    """The same completions and truth, and parameters that are as good as the same."""
    texts = [json.loads((folder / "completions.json").read_text()) for folder in (found, wanted)]
    assert texts[0] == texts[1]
    assert len(texts[0]) == (STEPS + 2) * 16
    for name in (STEP_TABLE, EVALUATIONS):
        tables = [pl.read_parquet(folder / name) for folder in (found, wanted)]
        assert tables[0].schema == tables[1].schema
        for column in tables[0].columns:
            left, right = (table[column].to_numpy() for table in tables)
            loose = column in ("kl", "gradient_norm")
            relative, absolute = (1e-3, 2e-5) if loose else (1e-5, 0.0)
            np.testing.assert_allclose(left, right, rtol=relative, atol=absolute, err_msg=column)
    kept = [load_checkpoint(folder / CHECKPOINT) for folder in (found, wanted)]
    assert kept[0] is not None
    assert kept[1] is not None
    assert kept[0][1].keys() == kept[1][1].keys()
    changes = [
        np.abs(kept[0][1][name] - kept[1][1][name]).ravel() for name in kept[0][1] if name.startswith(".trainable")
    ]
    every = np.concatenate(changes)
    assert every.max() <= 2 * STEPS * LEARNING_RATE
    assert np.mean(every > CLOSE) < 1e-3


@pytest.mark.parametrize(("trained", "data", "model"), EIGHT)
def test_eight_devices_train_as_one_does(eight: Path, trained: str, data: int, model: int) -> None:
    assert_same(eight / f"{trained}-{data}-{model}", eight / f"{trained}-1-1")


@pytest.mark.parametrize(("trained", "data", "model"), TWO)
def test_two_processes_train_as_one_does(
    eight: Path, two: tuple[Path, list[int], list[str]], trained: str, data: int, model: int
) -> None:
    assert (two[0] / f"{trained}-{data}-{model}").exists(), two[2]
    assert_same(two[0] / f"{trained}-{data}-{model}", eight / f"{trained}-1-1")


def test_a_run_of_two_processes_that_is_done_is_found(two: tuple[Path, list[int], list[str]]) -> None:
    outcomes = [json.loads((two[0] / f"outcomes-{number}.json").read_text()) for number in range(2)]
    assert [outcome["again"] for outcome in outcomes] == ["done", "done"]


def test_what_fails_in_one_process_ends_both(two: tuple[Path, list[int], list[str]]) -> None:
    folder, codes, said = two
    outcomes = [json.loads((folder / f"outcomes-{number}.json").read_text()) for number in range(2)]
    for outcome in outcomes:
        assert "not the same in all processes. Give one that they share" in outcome["apart"]
    assert outcomes[0]["full disk"].startswith("OSError")
    assert outcomes[1]["full disk"] == "InvalidInputError: process: got a failure in process 0. See what it says."
    assert not (folder / "elsewhere").exists()
    assert codes == [1, 1], said
    assert "ZeroDivisionError: a reward that fails" in said[0]
    assert "InvalidInputError: process: got a failure in process 0" in said[1]
    assert not (folder / "failing" / CHECKPOINT).exists()
