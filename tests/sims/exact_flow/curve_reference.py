"""A second, slower implementation of the exact reduction, for one problem: extended precision, tiny panels, bisection.

It shares with `sims` only the mathematics of `theory.tabular.integrable`. Precision is NumPy's `longdouble` (64-bit
mantissa on x86; elsewhere possibly no more than float64), so on x86 its rounding lies three digits below float64's.
"""

from __future__ import annotations

import numpy as np

NODES: np.ndarray = np.asarray(np.polynomial.legendre.leggauss(24)[0], np.longdouble)
# The nodes as NumPy gives them are good to 1e-16 only; two Newton steps in longdouble sharpen them.
for _ in range(2):
    _previous, _current = np.ones_like(NODES), NODES
    for _k in range(2, 25):
        _previous, _current = _current, ((2 * _k - 1) * NODES * _current - (_k - 1) * _previous) / np.longdouble(_k)
    _slope = 24 * (NODES * _current - _previous) / (NODES**2 - 1)
    NODES = NODES - _current / _slope
WEIGHTS: np.ndarray = 2 / ((1 - NODES**2) * _slope**2)


def reference_hitting_time(
    log_probability: np.ndarray, proxy: np.ndarray, reward: np.ndarray, increase: float, *, panels: int = 20_000
) -> float:
    """`t_gamma / |S|`, or infinity if not reached within so many panels."""
    log_p = np.asarray(log_probability, np.longdouble)
    p = np.exp(log_p)
    r, f = np.asarray(proxy, np.longdouble), np.asarray(reward, np.longdouble)
    extent = r.max() - r.min()
    r = (r - r.max()) / extent
    p = p / p.sum()
    f = f - f[np.argmax(p)]
    f = f - p @ f
    time = np.longdouble(0)
    for _ in range(panels):
        centred = r - r[np.argmax(p)]
        a = centred - p @ centred
        slope = np.max(p * np.abs(a))
        gaps = r[None, :] - r[:, None]
        # A third of the way to the next overtaking of any output by a better one, or to a change of any x.
        with np.errstate(divide="ignore", invalid="ignore"):
            overtaking = np.where(gaps > 0, np.abs(1 / p[None, :] - 1 / p[:, None]) / gaps + 0.2 / slope, np.inf).min()
        length = min(0.3 / slope, max(overtaking / 3, 0.1 / slope))
        value = lambda s: _curve(p, a, f, s)  # noqa: B023, E731
        checks = np.linspace(0, 1, 33, dtype=np.longdouble)[1:] * length
        values = np.array([value(s)[1] for s in checks])
        crossed = np.flatnonzero(values >= increase)
        if crossed.size:
            k = crossed[0]
            low, high = (checks[k - 1] if k else np.longdouble(0)), checks[k]
            for _ in range(70):
                middle = (low + high) / 2
                low, high = (low, middle) if value(middle)[1] >= increase else (middle, high)
            length = high
        nodes = (NODES + 1) / 2 * length
        weights = [value(s)[0] for s in nodes]
        time += length / 2 * np.sum(WEIGHTS * weights)
        if crossed.size:
            return float(time / extent)
        height = _height(p, a, length)
        w = p / (1 + p * (height - a * length))
        p = w / w.sum()
    return float("inf")


def _height(p: np.ndarray, a: np.ndarray, s: np.longdouble) -> np.longdouble:
    height = max(np.longdouble(0), np.max(a * s - (1 - np.longdouble(1e-3)) / p))
    for _ in range(200):
        x = 1 + p * (height - a * s)
        step = -np.sum(np.log1p(x - 1)) / np.sum(p / x)
        step = max(step, -0.9 / np.sum(p / x))
        height += step
        if abs(step) * np.sum(p / x) < 1e-18:
            break
    return height


def _curve(p: np.ndarray, a: np.ndarray, f: np.ndarray, s: np.longdouble) -> tuple:
    height = _height(p, a, s)
    w = p / (1 + p * (height - a * s))
    return w.sum(), w @ f / w.sum()
