"""The first time at which a quantity that is computed along a path, such as an expected reward, reaches a level.

The path is known at every time of an interval (an integrator's dense output). The quantity is interpolated on panels
whose points lie dense enough to see every bump, and `sims.exact_flow.first_crossing` judges each panel; where a maximum
comes closer to the level than the interpolation resolves, the panel is halved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from sims.exact_flow.first_crossing import first_crossing
from sims.exact_flow.gauss_panel import gauss_panel

PANEL = gauss_panel(8)

LARGEST_MOVE = 0.2
"""Between neighbouring points no policy may move farther (in total variation): outputs could take turns in between."""

RESOLVED = 3e-3
"""An interpolation error of this share of what a panel shows is good enough to trust its shape."""

SHORTEST = 2.0**-26
"""Of the interval: a parabola's maximum not separated from the level on a panel so short touches it to rounding."""

ZOOMS = 4
"""Times that the gap between two points with the crossing becomes a panel: what is left then is rounding."""


class Sample(NamedTuple):
    """What is computed at increasing times: the quantity's `values` there, shape `(times,)`; and `moves`, the largest
    distance between the policies at neighbouring times (total variation, in [0, 1])."""

    values: Float[np.ndarray, " times"]
    moves: float


class Crossing(NamedTuple):
    """`time` of the first crossing, None if there is none; `highest`, the largest value found up to it, less
    the level; `falls`, whether the quantity fell anywhere before."""

    time: float | None
    highest: float
    falls: bool


class _Judged(NamedTuple):
    found: jax.Array
    unclear: jax.Array
    place: jax.Array
    tail: jax.Array
    falls: jax.Array


@jax.jit
def _judge(values: jax.Array, rounding: jax.Array) -> _Judged:
    column = values[:, None]
    # Of the interpolant through the inner points, the size of what the next coefficients would be.
    tail = jnp.max(jnp.abs(jnp.asarray(PANEL.legendre[-2:]) @ column[1:-1]), axis=0)
    found = first_crossing(PANEL, column, jnp.asarray(PANEL.chebyshev) @ column, 4 * (tail + rounding))
    falls = jnp.any(jnp.diff(values) < 0)
    return _Judged(found.found[0], found.unclear[0], found.place[0], tail[0], falls)


def crossing_between(
    look: Callable[[Float[np.ndarray, " points"]], Sample], low: float, high: float, level: float
) -> Crossing:
    """The first time in an interval at which a quantity rises to a level that it has not reached at the beginning.

    **Arguments**

    - `look`: computes it at increasing times; always called with equally many, `len(PANEL.points)`.
    - `low`, `high`: the interval's ends.
    - `level`: what is to be reached.

    **Returns** a `Crossing`, its time to the rounding of the quantity. A maximum that touches the level to rounding is
    none. Values that are not finite are below the level.
    """
    unit = float(np.finfo(np.float64).eps)
    shortest = SHORTEST * (high - low)
    pending = [(low, high, 0)]
    highest, falls = -np.inf, False
    while pending:
        left, right, zooms = pending.pop()
        times = left + (right - left) * np.asarray(PANEL.points)
        times[-1] = right
        sampled = look(times)
        missing = np.where(np.isfinite(sampled.values), sampled.values - level, -np.inf)
        # Nothing was reached before, so what rounding may have lifted to zero at the start is just below.
        missing[0] = min(missing[0], -np.finfo(np.float64).tiny)
        if not np.isfinite(missing).all():
            continue
        rounding = unit * max(abs(level), float(np.max(np.abs(sampled.values))))
        with jax.enable_x64(True):
            found, unclear, place, tail, fell = (np.asarray(part).item() for part in _judge(missing, rounding))
        spread = max(float(np.ptp(missing)), abs(float(missing[0])))
        doubtful = unclear or sampled.moves > LARGEST_MOVE or tail > RESOLVED * spread
        if doubtful and right - left > shortest and not zooms:
            middle = (left + right) / 2
            pending += [(middle, right, 0), (left, middle, 0)]
            continue
        falls = falls or fell
        if not found:
            highest = max(highest, float(missing.max()))
            continue
        # On a panel so short that the quantity is nearly linear, the few root steps reach rounding.
        if (zooms and tail <= rounding) or zooms == ZOOMS:
            return Crossing(max(float(left + (right - left) * place), np.nextafter(low, high)), 0.0, falls)
        above = int(np.argmax(missing >= 0))
        pending = [(float(times[above - 1]), float(times[above]), zooms + 1)]
    return Crossing(None, highest, falls)
