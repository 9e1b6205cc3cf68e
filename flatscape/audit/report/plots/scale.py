"""Scales: places of numbers along an axis, and the ticks that tell them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flatscape.audit.report.plots.kinds import Axis, ScaleKind

TICKS = 5
"""Ticks of a linear axis, about."""

MARGIN = 0.04
"""The part of its extent that a linear axis leaves free at an end that nothing fixes."""

DECADES = 4
"""Powers of ten that all have ticks; of more, some are left out."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """**Fields**: `kind`; `low`, `high`: the numbers at its ends; `start`, `end`: their places; `ticks`; `offset`, of a
    logarithm from zero."""

    kind: ScaleKind
    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    offset: float = 1.0

    def place(self, value: float) -> float:
        """The place of a number; of one beyond an end, that end."""
        low, high, own = (self._transformed(v) for v in (self.low, self.high, max(value, self.low)))
        part = (own - low) / (high - low)
        return self.start + min(max(part, 0.0), 1.0) * (self.end - self.start)

    def _transformed(self, value: float) -> float:
        if self.kind == "linear":
            return value
        return math.log(value) if self.kind == "log" else math.log1p(value / self.offset)


def scale(axis: Axis, values: Iterable[float], start: float, end: float) -> Scale:
    """The scale of an axis that holds the values; of a logarithmic one, those that are positive.

    >>> made = scale(Axis("x", "x", least=0.0), [0.2, 0.9], 0.0, 100.0)
    >>> made.ticks, made.place(0.0), made.place(2.0)
    ((0.0, 0.2, 0.4, 0.6, 0.8), 0.0, 100.0)
    """
    wanted = [*values, *(v for v in (axis.least, axis.most) if v is not None)]
    if axis.scale == "linear":
        return _linear(axis, wanted, start, end)
    positive = [v for v in wanted if v > 0] or [0.1, 1.0]
    least, most = min(positive), max(positive)
    if axis.scale == "log from zero":
        ticks = _powers(least, most) if most > 2 * least else even_ticks(0.0, most)
        return Scale("log from zero", 0.0, most, start, end, tuple(dict.fromkeys((0.0, *ticks))), offset=least)
    low = axis.least if axis.least is not None and axis.least > 0 else least / 1.15
    high = axis.most if axis.most is not None and axis.most > low else most * 1.15
    # A tick beyond the end would be drawn at the end.
    ticks = tuple(tick for tick in axis.ticks if low <= tick <= high)
    return Scale("log", low, high, start, end, ticks or _powers(low, high))


def _linear(axis: Axis, wanted: Sequence[float], start: float, end: float) -> Scale:
    low, high = min(wanted, default=0.0), max(wanted, default=1.0)
    if high <= low:
        # One number: some room around it.
        room = abs(low) / 10 or 0.5
        low, high = low if axis.least is not None else low - room, high + room
    margin = MARGIN * (high - low)
    low = low if axis.least is not None and axis.least <= low else low - margin
    high = high if axis.most is not None and axis.most >= high else high + margin
    return Scale("linear", low, high, start, end, axis.ticks or even_ticks(low, high))


def even_ticks(low: float, high: float, count: int = TICKS) -> tuple[float, ...]:
    """About `count` round numbers between the ends, at equal distances of 1, 2 or 5 times a power of ten.

    >>> even_ticks(-0.13, 0.42)
    (-0.1, 0.0, 0.1, 0.2, 0.3, 0.4)
    """
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(m for m in (1, 2, 5, 10) if rough <= 1.3 * m * power)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(f"{k * step:.12g}") for k in range(first, last + 1))


def _powers(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten between the ends, at equal distances; of few decades three times them too, or twice and five
    times."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    sparsest = max(1, math.ceil((last - first) / DECADES))
    for every, mantissas in (*((k, (1,)) for k in range(sparsest, 0, -1)), (1, (1, 3)), (1, (1, 2, 5))):
        wanted = (float(f"{m}e{k}") for k in range(first, last + 1) if k % every == 0 for m in mantissas)
        found = tuple(tick for tick in wanted if low <= tick <= high)
        if len(found) > 2:
            return found
    return found if len(found) > 1 else even_ticks(low, high, 3)


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Numbers as ticks have them: short, and with powers of ten where they are far from one.

    >>> tick_labels([0.0, 0.5, -2.0, 2e-5, 1e6])
    ['0', '0.5', '−2', '2×10⁻⁵', '10⁶']
    """
    return [_label(tick) for tick in ticks]


def _label(tick: float) -> str:
    if tick == 0 or 1e-3 <= abs(tick) < 1e5:
        return f"{tick:g}".replace("-", "−")
    mantissa, power = f"{tick:e}".split("e")
    factor = f"{float(mantissa):g}"
    ten = f"10{str(int(power)).translate(_SUPERSCRIPT)}"
    return (ten if factor == "1" else f"{factor}×{ten}").replace("-", "−")
