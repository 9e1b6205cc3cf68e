"""The picture and the caption of reward scaling, from its numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREY, ORANGE, VERMILION
from figures.figure import Canvas, FigureData

_LOOKS: dict[str, dict[str, Any]] = {
    "exact gradient, SGD": {"color": BLACK, "marker": "+", "linestyle": (0, (5, 1.2)), "markersize": 6},
    "RLOO, SGD": {"color": BLUE, "marker": "s", "linestyle": "-", "markersize": 3.4},
    "RLOO, Adam": {"color": ORANGE, "marker": "o", "linestyle": (0, (3, 1, 1, 1)), "markersize": 3.8},
}


def draw(data: FigureData, canvas: Canvas) -> None:
    """Steps and failures on top, final rewards and the noise of the gradient below."""
    (steps, failed), (final, noise) = canvas.subplots(2, 2)
    end = float(data.settings["horizon_steps"])
    steps.axhline(end, color="#B0B0B0", linewidth=0.7)
    _label(steps, end * 1.08, "runs end here")
    for name in _LOOKS:
        _draw_method(data, name, steps, failed, final)
    initial = float(data.settings["initial_reward"])
    final.axhline(initial, color=GREY, linewidth=0.7)
    _label(final, initial + 0.03, "initial policy")
    _draw_noise(data, noise)
    steps.set_yscale("log")
    steps.set_ylim(top=2.2 * end)
    failed.set_ylim(-0.04, 1.04)
    steps.set_ylabel(r"steps to gain $\gamma$ (mean)")
    failed.set_ylabel("share of seeds that do\nnot gain " + r"$\gamma$")
    final.set_ylabel("final ground-truth\nreward")
    for axes in (steps, failed, final, noise):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
    for axes in (final, noise):
        axes.set_xlabel(r"scale $c$ of the reward")
    canvas.align_ylabels([steps, final])
    canvas.align_ylabels([failed, noise])
    handles = [Line2D([], [], linewidth=1.0, **look) for look in _LOOKS.values()]
    canvas.legend(handles, list(_LOOKS), loc="outside upper center", ncols=3)


def _label(axes: Axes, height: float, text: str) -> None:
    """A word at the right end of a horizontal line."""
    axes.text(
        0.99, height, text, fontsize=6.5, color="#555555", ha="right", va="bottom", transform=axes.get_yaxis_transform()
    )


def _draw_method(data: FigureData, name: str, steps: Axes, failed: Axes, final: Axes) -> None:
    """One method in the three panels that have methods."""
    look = _LOOKS[name]
    rows = data.where(mark="run", method=name)
    line = {"linewidth": 1.0, "markeredgewidth": 0.9, **look}
    steps.plot(rows["scale"], rows["steps"], **line)
    late = rows["failed_share"] > 0
    steps.plot(rows["scale"][late], rows["steps"][late], **{**line, "linestyle": "", "markerfacecolor": "white"})
    failed.plot(rows["scale"], rows["failed_share"], **line)
    final.plot(rows["scale"], rows["final_reward"], **line)
    if name != "exact gradient, SGD":
        _bars(steps, rows, "steps", rows["steps_half_width"], rows["steps_half_width"], look)
        share, half = rows["failed_share"], rows["final_half_width"]
        _bars(failed, rows, "failed_share", share - rows["failed_low"], rows["failed_high"] - share, look)
        _bars(final, rows, "final_reward", half, half, look)
        final.fill_between(
            rows["scale"],
            rows["final_tenth"],
            rows["final_ninetieth"],
            color=look["color"],
            alpha=0.18,
            linewidth=0,
        )


def _bars(
    axes: Axes, rows: dict[str, np.ndarray], column: str, down: np.ndarray, up: np.ndarray, look: dict[str, Any]
) -> None:
    error = np.maximum([down, up], 0.0)
    axes.errorbar(
        rows["scale"], rows[column], yerr=error, fmt="none", ecolor=look["color"], elinewidth=0.8, capsize=1.5
    )


def _draw_noise(data: FigureData, axes: Axes) -> None:
    rows = data.where(mark="noise")
    axes.plot(rows["scale"], rows["noise"], color=VERMILION, label=r"noise, $\mathrm{E}\|\hat g-\mathrm{E}\hat g\|^2$")
    axes.plot(
        rows["scale"], rows["signal"], color=BLACK, linestyle=(0, (5, 1.2)), label=r"signal, $\|\mathrm{E}\hat g\|^2$"
    )
    axes.plot(
        rows["scale"], rows["signal_to_noise"], color=BLUE, linestyle=(0, (1, 1)), label="signal / noise (no unit)"
    )
    axes.set_yscale("log")
    axes.set_ylabel("squared gradient\nat the first step")
    axes.legend(fontsize=6.5, labelspacing=0.25, loc="upper left")


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    s, facts = data.settings, data.facts
    f = {name: readable(float(value)) for name, value in facts.items()}
    f |= {name: f"{float(value):g}" for name, value in facts.items() if name.endswith(("scale", "median"))}
    return (
        f"One prompt with {s['outputs']} outputs, taught by the ground truth itself times c: the accuracy is 1 and "
        f"the reward variance {f['initial_variance']} c². Learning rates are the same for all c: "
        f"{s['learning_rate']:g} (SGD) and {s['adam_rate']:g} (Adam); {s['horizon_steps']:,} steps, no KL term, "
        f"{s['seeds']} seeds, RLOO with two samples per step. Top left: steps until the expected ground-truth reward, "
        f"computed exactly, has risen by γ = {readable(float(s['gamma']))}, {s['share_of_gain']:.0%} of what there is "
        "to gain: mean over seeds with 95% interval (Student's t), where a seed that does not gain γ counts as "
        f"{s['horizon_steps']:,} (open marks where there is any). With the exact gradient a larger c is faster "
        f"throughout, {facts['exact_slowest_steps']:g} steps at c = {f['exact_slowest_scale']} and "
        f"{facts['exact_fastest_steps']:g} at c = {f['exact_fastest_scale']}. RLOO with SGD follows it down to "
        f"{f['sampled_fastest_steps']} at c = {f['sampled_fastest_scale']} and is slower again beyond: "
        f"{f['sampled_last_steps']} ± {f['sampled_last_steps_half_width']} at c = {f['largest_scale']}, although the "
        f"median there is {f['sampled_last_median']}. Top right: the share of seeds that have not gained γ by the end "
        "(95% Clopper–Pearson intervals); on the left because training is slow, for the exact gradient as well; on "
        "the right because noise has driven the policy onto an output that it hardly leaves: "
        f"{f['sampled_last_failed']} [{f['sampled_last_failed_low']}, {f['sampled_last_failed_high']}] of the seeds "
        f"at c = {f['largest_scale']}. Bottom left: the ground-truth reward at the end, mean with 95% interval "
        f"(Student's t) and, shaded, the middle 80% of seeds. RLOO with SGD is best at c = {f['sampled_best_scale']} "
        f"({f['sampled_best_final']} ± {f['sampled_best_half_width']}) and ends at {f['sampled_last_final']} ± "
        f"{f['sampled_last_half_width']} for c = {f['largest_scale']}, where the middle 80% reach from "
        f"{f['sampled_last_tenth']} to {f['sampled_last_ninetieth']}. Adam divides by the size of the gradient: "
        f"without a KL term c changes nothing ({f['adam_fastest_steps']} steps, "
        f"{readable(float(facts['adam_last_final']), 3)} at the end, for every c). Bottom right: signal and noise of "
        "the first RLOO estimate, exact over all pairs of samples: both grow as c², their ratio is "
        f"{readable(float(facts['smallest_signal_to_noise']), 3)} at every c. What harms is not a worse ratio but the "
        "longer step: under SGD, c times the reward is c times the learning rate."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Four panels against the scale of the reward, on a logarithmic axis. Top left: the mean number of steps falls "
        "in proportion to the scale with the exact gradient; RLOO with SGD follows and then rises; RLOO with Adam is "
        "flat. Top right: the share of seeds that fail is one at the smallest scale for both SGD methods, zero "
        "in the middle, and rises again at the largest scales for RLOO with SGD alone. Bottom left: the final reward "
        "of RLOO with SGD rises, then falls, with a spread that widens; Adam's is flat near one. Bottom right: signal "
        "and noise are parallel lines, their ratio is constant."
    )
