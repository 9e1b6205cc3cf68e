"""Computations side by side in the threads of one process.

XLA shares each operation out to all cores, which costs more than it gives where operations are small: as many
computations as there are cores, one beside the other, are faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import jax
import numpy as np
from jaxtyping import Int

from sims.parallel.cores import usable_cores
from theory.compilation import compiled_for_a_thread

Part = TypeVar("Part")
Result = TypeVar("Result")


def computing_threads() -> int:
    """How many computations should run side by side: one per usable core on a processor that is JAX's only device, else
    a single one."""
    devices = jax.devices()
    return usable_cores() if len(devices) == 1 and devices[0].platform == "cpu" else 1


def every_thread_computes(parts: int) -> bool:
    """Whether so many parts keep all threads busy, so that a part need not share its operations out to other cores."""
    return 1 < computing_threads() <= parts


def compiled_for_parts(
    function: Callable[..., Result], parts: int, *, static_argnums: tuple[int, ...]
) -> Callable[..., Result]:
    """`function` compiled for so many parts that are computed by `in_threads` or `side_by_side`, once for all calls.

    **Arguments**: `static_argnums` as in `jax.jit`.
    """
    return _compiled(function, every_thread_computes(parts), static_argnums)


@cache
def _compiled(function: Callable[..., Result], alone: bool, static_argnums: tuple[int, ...]) -> Callable[..., Result]:
    if alone:
        return compiled_for_a_thread(static_argnums=static_argnums)(function)
    return jax.jit(function, static_argnums=static_argnums)


def in_threads(compute: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """`compute` of every part, in the parts' order, `computing_threads` at once, with the floating-point precision that
    this thread has."""
    threads = min(computing_threads(), len(parts))
    if threads <= 1:
        return [compute(part) for part in parts]
    double = jax.dtypes.canonicalize_dtype(np.float64) == np.float64

    def with_precision(part: Part) -> Result:
        # Precision is a setting of the thread.
        with jax.enable_x64(double):
            return compute(part)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(with_precision, parts))


def side_by_side(compute: Callable[[Int[np.ndarray, " part"]], Result], count: int, *, axis: int = 0) -> Result:
    """A batch of `count` independent computations in equal parts, one for each thread.

    **Arguments**

    - `compute`: from the numbers of a part's members to a pytree of arrays, all of which have the members along `axis`.
      All parts are of one size, so that it compiles once: the last ones may repeat the last member.

    **Returns** the same pytree for the whole batch, NumPy arrays.
    """

    def found(part: Int[np.ndarray, " part"]) -> Result:
        return jax.tree.map(np.asarray, compute(part))

    parts = in_threads(found, _parts(count))
    return jax.tree.map(lambda *arrays: np.concatenate(arrays, axis).take(range(count), axis), *parts)


def work_in_parts(count: int) -> float:
    """How much `side_by_side` computes of a batch, in batches: above one where equal parts repeat a member."""
    return sum(map(len, _parts(count))) / count


def _parts(count: int) -> list[Int[np.ndarray, " part"]]:
    size = -(-count // max(1, min(computing_threads(), count)))
    return [np.minimum(np.arange(first, first + size), count - 1) for first in range(0, count, size)]
