"""Batches spread over devices with `jax.sharding`: every device has all parameters and a share of the completions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

_PROMPTS, _COMPLETIONS = "prompts", "completions"


def completion_mesh(devices: Sequence[jax.Device], prompts: int, completions: int) -> Mesh:
    """The devices as a grid of prompts by completions, so that as few as possible are left over.

    **Arguments**

    - `devices`: at least one.
    - `prompts`, `completions`: the size of a batch.

    **Returns** a mesh of the most devices whose grid divides both sizes, along prompts first: there a device reads its
    own prompts only.
    """
    best = (1, 1)
    for rows in range(1, len(devices) + 1):
        if prompts % rows == 0:
            columns = max(c for c in range(1, len(devices) // rows + 1) if completions % c == 0)
            best = max(best, (rows, columns), key=lambda grid: (math.prod(grid), grid[0]))
    grid = np.array(devices[: math.prod(best)]).reshape(best)
    return Mesh(grid, (_PROMPTS, _COMPLETIONS))


def by_prompt(mesh: Mesh) -> NamedSharding:
    """The sharding of arrays whose first axis is that of prompts."""
    return NamedSharding(mesh, PartitionSpec(_PROMPTS))


def by_completion(mesh: Mesh) -> NamedSharding:
    """The sharding of arrays whose first axes are those of prompts and completions."""
    return NamedSharding(mesh, PartitionSpec(_PROMPTS, _COMPLETIONS))


def everywhere(mesh: Mesh) -> NamedSharding:
    """The sharding of what every device has wholly."""
    return NamedSharding(mesh, PartitionSpec())
