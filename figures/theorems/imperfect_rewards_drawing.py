"""The picture of imperfect rewards, from its numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import power_of_ten
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, PURPLE, VERMILION
from figures.figure import Canvas, FigureData

_COLOURS = {"ground truth": BLUE, "proxy": VERMILION}
_STYLES: dict[tuple[str, float], Any] = {
    ("ground truth", 0.0): "-",
    ("ground truth", 0.5): (0, (5, 1.2)),
    ("proxy", 0.0): (0, (6, 1, 1, 1)),
    ("proxy", 0.5): (0, (1, 1)),
}
_GRADES: tuple[tuple[str, Any], ...] = ((BLACK, "-"), (GREEN, (0, (5, 1.2))), (PURPLE, (0, (3, 1, 1, 1))))
_QUANTITIES = {
    "ground_truth_reward": "ground-truth\nreward $V_G$",
    "best_probability": "probability\n$\\pi(y^*)$",
    "mediocre_probability": "probability\n$\\pi(y_m)$",
}
_SWEEP_LABELS = {
    "target": "level of $V_G$ to be reached",
    "initial_mediocre_probability": r"initial $\pi_0(y_m)$",
    "correlation": "feature correlation of $y^*$, $y_m$",
}


def draw(data: FigureData, canvas: Canvas) -> None:
    """Three rows of paths, a column for each initial probability of the best output; then the three sweeps."""
    policies = np.unique(data.where(panel="path")["initial_best_probability"])
    parts: Any = canvas.subfigures(2, 1, height_ratios=(3, 1.3))
    above, below = parts
    grid = above.subplots(3, 3, sharex=True, sharey="row")
    for column, best in zip(grid.T, policies, strict=True):
        column[0].set_title(rf"$\pi_0(y^*)={best:g}$", fontsize=8)
        for axes, quantity in zip(column, _QUANTITIES, strict=True):
            _draw_paths(data, axes, best, quantity)
    for axes, label in zip(grid[:, 0], _QUANTITIES.values(), strict=True):
        axes.set_ylabel(label, fontsize=8)
    above.align_ylabels(grid[:, 0])
    above.supxlabel(r"training time $t$ = learning rate $\times$ steps", fontsize=8)
    lines = [Line2D([], [], color=_COLOURS[reward], linestyle=style) for (reward, _), style in _STYLES.items()]
    mark = Line2D([], [], color="#333333", marker="o", markerfacecolor="white", markersize=3, linestyle="")
    kinds = {0.0: "orthonormal", 0.5: "correlated"}
    labels = [f"trained on {reward}, {kinds[correlation]} features" for reward, correlation in _STYLES]
    above.legend(
        [*lines, mark], [*labels, "same, by SGD"], loc="outside upper center", ncols=3, columnspacing=1.0, fontsize=7
    )
    panels = below.subplots(1, 3, sharey=True)
    for axes, name in zip(panels, _SWEEP_LABELS, strict=True):
        _draw_sweep(data, axes, name)
    panels[0].set_ylabel("time on truth /\ntime on proxy", fontsize=8)
    panels[0].text(0.98, 0.03, "truth faster", transform=panels[0].transAxes, ha="right", va="bottom", fontsize=7)
    grades = [Line2D([], [], color=colour, linestyle=style) for colour, style in _GRADES]
    names = [rf"$\pi_0(y^*)={best:g}$" for best in policies]
    below.legend(grades, names, loc="outside lower center", ncols=3)


def _draw_paths(data: FigureData, axes: Axes, best: float, quantity: str) -> None:
    for (reward, correlation), style in _STYLES.items():
        about = {"panel": "path", "initial_best_probability": best, "reward": reward, "correlation": correlation}
        curve, marks = data.where(method="flow", **about), data.where(method="SGD", **about)
        axes.plot(curve["time"], curve[quantity], color=_COLOURS[reward], linestyle=style)
        axes.plot(
            marks["time"],
            marks[quantity],
            "o",
            color=_COLOURS[reward],
            markerfacecolor="white",
            markersize=2.2,
            markeredgewidth=0.7,
            zorder=4,
        )
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_sweep(data: FigureData, axes: Axes, name: str) -> None:
    axes.axhline(1, color=GREY, linewidth=0.7, zorder=1)
    for best, (colour, style) in zip(
        np.unique(data.where(panel=name)["initial_best_probability"]), _GRADES, strict=True
    ):
        rows = data.where(panel=name, initial_best_probability=best)
        axes.plot(rows[name], rows["time_ratio"], color=colour, linestyle=style)
    axes.set_yscale("log")
    decades = np.arange(0, np.ceil(np.log10(data.where(panel=name)["time_ratio"].max())) + 1)
    axes.set_yticks(10**decades, [power_of_ten(decade) for decade in decades])
    axes.yaxis.set_minor_locator(NullLocator())
    if name == "initial_mediocre_probability":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(_SWEEP_LABELS[name], fontsize=8)
    axes.set_title("" if name == "target" else f"to reach $V_G={data.settings['target']:g}$", fontsize=8)
