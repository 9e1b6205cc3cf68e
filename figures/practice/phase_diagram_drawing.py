"""The picture and the caption of the phase diagram, from its numbers alone."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, VERMILION
from figures.figure import Canvas, FigureData

_NEVER, _UNREACHABLE = "#D9D9D9", "white"


_LONGEST = 1e4
"""Times so many times as long as the shortest have the last colour."""

_PAIRS: dict[str, tuple[str, Any]] = {"one at least gains": (BLUE, "-"), "both gain": (GREEN, (0, (5, 1.2)))}


def draw(data: FigureData, canvas: Canvas) -> None:
    """The median time of one policy's reward models on the left, pairs of models of many policies on the right."""
    left, right = canvas.subplots(1, 2, width_ratios=(1.65, 1))
    _draw_cells(data, canvas, left)
    _draw_shares(data, right)


def _grid(data: FigureData, column: str) -> np.ndarray:
    """A column of the cells as a matrix, one row per variance and one column per accuracy."""
    rows = data.where(mark="cell")
    shape = (len(np.unique(rows["accuracy"])), len(np.unique(rows["reward_variance"])))
    return np.asarray(rows[column]).reshape(shape).T


def _draw_cells(data: FigureData, canvas: Canvas, axes: Axes) -> None:
    accuracy = np.unique(data.where(mark="cell")["accuracy"])
    variance = np.unique(data.where(mark="cell")["reward_variance"])
    time, models, bound = (_grid(data, name) for name in ("median_time", "models", "bound_s3"))
    across, up = _edges(accuracy), np.exp(_edges(np.log(variance)))
    axes.pcolormesh(across, up, np.where(models > 0, 0.0, np.nan), cmap=_flat(_NEVER), rasterized=True)
    fastest = float(np.nanmin(time))
    norm = LogNorm(fastest, min(float(np.nanmax(time)), _LONGEST * fastest))
    shown = axes.pcolormesh(across, up, time, norm=norm, cmap="viridis_r", rasterized=True)
    _draw_unreachable(axes, across, up, models)
    _draw_bound(axes, variance, bound)
    rival = time[:, -1:]
    for row, column in np.argwhere(time < rival):
        axes.plot(accuracy[column], variance[row], marker=".", markersize=2.4, color=BLACK, markeredgewidth=0)
    _draw_ridge(axes, across, up, time < time[0, -1])
    axes.set_yscale("log")
    axes.set_xlim(across[0], across[-1])
    axes.set_ylim(up[0], up[-1])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(False)
    axes.set_xlabel("accuracy of the reward model")
    axes.set_ylabel(r"reward variance $\mathrm{Var}_{\pi_0}[r_{\mathrm{RM}}]$")
    bar = canvas.colorbar(
        shown, ax=axes, pad=0.02, aspect=30, extend="max" if np.nanmax(time) > norm.vmax else "neither"
    )
    bar.set_label(r"median time to gain $\gamma$", fontsize=8)
    bar.ax.yaxis.set_minor_locator(NullLocator())
    _draw_legend(canvas, every_model_exists=bool((models > 0).all()))


def _draw_unreachable(axes: Axes, across: np.ndarray, up: np.ndarray, models: np.ndarray) -> None:
    """The cells that no reward model lies in."""
    for row, column in np.argwhere(models == 0):
        axes.fill_between(
            across[column : column + 2],
            up[row],
            up[row + 1],
            facecolor=_UNREACHABLE,
            edgecolor=GREY,
            hatch="/////",
            linewidth=0,
        )


def _draw_bound(axes: Axes, variance: np.ndarray, bound: np.ndarray) -> None:
    """Where the lower bound passes powers of ten."""
    for spot in _bound_levels(bound):
        axes.axhline(
            np.exp(np.interp(-np.log(spot), -np.log(bound[:, 0]), np.log(variance))),
            color=BLACK,
            linewidth=0.8,
            linestyle=(0, (4, 1.5)),
        )
        axes.text(
            0.012,
            np.exp(np.interp(-np.log(spot), -np.log(bound[:, 0]), np.log(variance))) * 1.06,
            f"S3: $t \\geq {spot:g}$",
            fontsize=6.5,
            va="bottom",
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.8},
        )


def _draw_legend(canvas: Canvas, *, every_model_exists: bool) -> None:
    handles = [
        Line2D([], [], color=VERMILION, linewidth=1.4),
        Line2D([], [], color=BLACK, marker=".", markersize=4, linestyle=""),
        Patch(facecolor=_NEVER),
        Patch(facecolor=_UNREACHABLE, edgecolor=GREY, hatch="/////", linewidth=0.4),
    ]
    labels = [
        "faster than the perfect model\nof the least variance shown",
        "faster than the perfect\nmodel of equal variance",
        "half or more\nnever gain $\\gamma$",
        "no such reward\nmodel exists",
    ]
    shown_kinds = len(labels) - every_model_exists
    canvas.legend(
        handles[:shown_kinds],
        labels[:shown_kinds],
        loc="outside upper center",
        ncols=4,
        fontsize=6.5,
        handlelength=1.4,
        columnspacing=1.0,
    )


def _edges(centres: np.ndarray) -> np.ndarray:
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _flat(colour: str) -> ListedColormap:
    return ListedColormap([colour])


def _bound_levels(bound: np.ndarray) -> list[float]:
    """Powers of ten between the smallest and the largest bound; the bound depends on the variance alone."""
    low, high = np.log10(bound.min()), np.log10(bound.max())
    return [10.0**k for k in range(int(np.ceil(low)), int(np.floor(high)) + 1)]


def _draw_ridge(axes: Axes, across: np.ndarray, up: np.ndarray, inside: np.ndarray) -> None:
    """The border between cells that are inside and cells that are not, along the edges of the cells."""
    style = {"color": VERMILION, "linewidth": 1.4, "solid_capstyle": "butt"}
    for row, column in np.argwhere(inside[:, 1:] != inside[:, :-1]):
        axes.plot([across[column + 1]] * 2, up[row : row + 2], **style)  # type: ignore[arg-type]
    for row, column in np.argwhere(inside[1:] != inside[:-1]):
        axes.plot(across[column : column + 2], [up[row + 1]] * 2, **style)  # type: ignore[arg-type]


def _draw_shares(data: FigureData, axes: Axes) -> None:
    for name, (colour, style) in _PAIRS.items():
        rows = data.where(mark="share", pairs=name)
        ratio, share, half = rows["variance_ratio"], rows["share_faster"], rows["half_width"]
        axes.fill_between(ratio, share - half, share + half, color=colour, alpha=0.2, linewidth=0)
        axes.plot(ratio, share, color=colour, linestyle=style)
        above = share[-1] < 0.5
        # However wide the interval, the name stands inside.
        place = min(share[-1] + half[-1] + 0.01, 0.92) if above else max(share[-1] - half[-1] - 0.06, 0.08)
        side: Literal["bottom", "top"] = "bottom" if above else "top"
        axes.text(ratio[-1] * 0.85, place, name, color=colour, fontsize=7, ha="right", va=side)
    axes.axhline(0.5, color=GREY, linewidth=0.7)
    published = float(data.facts["published_ratio"])
    axes.axvline(published, color=VERMILION, linewidth=0.9, linestyle=(0, (4, 1.5)))
    axes.text(published * 1.15, 0.02, f"Table 1's largest\nratio, {published:.1f}", fontsize=7, va="bottom")
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(0, 1)
    axes.set_xlim(ratio[0], ratio[-1])
    axes.set_xlabel("variance ratio,\nless / more accurate model")
    axes.set_ylabel("share of pairs: less accurate is faster")


def _interval(data: FigureData, name: str) -> str:
    return f"{float(data.facts[name]):.2f} ± {float(data.facts[f'{name}_half_width']):.2f}"


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f, s = data.facts, data.settings
    return (
        f"Left: one policy over {len(s['policy'])} outputs whose better outputs are less likely; in each cell "
        f"{s['draws_per_cell']} random reward models without ties, of that accuracy (uniform pairs) and exactly that "
        f"variance, teach it by gradient flow without KL term. Colour: median time to gain γ = {s['gamma']:.2f} of "
        f"ground-truth reward, {s['share_of_gain']:.0%} of what there is to gain. Dashed: where the lower bound S3, "
        "which knows the variance only, passes a power of ten; no time is below S3, the shortest being "
        f"{readable(float(f['smallest_time_over_s3']), 3)} times it, and "
        f"{readable(float(f['smallest_time_over_s3_plus_plus']), 3)} times S3++. Times beyond "
        f"{_LONGEST:,.0f} times the shortest share the last colour; near the largest variance rewards take nearly "
        "only two values, which is slow. The red "
        f"border encloses {f['imperfect_cells_faster_than_perfect_of_least_variance']} of the "
        f"{f['imperfect_cells_that_reach']} less accurate cells whose median model gains γ: they are faster than the "
        f"perfect model of the least variance. Dots: {f['imperfect_cells_faster_than_perfect_of_equal_variance']} are "
        f"faster than the perfect model of equal variance. Right: {s['seeds']} random policies with "
        f"{s['models_per_seed']} reward models each; mean and 95% interval over policies (Student's t). Multiplying a "
        "reward by a divides its time by a, so variances are set by scaling. The less accurate model of a pair is "
        f"faster in {_interval(data, 'share_faster_equal')} of pairs at equal variance, in "
        f"{_interval(data, 'share_faster_published')} at the largest ratio in the paper's Table 1, "
        f"{readable(float(f['published_ratio']))}, and in {_interval(data, 'share_faster_hundredfold')} at a ratio of "
        "100; a model that never gains γ loses, pairs of two such are left out. Of pairs in which both gain γ it is "
        f"{_interval(data, 'share_faster_equal_both')}, {_interval(data, 'share_faster_published_both')} and "
        f"{_interval(data, 'share_faster_hundredfold_both')}. With variances log-uniform over a range of that ratio, "
        f"time has rank correlation {_interval(data, 'rank_correlation_with_variance_published')} with variance and "
        f"{_interval(data, 'rank_correlation_with_accuracy_published')} with accuracy; among models of accuracy 0.5 "
        f"or more, {_interval(data, 'rank_correlation_with_variance_accurate_published')} and "
        f"{_interval(data, 'rank_correlation_with_accuracy_accurate_published')}, and over a hundredfold range "
        f"{_interval(data, 'rank_correlation_with_variance_accurate_hundredfold')} and "
        f"{_interval(data, 'rank_correlation_with_accuracy_accurate_hundredfold')}. {float(f['never']):.0%} of the "
        "models never gain γ, which counts as the longest time."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Left: a map of median time over accuracy and the logarithm of reward variance. Times fall from bottom to top "
        "and, less evenly, from left to right; at low accuracy half the reward models or more never succeed, and at "
        "the highest variances some accuracies cannot be had. A border shows that less accurate models of higher "
        "variance beat the perfect one of the least variance. Right: the share of pairs in which the less accurate "
        "model is faster, rising with the ratio of its variance to that of the other; more so if only models that "
        "succeed are compared."
    )
