"""What kernels found, in one file: `.npz` with an entry for each array of each kernel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accelerator.kernel import Arrays

_BETWEEN = "|"


def save(path: Path, found: Mapping[str, Arrays]) -> None:
    """Writes the arrays of each kernel."""
    named: dict[str, Any] = {
        f"{kernel}{_BETWEEN}{name}": array for kernel, arrays in found.items() for name, array in arrays.items()
    }
    # An archive cannot name an entry with a slash in front, nor an empty one: names are numbered.
    np.savez(path, names=np.array(list(named)), **{f"array{k}": array for k, array in enumerate(named.values())})


def load(path: Path) -> dict[str, dict[str, np.ndarray]]:
    """Reads what `save` wrote."""
    found: dict[str, dict[str, np.ndarray]] = {}
    with np.load(path, allow_pickle=False) as archive:
        for k, entry in enumerate(archive["names"].tolist()):
            kernel, name = entry.split(_BETWEEN, 1)
            found.setdefault(kernel, {})[name] = archive[f"array{k}"]
    return found
