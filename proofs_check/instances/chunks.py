"""Large batches in chunks of one size, so that batches of any size share one compiled computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def in_chunks(function: Callable[[Any], Any], batch: Any, count: int, size: int) -> Any:
    """`function` of a batch, computed `size` rows at a time; the last chunk is filled up with the batch's last row.

    **Arguments**

    - `function`: from a pytree of arrays with a first axis of `size` rows to another one; what it returns without an
      axis is the same for all rows.
    - `batch`: a pytree of arrays with a first axis of `count` rows; scalars in it are for all rows.

    **Returns** the results' NumPy arrays, with a first axis of `count` rows.
    """

    def chunk(first: int) -> Any:
        place = np.minimum(np.arange(first, first + size), count - 1)
        chosen = jax.tree.map(lambda leaf: np.asarray(leaf)[place] if np.ndim(leaf) else leaf, batch)
        return jax.tree.map(lambda leaf: np.asarray(leaf) if np.ndim(leaf) else np.full(size, leaf), function(chosen))

    parts = [chunk(first) for first in range(0, count, size)]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *parts)
