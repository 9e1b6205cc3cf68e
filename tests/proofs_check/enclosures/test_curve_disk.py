"""The disk's claim against the curve itself at complex clocks."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb
from mpmath import mp

from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.curve_disk import find_disk, verify_disk


def curve_at(u, d, k, clock):
    """All `u_i` at a complex clock, followed from zero by Newton's method in small steps."""
    offsets = [x - u[k] for x in u]
    constant = np.sum(np.log(u))
    value = complex(u[k])
    for z in clock * np.linspace(0, 1, 400):
        for _ in range(4):
            everything = np.array([value + o + s * z for o, s in zip(offsets, d, strict=True)])
            # Logarithms continued from real clocks: the sum of principal values is right while no u crosses the cut.
            value -= (np.sum(np.log(everything)) - constant) / np.sum(1 / everything)
    return np.array([value + o + s * clock for o, s in zip(offsets, d, strict=True)])


@pytest.mark.parametrize("seed", range(6))
def test_bounds_hold_on_the_circle(seed):
    rng = np.random.default_rng(seed)
    outputs = int(rng.integers(2, 7))
    u = np.exp(rng.uniform(0, rng.choice([1.0, 8.0]), outputs))
    k = int(np.argmin(u))
    rewards = rng.uniform(-1, 1, outputs)
    d = rewards[k] - rewards
    with working_precision(128):
        disk = find_disk([arb(x) for x in u], [arb(x) for x in d], k)
        assert disk is not None
        radius, bounds = float(disk.radius), [float(b) for b in disk.inverse]
    for angle in np.linspace(0, 2 * np.pi, 17):
        there = curve_at(u, d, k, radius * np.exp(1j * angle))
        assert (np.abs(1 / there) <= np.array(bounds) * (1 + 1e-9)).all()
        assert abs(np.log(there[k] / u[k])) <= disk.growth * (1 + 1e-9)


def test_no_disk_reaches_a_branch_point():
    """Two equal outputs of rewards +-1: `u_1 u_2 = 1` gives `u = z + sqrt(1 + z^2)`, singular at `z = +-i`."""
    with working_precision(128):
        disk = find_disk([arb(1), arb(1)], [arb(0), arb(2)], 0)
        assert 0.1 < float(disk.radius) < 1
        for growth in np.linspace(0.01, 5, 100):
            assert verify_disk([arb(1), arb(1)], [arb(0), arb(2)], 0, 1.01, float(growth)) is None


def test_impossible_input_has_no_disk():
    with working_precision(64):
        assert find_disk([arb(1), arb(1, 2)], [arb(0), arb(1)], 0) is None
    assert mp.prec >= 53
