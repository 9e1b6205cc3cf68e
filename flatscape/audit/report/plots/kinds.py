"""Kinds of plots as data: what is to be drawn, with its axes, its models and a description in words."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from flatscape.audit.report.content.models import Model
from flatscape.audit.report.content.values import Estimate

ScaleKind: TypeAlias = Literal["linear", "log", "log from zero"]


class Axis(NamedTuple):
    """**Fields**

    - `label`; `short`: its name in a sentence.
    - `scale`: "log from zero" is `log(1 + x / x_1)`, with `x_1` the first positive number.
    - `ticks`: where they are to be; none leaves them to the scale.
    - `least`, `most`: numbers that the axis has to have.
    """

    label: str
    short: str
    scale: ScaleKind = "linear"
    ticks: tuple[float, ...] = ()
    least: float | None = None
    most: float | None = None


class Series(NamedTuple):
    """One model's curve: `xs`, and an estimate for each."""

    model: Model
    xs: tuple[float, ...]
    ys: tuple[Estimate, ...]

    @property
    def known(self) -> list[tuple[float, Estimate]]:
        """The points whose numbers are known."""
        return [(x, y) for x, y in zip(self.xs, self.ys, strict=True) if y.value is not None]


class LinePlot(NamedTuple):
    """Curves of all models. `band`: intervals are bands rather than bars. `level`: a line to compare with, in words."""

    id: str
    title: str
    about: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    band: bool = False
    level: tuple[float, str] | None = None


class Cross(NamedTuple):
    """One model's place, with intervals both ways."""

    model: Model
    x: Estimate
    y: Estimate


class CrossPlot(NamedTuple):
    """One measure of all models against another."""

    id: str
    title: str
    about: str
    x: Axis
    y: Axis
    crosses: tuple[Cross, ...]


class Difference(NamedTuple):
    """First less second; `probability`, of the first being larger."""

    first: Model
    second: Model
    estimate: Estimate
    probability: float | None

    @property
    def apart(self) -> bool:
        """Whether the interval excludes zero."""
        low, high = self.estimate.low, self.estimate.high
        return low is not None and high is not None and (low > 0 or high < 0)


class DifferencePlot(NamedTuple):
    """Differences between models in one measure, one above the other."""

    id: str
    title: str
    about: str
    x: Axis
    rows: tuple[Difference, ...]


class HistogramPlot(NamedTuple):
    """One model's counts between `edges`; `zero`, those at zero, and `undefined`, those without a value; `most`: the
    largest count of all models, so that their panels compare."""

    id: str
    title: str
    about: str
    x: Axis
    y: Axis
    model: Model
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    zero: int
    undefined: int
    most: int


Plot: TypeAlias = LinePlot | CrossPlot | DifferencePlot | HistogramPlot
