"""Float64 on the CPU, in a process that sees no accelerator.

Run by `references` as `python -m benchmarks.accelerator.reference FOUND REFERENCES SIZES`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.accelerator.requirements import ROOT, use_stand_ins

if __name__ == "__main__":
    use_stand_ins()

from benchmarks.accelerator.exchange import load, save
from benchmarks.accelerator.kernel import Arrays
from benchmarks.accelerator.sizes import ALL_SIZES, Sizes


def references(found: Mapping[str, Arrays], sizes: Sizes) -> dict[str, Arrays]:
    """What a kernel should have given, for each one that a device has computed.

    **Raises** `RuntimeError` if the process fails; it says why on standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder, "found.npz"), Path(folder, "references.npz")
        save(given, found)
        command = [sys.executable, "-m", __name__, str(given), str(answer), sizes.name]
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(command, env={**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": path}, check=False)
        if done.returncode:
            raise RuntimeError(f"the float64 references on the CPU ended with code {done.returncode}")
        return dict(load(answer))


def compute_references(found: Mapping[str, Arrays], sizes: Sizes) -> dict[str, Arrays]:
    """The references of all kernels that are named, computed in this process."""
    from benchmarks.accelerator.kernels import KERNELS

    computed = {}
    for kernel in KERNELS:
        if kernel.name in found:
            started = time.perf_counter()
            computed[kernel.name] = kernel.reference(sizes, found[kernel.name])
            print(f"  float64 on the CPU: {kernel.name}, {time.perf_counter() - started:.1f} s", file=sys.stderr)
    return computed


def main() -> None:
    """Reads what was found, writes what should have been."""
    given, answer, name = sys.argv[1:]
    save(Path(answer), compute_references(load(Path(given)), ALL_SIZES[name]))


if __name__ == "__main__":
    main()
