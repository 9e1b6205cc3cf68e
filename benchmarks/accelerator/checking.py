"""Every kernel on the device, and beside it float64 on the CPU."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.accelerator.kernel import Arrays, Kernel
from benchmarks.accelerator.reference import references
from benchmarks.accelerator.sizes import Sizes

Reference = Callable[[Mapping[str, Arrays], Sizes], Mapping[str, Arrays]]
Row = dict[str, Any]
AGREES, DISAGREES, UNAVAILABLE = "agrees", "disagrees", "no float64"


def has_double() -> bool:
    """Whether JAX's default device computes in float64: some accelerators have none, and refuse or round."""
    try:
        with jax.enable_x64(True):
            return float(jax.jit(lambda x: x + 1e-12)(jnp.ones((), jnp.float64))) == 1 + 1e-12
    except Exception:
        return False


def check_kernels(
    kernels: Sequence[Kernel], sizes: Sizes, *, reference: Reference = references, double: bool | None = None
) -> list[Row]:
    """A row for each kernel: sizes, deviation, tolerance, why, and the verdict.

    A kernel that ends in an error disagrees, and the others are checked all the same.

    **Arguments**

    - `reference`: gives what should have been found.
    - `double`: whether the device has float64; found out unless given.
    """
    double = has_double() if double is None else double
    rows: dict[str, Row] = {}
    found: dict[str, Arrays] = {}
    for kernel in kernels:
        row: Row = {"kernel": kernel.name, "sizes": kernel.sizes(sizes), "deviation": None}
        rows[kernel.name] = row | {"tolerance": kernel.tolerance(sizes), "reason": kernel.reason, "verdict": DISAGREES}
        if kernel.double and not double:
            rows[kernel.name]["verdict"] = UNAVAILABLE
            continue
        started = time.perf_counter()
        try:
            found[kernel.name] = {name: np.asarray(array) for name, array in kernel.compute(sizes).items()}
        except Exception as error:  # Whatever a device cannot do is a row of the table.
            rows[kernel.name]["error"] = f"{type(error).__name__}: {error}"
        rows[kernel.name]["seconds"] = time.perf_counter() - started
        print(f"  {kernel.name}: {rows[kernel.name]['seconds']:.1f} s", file=sys.stderr)
    expected = reference(found, sizes) if found else {}
    for kernel in kernels:
        if kernel.name in found:
            rows[kernel.name] |= _compared(kernel, found[kernel.name], expected[kernel.name], sizes)
    return list(rows.values())


def _compared(kernel: Kernel, found: Arrays, expected: Arrays, sizes: Sizes) -> Row:
    deviation = kernel.deviation(found, expected)
    verdict = AGREES if deviation <= kernel.tolerance(sizes) else DISAGREES
    if np.isfinite(deviation):
        return {"deviation": deviation, "verdict": verdict}
    return {"verdict": DISAGREES, "error": "results that cannot be compared: another status, shape, or no number"}
