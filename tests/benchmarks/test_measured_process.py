"""What a command takes is measured, with the processes that it has waited for."""

from __future__ import annotations

import sys

import pytest

from benchmarks.measured_process import cost_of

HOLDS_A_LOT = "held = bytearray(200 * 2**20); held[:] = bytes(len(held))"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLDS_A_LOT!r}], check=True)"


def test_seconds_and_the_memory_of_the_largest_process():
    small, large = (cost_of([sys.executable, "-c", program]) for program in ("pass", PARENT))
    assert small.seconds > 0
    assert small.cpu_seconds > 0
    assert small.peak_mib < 100
    assert large.peak_mib > 200


def test_a_command_that_fails_is_named():
    with pytest.raises(RuntimeError, match=r"SystemExit\(3\).* has ended with 3\."):
        cost_of([sys.executable, "-c", "raise SystemExit(3)"])
