"""A kernel: something that the project computes on a device, and how far from float64 on the CPU it may lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.accelerator.sizes import Sizes

Arrays = Mapping[str, np.ndarray]
"""What a kernel gives, by name."""


class Kernel(NamedTuple):
    """One check.

    **Fields**

    - `name`: in the table. `sizes`: what was computed, in words.
    - `compute`: on JAX's default device.
    - `reference`: the same in float64 by a process that has nothing but the CPU, given what the device found (of which
      it may use random choices, such as drawn tokens).
    - `deviation`: how far the one lies from the other; infinite where they cannot be compared.
    - `tolerance`: the largest deviation that counts as agreement, and `reason`, why that one.
    - `double`: whether the device has to have float64.
    """

    name: str
    sizes: Callable[[Sizes], str]
    compute: Callable[[Sizes], Arrays]
    reference: Callable[[Sizes, Arrays], Arrays]
    deviation: Callable[[Arrays, Arrays], float]
    tolerance: Callable[[Sizes], float]
    reason: str
    double: bool = True


def relative_to_largest(found: Arrays, reference: Arrays) -> float:
    """The largest difference over the largest number of the reference, the worst of all arrays."""
    return max(_of_largest(found[name], reference[name]) for name in reference)


def relative_to_scale(found: Arrays, reference: Arrays) -> float:
    """The largest difference over the reference's own `scale`, the worst of all other arrays."""
    scale = float(reference["scale"])
    return max(_difference(found[name], reference[name]) / scale for name in reference if name != "scale")


def _difference(found: np.ndarray, reference: np.ndarray) -> float:
    if found.shape != reference.shape or not reference.size:
        return float("inf")
    # Both minus infinity agree; NaN agrees with nothing.
    same = np.asarray(found == reference)
    with np.errstate(invalid="ignore"):
        difference = np.where(same, 0.0, np.abs(found.astype(np.float64) - reference))
    return float(np.where(np.isnan(difference), np.inf, difference).max())


def _of_largest(found: np.ndarray, reference: np.ndarray) -> float:
    finite = np.abs(reference[np.isfinite(reference)])
    return _difference(found, reference) / (float(finite.max(initial=0.0)) or 1.0)
