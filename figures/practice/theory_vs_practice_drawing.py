"""The picture and the caption of theory against practice, from its numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, LINE_STYLES, ORANGE, PURPLE, SKY, VERMILION
from figures.figure import Canvas, FigureData

_METHODS: dict[str, dict[str, Any]] = {
    "gradient flow": {"color": BLACK, "linestyle": "-", "linewidth": 1.0},
    "gradient ascent": {"color": BLACK, "marker": "+", "linestyle": "", "markersize": 6},
    "REINFORCE": {"color": ORANGE, "marker": "^", "markersize": 6.5},
    "RLOO": {"color": BLUE, "marker": "s", "markersize": 4.6},
    "GRPO, no std": {"color": GREEN, "marker": "v", "markersize": 2.8},
    "DAPO": {"color": PURPLE, "marker": "D", "markersize": 4.8},
    "GRPO": {"color": VERMILION, "marker": "o", "markersize": 3.0},
}
_LABELS = {
    "REINFORCE": "REINFORCE, $k=1$",
    "RLOO": "RLOO, $k=2$",
    "GRPO, no std": "GRPO without std, $k=8$",
    "GRPO": "GRPO, $k=8$",
    "DAPO": "DAPO, $k=8$",
}
_BOUNDS: dict[str, dict[str, Any]] = {
    "Proposition 3": {"color": GREY, "linestyle": (0, (1, 1))},
    "S3": {"color": GREY, "linestyle": (0, (5, 1.2))},
    "S3++": {"color": GREY, "linestyle": "-."},
    "S-RLOO": {"color": GREY, "linestyle": (0, (3, 1, 1, 1))},
    "S-G1": {"color": VERMILION, "linestyle": (0, (5, 1.2))},
    "S-G2": {"color": VERMILION, "linestyle": (0, (3, 1, 1, 1))},
    "S-G2, DAPO": {"color": PURPLE, "linestyle": (0, (3, 1, 1, 1))},
}
_BOUND_LABELS = {
    "Proposition 3": "Prop. 3 (flow)",
    "S3": "S3 (flow)",
    "S3++": "S3++ (flow)",
    "S-RLOO": "S-RLOO (RLOO)",
    "S-G1": "S-G1 (GRPO)",
    "S-G2": "S-G2 (GRPO)",
    "S-G2, DAPO": "S-G2 (DAPO)",
}
_SIZES = {2: SKY, 4: GREEN, 8: VERMILION, 16: BLACK}


def draw(data: FigureData, canvas: Canvas) -> None:
    """Times of the two families on top; degenerate groups and sizes of updates below."""
    (close, rare), (groups, updates) = canvas.subplots(2, 2, height_ratios=(1.35, 1))
    families = data.values("family")
    for axes in (close, rare, groups, updates):
        axes.set_xscale("log")
    lowest = data.where(mark="bound", method="S-G1")["time"].min()
    cap = float(data.settings["horizon_steps"]) * float(data.settings["step_over_prompts"])
    for axes, family in zip((close, rare), families, strict=True):
        _draw_times(data, family, axes, cap)
        axes.set_title(f"low variance because\n{family}", fontsize=8)
        axes.set_ylim(0.3 * lowest, 4 * cap)
    close.set_ylabel(r"time to gain $\gamma$, $t_\gamma/|S|$")
    _draw_degenerate(data, families, groups)
    _draw_updates(data, families, updates)
    for axes in (close, rare, groups, updates):
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(r"reward variance $\mathrm{Var}_{\pi_0}[r_{\mathrm{RM}}]$")
    canvas.align_ylabels([close, groups])
    handles = [Line2D([], [], **_style(name)) for name in _METHODS]
    handles += [Line2D([], [], linewidth=1.0, **style) for style in _BOUNDS.values()]
    labels = [_LABELS.get(name, name) for name in _METHODS] + list(_BOUND_LABELS.values())
    canvas.legend(handles, labels, loc="outside upper center", ncols=4, fontsize=7, columnspacing=1.2)


def _style(name: str) -> dict[str, Any]:
    return {"markersize": 3.6, "linewidth": 0.6, "linestyle": "-", "markeredgewidth": 0.8} | _METHODS[name]


def _draw_times(data: FigureData, family: str, axes: Axes, cap: float) -> None:
    axes.axhline(cap, color="#B0B0B0", linewidth=0.7)
    axes.text(
        0.99,
        cap * 1.12,
        "runs end here",
        fontsize=6.5,
        color="#555555",
        ha="right",
        va="bottom",
        transform=axes.get_yaxis_transform(),
    )
    for name, look in _BOUNDS.items():
        rows = data.where(mark="bound", family=family, method=name)
        axes.plot(rows["reward_variance"], rows["time"], linewidth=1.0, zorder=1.5, **look)
    for name in _METHODS:
        rows = data.where(mark="time", family=family, method=name)
        style, whole = _style(name), rows["share_reached"] == 1
        shape = {key: value for key, value in style.items() if not key.startswith("line")}
        axes.plot(
            rows["reward_variance"],
            rows["time"],
            color=style["color"],
            linestyle=style["linestyle"],
            linewidth=style["linewidth"],
            zorder=2,
        )
        if "marker" not in style:
            continue
        error = rows["half_width"]
        axes.errorbar(
            rows["reward_variance"],
            rows["time"],
            yerr=np.where(np.isnan(error), 0.0, error),
            fmt="none",
            ecolor=style["color"],
            elinewidth=0.9,
            capsize=1.6,
            capthick=0.7,
            zorder=2.5,
        )
        axes.plot(rows["reward_variance"][whole], rows["time"][whole], linestyle="", zorder=3, **shape)
        axes.plot(
            rows["reward_variance"][~whole],
            rows["time"][~whole],
            linestyle="",
            zorder=3,
            markerfacecolor="white",
            **shape,
        )
    axes.set_yscale("log")


def _draw_degenerate(data: FigureData, families: list[str], axes: Axes) -> None:
    for (size, colour), style in zip(_SIZES.items(), LINE_STYLES, strict=False):
        rows = data.where(mark="degenerate", family=families[1], group_size=size)
        line = data.where(mark="degenerate curve", family=families[1], group_size=size)
        axes.plot(line["reward_variance"], line["exact"], color=colour, linestyle=style, linewidth=1.0)
        _measured(rows, axes, colour)
        constant = data.where(mark="degenerate", family=families[0], group_size=size)["exact"][0]
        axes.plot([1.6], [constant], marker="<", color=colour, markersize=3.4, clip_on=False, zorder=4)
    axes.set_ylim(0, 1.03)
    axes.set_xlim(right=2.2)
    axes.set_ylabel("probability that a\ngroup is degenerate")
    handles = [
        Line2D([], [], color=c, linestyle=s, marker=".", markersize=4, linewidth=1.0)
        for c, s in zip(_SIZES.values(), LINE_STYLES, strict=False)
    ]
    handles.append(Line2D([], [], color=GREY, marker="<", markersize=3.4, linestyle=""))
    labels = [f"rare, $k={size}$" for size in _SIZES] + ["close levels, any variance"]
    axes.legend(handles, labels, fontsize=6.5, loc="lower left", handlelength=2.2, labelspacing=0.25)


def _measured(rows: dict[str, np.ndarray], axes: Axes, colour: str) -> None:
    # A lower end below zero is cut off at the edge of a logarithmic axis.
    error = [rows["value"] - np.maximum(rows["low"], 1e-12), rows["high"] - rows["value"]]
    axes.errorbar(
        rows["reward_variance"],
        rows["value"],
        yerr=np.maximum(error, 0.0),
        fmt=".",
        color=colour,
        markersize=3.6,
        elinewidth=0.8,
        capsize=1.4,
    )


def _draw_updates(data: FigureData, families: list[str], axes: Axes) -> None:
    lines = [data.where(mark="update curve", family=family) for family in families]
    looks = (("close", VERMILION, BLACK), ("rare", SKY, GREY))
    for family, line, (short, solid, dashed) in zip(families, lines, looks, strict=True):
        axes.plot(line["reward_variance"], line["exact"], color=solid, linestyle="-", label=f"GRPO, {short}")
        _measured(data.where(mark="update", family=family), axes, solid)
        axes.plot(
            line["reward_variance"],
            line["gradient"],
            color=dashed,
            linestyle=(0, (4, 1.2)),
            linewidth=1.0,
            label=f"gradient, {short}",
        )
    axes.set_yscale("log")
    axes.set_ylim(0.5 * min(line["gradient"].min() for line in lines), 3)
    axes.set_ylabel("size of the mean\nupdate, " + r"$\|\mathrm{E}\,g\|_1$")
    axes.legend(fontsize=6.5, loc="lower right", labelspacing=0.25)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: readable(float(value)) for name, value in data.facts.items()}
    s = data.settings
    return (
        f"One of {s['outputs']} outputs is rewarded by proxy and ground truth alike, so that the reward model has "
        "accuracy 1; there is no KL term. At variance 1 the policy gives that output one half and the levels are ±1; "
        "going left, either the levels approach each other or the output becomes rare. Top: time to gain γ = "
        f"{s['gamma']} of ground-truth reward. All methods run SGD with learning rate η = {s['learning_rate']:g} on "
        f"all |S| = {s['prompts']} prompts at once, so that a step is η of flow time, whatever number k of samples it "
        f"rests on. Marks are means over {s['seeds']} seeds, each a mean over the prompts, with 95% intervals of the "
        f"mean (Student's t); gradient ascent is not random. Runs end after {s['horizon_steps']:,} steps: an open "
        "mark is a mean in which unfinished runs count as that long, and where none finished, smaller variances were "
        "not run. Proposition 3, S3 and S3++ are theorems about gradient flow. Where levels are close, gradient "
        "ascent and the methods that follow the gradient on average slow down as flow does (smallest ratios to S3: "
        "gradient "
        f"ascent {f['close_gradient_ascent_smallest_ratio_to_s3']}, REINFORCE "
        f"{f['close_reinforce_smallest_ratio_to_s3']}, RLOO {f['close_rloo_smallest_ratio_to_s3']}, GRPO without std "
        f"{f['close_grpo_no_std_smallest_ratio_to_s3']}). GRPO and DAPO lie far below S3 (down to "
        f"{f['close_grpo_smallest_ratio_to_s3']} times it): their advantages do not depend on the scale of the reward "
        f"until the deviation comes near ε = {readable(float(s['epsilon']), 1)}, where the plateau returns: "
        f"{f['close_grpo_first_time']} at variance 1, {f['close_grpo_last_time']} at {f['close_grpo_last_variance']}. "
        "What takes the place of S3 is S-G1, proved for every path of samples: t ≥ 2|S|γ(1 + 2ε/R), R being the range "
        "of the reward; for one prompt under DAPO, which may be given the steps of all, without |S|. The smallest "
        f"ratio of a run to it is {f['close_grpo_smallest_ratio_to_sg1']} for GRPO. Where the output is rare, std "
        f"division buys little: at variance {f['rare_grpo_speed_up_variance']} GRPO is {f['rare_grpo_speed_up']} "
        f"times as fast as gradient ascent and DAPO {f['rare_dapo_speed_up']} times, where levels are close and the "
        f"variance is {f['close_grpo_speed_up_variance']} it is {f['close_grpo_speed_up']} times. S-G2, proved for "
        "the mean time: t ≥ |S|(1/q₀ − 1/q₁)/(2√(k−1)) up to the same ε, q₀ and q₁ being the output's probability at "
        "first and at the target; for DAPO again without |S|. For the exact gradient √(k−1) is the gap between "
        f"levels: std division moves this bound by {f['rescue_limit']} at most. Bottom left: the probability that all "
        f"k rewards of a group are equal, exact (lines) and among {s['groups']:,} sampled groups (95% Clopper–Pearson "
        f"intervals, of which {data.facts['degenerate_inside']} in {data.facts['degenerate_points']} contain the "
        "exact value); it does not change where levels approach each other. Bottom right: the size of the mean update "
        "of one prompt, exact (lines) and from sampled groups (mean and 95% interval, Student's t), beside that of "
        "the gradient."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Four panels against reward variance on a logarithmic axis. Top left, levels close: times of gradient flow, "
        "gradient ascent, REINFORCE, RLOO, GRPO without std rise together along slope minus one half until runs end. "
        "GRPO and DAPO stay flat just above the line S-G1 and bend upwards with it at the smallest variances. Top "
        "right, output rare: the times of all methods rise together along slope minus one, GRPO slightly below, DAPO "
        "lowest, above the lines S-G2. Bottom left: the probability of a degenerate group rises to one as the output "
        "becomes rare, later for larger groups. Bottom right: the mean update of GRPO is flat for close levels until "
        "it bends down, and falls in proportion to variance for the rare output, as the gradient does."
    )
