"""Hitting time against reward variance: masses of random problems and a real language model's, all above two lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, GREEN, ORANGE, SKY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from proofs_check.instances import tabular_families as families
from proofs_check.instances.tabular_families import Family
from proofs_check.sampling.language_model import language_model_families
from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from sims.llm import language_model_problems
from theory.bounds import lower_bounds
from theory.bounds.growth_control import controlled_time
from theory.bounds.pathwise import artanh_rise
from theory.errors import InvalidInputError
from theory.moments import expectation, variance
from theory.tabular.problem import stack_problems

SEED = 20_251
SIZES = {"smoke": (3,), "quick": (2, 4, 8), "full": (2, 3, 4, 5, 8, 16, 32, 64)}
PER_FAMILY = {"smoke": 10, "quick": 600, "full": 2_000}
"""Problems of each family and size; the arbitrary family has twice as many."""

PARAMETRIC, EXTREMAL, CONSTRUCTED = "random problems", "near the extremal instance", "teachers of Theorems 5 and 6"
LANGUAGE_MODEL = "language model, |Y| = 49,152"
GROUPS = (PARAMETRIC, CONSTRUCTED, EXTREMAL, LANGUAGE_MODEL)


def random_families(level: Level, outputs: int) -> list[tuple[str, Family]]:
    """Random problems of one size, each family with the group that it is drawn in."""
    random, count = np.random.default_rng([SEED, outputs]), PER_FAMILY[level]
    made = [
        (PARAMETRIC, families.arbitrary_problems(random, 2 * count, outputs)),
        (EXTREMAL, families.nearly_extremal_problems(random, count, outputs)),
        (CONSTRUCTED, families.theorem_5_problems(random, count, outputs, fast=False)),
        (CONSTRUCTED, families.theorem_5_problems(random, count, outputs, fast=True)),
    ]
    if outputs > 2:
        made.append((CONSTRUCTED, families.theorem_6_problems(random, count, outputs)))
    return made


def real_families(level: Level) -> tuple[list[tuple[str, Family]], str]:
    """The language model's problems, or none of them and the reason why."""
    if level == "smoke":
        return [], "left out of a smoke test"
    try:
        return [(LANGUAGE_MODEL, family) for family in language_model_families(language_model_problems())], ""
    except InvalidInputError as error:
        return [], str(error)


def measured(labelled: Sequence[tuple[str, Family]]) -> dict[str, object]:
    """One row per problem of families of one size, which are simulated together: a size is compiled only once."""
    problem = stack_problems([family.problem for _, family in labelled])
    gamma = np.concatenate([family.increase for _, family in labelled])
    counts = [family.increase.size for _, family in labelled]
    hitting = hitting_times(problem, gamma)
    policy = np.exp(problem.initial_log_probabilities)
    policy /= policy.sum(axis=-1, keepdims=True)
    reward_variance = np.asarray(variance(policy, problem.proxy_reward))
    unit = problem.prompts * np.asarray(lower_bounds.travelled(gamma))
    sharpest = np.asarray(lower_bounds.sharpened_proposition_3(gamma, reward_variance, problem.prompts))
    start = np.asarray(expectation(policy, problem.ground_truth_reward))
    tied = np.asarray(controlled_time(artanh_rise(gamma, start), reward_variance, problem.prompts))
    # Only a time that is finite and known is a point; the others are counted by their status.
    time = np.where(hitting.reached, hitting.time, np.nan)
    return {
        "group": np.repeat([group for group, _ in labelled], counts),
        "family": np.repeat([family.name for _, family in labelled], counts),
        "outputs": problem.outputs,
        "prompts": problem.prompts,
        "gamma": gamma,
        "reward_variance": reward_variance,
        "status": np.array([Status(int(code)).label for code in np.asarray(hitting.status)]),
        "time": time,
        "normalised_time": time / unit,
        "time_over_s3": time / sharpest,
        "time_over_s3_plus_plus": time / tied,
    }


def bound_lines(lowest: float, highest: float) -> list[dict[str, object]]:
    """Two points of each bound's line, in the units of the vertical axis: the constant over the standard deviation."""
    ends = np.array([lowest, highest])
    bound: dict[str, Callable[..., object]] = {
        "Proposition 3": lower_bounds.proposition_3,
        "S3": lower_bounds.sharpened_proposition_3,
    }
    unit = np.asarray(lower_bounds.travelled(1.0))
    return [
        {"group": name, "reward_variance": ends, "normalised_time": np.asarray(function(1.0, ends, 1.0)) / unit}
        for name, function in bound.items()
    ]


def compute(level: Level) -> FigureData:
    """Simulates every problem and sets its time beside its reward variance."""
    real, reason = real_families(level)
    batches = [random_families(level, outputs) for outputs in SIZES[level]]
    # The language model's families one by one: a batch of all of them would need several times the memory.
    rows = stack_rows(*map(measured, [*batches, *([family] for family in real)]))
    spread = rows["reward_variance"][rows["reward_variance"] > 0]
    columns = stack_rows(rows, *bound_lines(float(spread.min()), float(spread.max())))
    settings = {
        "seed": SEED,
        "sizes": list(SIZES[level]),
        "per_family": PER_FAMILY[level],
        "kl_coefficient": 0.0,
        "language_model": reason or "SmolLM2-135M-Instruct, next-token distributions",
    }
    data = FigureData(columns, settings)
    return FigureData(columns, settings, _facts(data))


def _facts(data: FigureData) -> dict[str, float | int | str]:
    facts: dict[str, float | int | str] = {}
    for name, group in (("random", (PARAMETRIC, EXTREMAL, CONSTRUCTED)), ("language_model", (LANGUAGE_MODEL,))):
        mine = np.isin(data.columns["group"], group)
        counts = Counter(data.columns["status"][mine].tolist())
        facts[f"{name}_problems"] = int(mine.sum())
        facts |= {f"{name}_{status.name.lower()}": counts.get(status.label, 0) for status in Status}
        if counts.get("reached"):
            facts[f"{name}_smallest_time_over_s3"] = float(np.nanmin(data.columns["time_over_s3"][mine]))
            facts[f"{name}_smallest_time_over_s3_plus_plus"] = float(
                np.nanmin(data.columns["time_over_s3_plus_plus"][mine])
            )
            facts[f"{name}_median_time_over_s3"] = float(np.nanmedian(data.columns["time_over_s3"][mine]))
            facts[f"{name}_smallest_variance"] = float(data.columns["reward_variance"][mine].min())
    return facts


_COLOURS = {PARAMETRIC: SKY, CONSTRUCTED: GREEN, EXTREMAL: ORANGE, LANGUAGE_MODEL: VERMILION}
_LINES: dict[str, Any] = {
    "S3": ("-", "S3 (ours): $4/\\sqrt{\\mathrm{Var}}$"),
    "Proposition 3": ((0, (4, 1.5)), "Prop. 3: $2/\\sqrt{\\mathrm{Var}}$"),
}


def draw(data: FigureData, canvas: Canvas) -> None:
    """All problems on the left, how far they are from S3 on the right."""
    left, right = canvas.subplots(1, 2, width_ratios=(1.75, 1))
    groups = [group for group in GROUPS if group in data.values("group", status="reached")]
    ceiling = _ceiling(data)
    for group in groups:
        rows = data.where(group=group, status="reached")
        real = group == LANGUAGE_MODEL
        beyond = rows["normalised_time"] > ceiling
        left.plot(
            rows["reward_variance"][beyond],
            np.full(beyond.sum(), ceiling),
            "^",
            markersize=2.4,
            markeredgewidth=0,
            color=_COLOURS[group],
            alpha=0.6,
            clip_on=False,
            in_layout=False,
        )
        left.plot(
            rows["reward_variance"],
            rows["normalised_time"],
            linestyle="",
            rasterized=not real,
            in_layout=False,
            color=_COLOURS[group],
            **(
                {"marker": "D", "markersize": 3, "markeredgecolor": BLACK, "markeredgewidth": 0.4, "zorder": 5}
                if real
                else {"marker": ".", "markersize": 1.6, "markeredgewidth": 0, "alpha": 0.5}
            ),
        )
    for name, (style, _) in _LINES.items():
        line = data.where(group=name)
        left.plot(
            line["reward_variance"], line["normalised_time"], color=BLACK, linestyle=style, linewidth=0.9, zorder=6
        )
    left.set_xlabel(r"reward variance $\mathrm{Var}_{\pi_0}[r_{\mathrm{RM}}]$")
    left.set_ylabel(r"$t_\gamma\;/\;|S|\,(1-e^{-\gamma/2})$")
    _draw_ratios(data, groups, right)
    # Limits first: a logarithmic axis would add a margin to times near the largest number, which overflows.
    lowest = data.where(group="Proposition 3")
    left.set_ylim(lowest["normalised_time"].min() / 3, ceiling)
    left.set_xlim(lowest["reward_variance"].min() / 3, lowest["reward_variance"].max() * 10)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    left.set_yscale("log")
    left.yaxis.set_minor_locator(NullLocator())
    _legend(canvas, groups)


def _ceiling(data: FigureData) -> float:
    """The top of the picture: as high as the lines reach, at least 1e4 times as high as they start."""
    heights = data.where(group="S3")["normalised_time"]
    return float(max(10 * heights.max(), 1e4 * heights.min()))


def _draw_ratios(data: FigureData, groups: list[str], axes: Axes) -> None:
    """For each group, the share of its problems that are at most this far above S3's line."""
    for group in groups:
        ratio = np.sort(data.where(group=group, status="reached")["time_over_s3"])
        share = np.arange(1, ratio.size + 1) / ratio.size
        axes.step(np.r_[ratio[0], ratio], np.r_[0, share], where="post", color=_COLOURS[group], linewidth=1.2)
    axes.axvline(1.0, color=BLACK, linewidth=0.9)
    axes.axvline(0.5, color=BLACK, linewidth=0.9, linestyle=_LINES["Proposition 3"][0])
    axes.set_xlim(0.3, 1e5)
    axes.set_ylim(0, 1)
    axes.set_xlabel(r"$t_\gamma\,/\,$bound S3")
    axes.set_ylabel("share of those that reach it")


_LEGEND_SHAPES: dict[bool, dict[str, Any]] = {
    True: {"marker": "D", "markeredgecolor": BLACK},
    False: {"marker": "o", "markeredgecolor": "none"},
}


def _legend(canvas: Canvas, groups: list[str]) -> None:
    points = [
        Line2D([], [], linestyle="", markersize=4, markeredgewidth=0.4, color=_COLOURS[group], **shape)
        for group, shape in ((group, _LEGEND_SHAPES[group == LANGUAGE_MODEL]) for group in groups)
    ]
    lines = [Line2D([], [], color=BLACK, linestyle=style, linewidth=0.9) for style, _ in _LINES.values()]
    labels = [*groups, *(label for _, label in _LINES.values())]
    canvas.legend([*points, *lines], labels, loc="outside upper center", ncols=3, columnspacing=1.2)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = data.facts
    return (
        f"Every point is a problem: {f['random_problems']:,} random ones with {min(data.settings['sizes'])} to "
        f"{max(data.settings['sizes'])} outputs{_real_part(data)}. Times are divided by |S|(1 − exp(−γ/2)), so that "
        f"Proposition 3 and its sharpened form S3 are straight lines; {_below(data)}. Triangles: {_beyond(data):,} "
        f"times beyond the top of the picture. Of the random problems {f['random_reached']:,} reach the target and are "
        f"drawn; {f['random_never']:,} are proven never to, {f['random_censored']:,} were given up and "
        f"{f['random_failed']:,} failed. The smallest time is {readable(float(f['random_smallest_time_over_s3']), 6)} "
        f"times S3 and {readable(float(f['random_smallest_time_over_s3_plus_plus']), 6)} times S3++, which also knows "
        f"where the expected reward starts; the median {readable(float(f['random_median_time_over_s3']))} times S3. "
        "Right: of the problems that reach the target, the share whose time is at most so many times S3; "
        "Proposition 3 lies at one half."
    )


def _below(data: FigureData) -> str:
    below = int(np.sum(data.columns["time_over_s3"] < 1))
    return f"{below:,} points lie below S3" if below else "no point lies below either"


def _beyond(data: FigureData) -> int:
    return int(np.sum(data.where(status="reached")["normalised_time"] > _ceiling(data)))


def _real_part(data: FigureData) -> str:
    f = data.facts
    if not f["language_model_problems"]:
        return f" (no language model's: {data.settings['language_model']})"
    return (
        f", and {f['language_model_problems']:,} on next-token distributions of SmolLM2-135M-Instruct, of which "
        f"{f['language_model_reached']:,} reach the target, the closest at "
        f"{readable(float(f['language_model_smallest_time_over_s3']))} times S3"
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Left: a cloud of points of normalised hitting time against reward variance, both logarithmic over many "
        "decades; two parallel lines of slope minus one half bound it from below, and the upper one touches it. "
        "Right: for each group of problems the cumulative share against the ratio of hitting time to the bound S3, "
        "all of it at ratios above one."
    )


FIGURE = Figure(
    title="Low reward variance is slow, without exception",
    corresponds_to=(
        "Proposition 3 (Theorem 1 for tabular policies), the sharpened S3 and S3++; the paper relates reward variance "
        "to the increase of reward in experiments on language models; this is exact gradient flow on tabular policies, "
        "some of which start as a language model's next-token distributions."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.6,
)
