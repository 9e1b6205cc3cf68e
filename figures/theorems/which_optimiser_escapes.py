"""Which optimiser escapes the plateau: six methods on a problem whose reward variance falls, beside their own "
"bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from figures.drawing.numbers import readable
from figures.drawing.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.table import stack_rows
from theory.bounds import growth_control, updates
from theory.bounds.fisher_time import arcsine_rise
from theory.bounds.pathwise import artanh_rise
from theory.tabular.exact_solutions import one_against_equals_time

INCREASE = 0.5
GROUP_SIZE = 4
EPSILON = 1e-8
MOMENTS = (0.9, 0.999)
SEED = 5
RUNS = {"smoke": 40, "quick": 400, "full": 4000}
STEPS = 50
"""Steps that a method is given for about the time it takes: some take fewer and longer ones."""

MOST_STEPS = 60_000
LONGEST_UPDATE = 0.25
"""Of a sampled step, in units of one over the gap of the rewards: longer ones overshoot, which costs time."""
CLOSE, RARE = "rewards are close to each other", "the rewarded output is rare"
EXPONENTS = {
    "smoke": {CLOSE: np.array([0.0, -3.0]), RARE: np.array([0.0, -2.0])},
    "quick": {CLOSE: -np.arange(0.0, 6.5, 1.0), RARE: -np.arange(0.0, 3.6, 0.5)},
    "full": {CLOSE: -np.arange(0.0, 8.5, 0.5), RARE: -np.arange(0.0, 4.1, 0.25)},
}
"""Of the reward variance. A rare output takes too many steps on samples where it is rarer."""

FLOW, ASCENT, RLOO, GRPO, ADAM, NATURAL = (
    "gradient flow",
    "gradient ascent",
    "RLOO",
    "GRPO",
    "Adam",
    "natural gradient",
)
COLOURS = {FLOW: BLACK, ASCENT: BLUE, RLOO: GREEN, GRPO: VERMILION, ADAM: PURPLE, NATURAL: ORANGE}
BOUND_NAMES = {FLOW: "S3++", ASCENT: "S-GD", RLOO: "S-RLOO", GRPO: "S-G1", ADAM: "S-SIGN", NATURAL: "S-NPG"}


def member(family: str, exponent: float) -> tuple[float, float]:
    """The probability `q` of the rewarded one of two outputs, and half the gap of their rewards: `Var = 4 h^2 "
    "q(1-q)`."""
    variance = 10.0**exponent
    if family == CLOSE:
        return 0.5, float(np.sqrt(variance))
    return float(0.5 * variance / (1 + np.sqrt(1 - variance))), 1.0


def adam_factor() -> float:
    """The largest update of Adam over its learning rate, without bias correction (docs/sharpened.md)."""
    first, second = MOMENTS
    return float((1 - first) / np.sqrt((1 - second) * (1 - first**2 / second)))


def bounds(q: float, half_gap: float) -> dict[str, float]:
    """The lower bound of each method on the time to gain `INCREASE`; for Adam, on the steps times the rate."""
    start, variance = 2 * q - 1, 4 * half_gap**2 * q * (1 - q)
    rise = artanh_rise(INCREASE, start)
    found: dict[str, Any] = {
        FLOW: growth_control.controlled_time(rise, variance, 1.0),
        ASCENT: updates.ascent_time(rise, variance, 1.0),
        RLOO: updates.sampled_ascent_time(rise, variance, 1.0, float(GROUP_SIZE)),
        GRPO: updates.standardised_time_by_rise(rise, 2 * half_gap, EPSILON, 1.0),
        ADAM: np.asarray(rise) / adam_factor(),
        NATURAL: updates.natural_gradient_time(arcsine_rise(INCREASE, start), 2 * half_gap, variance),
    }
    return {name: float(value) for name, value in found.items()}


def _stepped(q: float, size: float, update: Callable[[np.ndarray], np.ndarray], runs: int) -> tuple[float, float]:
    """The mean time at which the output's probability has risen by half of `INCREASE`, and the share of runs that get
    there. Of two outputs the difference of the logits says all."""
    target = np.log(q + INCREASE / 2) - np.log1p(-q - INCREASE / 2)
    odds = np.full(runs, np.log(q) - np.log1p(-q))
    time = np.full(runs, np.nan)
    for step in range(1, MOST_STEPS + 1):
        odds = odds + size * update(odds)
        arrived = np.isnan(time) & (odds >= target)
        time[arrived] = step * size
        if not np.isnan(time).any():
            break
    reached = np.isfinite(time)
    return float(np.mean(np.where(reached, time, MOST_STEPS * size))), float(reached.mean())


def measured(family: str, exponent: float, runs: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """The mean time of each method, and the share of its runs that arrive within `MOST_STEPS`."""
    q, half_gap = member(family, exponent)
    variance, bound = 4 * half_gap**2 * q * (1 - q), bounds(q, half_gap)
    flow = float(one_against_equals_time(q, q + INCREASE / 2, 2)) / half_gap

    def gradient(odds: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-odds))
        return 4 * half_gap * p * (1 - p)

    def groups(odds: np.ndarray) -> np.ndarray:
        return rng.binomial(GROUP_SIZE, 1 / (1 + np.exp(-odds)))

    def rloo(odds: np.ndarray) -> np.ndarray:
        rewarded = groups(odds)
        return 4 * half_gap * rewarded * (GROUP_SIZE - rewarded) / (GROUP_SIZE * (GROUP_SIZE - 1))

    def grpo(odds: np.ndarray) -> np.ndarray:
        rewarded = groups(odds)
        spread = 2 * half_gap * np.sqrt(rewarded * (GROUP_SIZE - rewarded)) / GROUP_SIZE
        size = 4 * half_gap * rewarded * (GROUP_SIZE - rewarded) / GROUP_SIZE**2
        return size / (spread + EPSILON)

    moments = [np.zeros(1), np.zeros(1)]

    def adam(odds: np.ndarray) -> np.ndarray:
        descent = gradient(odds) / 2
        for place, (decay, value) in enumerate(zip(MOMENTS, (descent, descent**2), strict=True)):
            moments[place] = decay * moments[place] + (1 - decay) * value
        return 2 * moments[0] / np.sqrt(moments[1])

    start, end = (np.log(p) - np.log1p(-p) for p in (q, q + INCREASE / 2))
    return {
        FLOW: (flow, 1.0),
        ASCENT: _stepped(q, flow / STEPS, gradient, 1),
        RLOO: _stepped(q, min(flow / STEPS, LONGEST_UPDATE / half_gap), rloo, runs),
        GRPO: _stepped(q, min(bound[GRPO] / STEPS, LONGEST_UPDATE), grpo, runs),
        ADAM: _stepped(q, bound[ADAM] / 4, adam, 1),
        # The logits' difference moves by the gap of the rewards.
        NATURAL: (float(end - start) / (2 * half_gap), 1.0 if variance > 0 else 0.0),
    }


def compute(level: Level) -> FigureData:
    """Times and bounds of six methods over the reward variance, in two families."""
    rng = np.random.default_rng(SEED)
    blocks: list[dict[str, Any]] = []
    facts: dict[str, float] = {}
    for key, family in (("close", CLOSE), ("rare", RARE)):
        at, runs = EXPONENTS[level][family], RUNS[level]
        rows = [(10.0**e, measured(family, e, runs, rng), bounds(*member(family, e))) for e in at]
        for name in COLOURS:
            times = np.array([found[name][0] for _, found, _ in rows])
            limits = np.array([bound[name] for _, _, bound in rows])
            about = {"family": family, "method": name, "reward_variance": np.array([v for v, *_ in rows])}
            shares = np.array([found[name][1] for _, found, _ in rows])
            blocks.append(about | {"time": times, "bound": limits, "share_reached": shares})
            facts[f"{key}, {name}: smallest ratio"] = float((times / limits).min())
            facts[f"{key}, {name}: slowdown"] = float(times[-1] / times[0])
    settings = {
        "gamma": INCREASE,
        "group_size": GROUP_SIZE,
        "epsilon": EPSILON,
        "runs": RUNS[level],
        "seed": SEED,
        "smallest_variances": [float(10.0 ** EXPONENTS[level][family].min()) for family in (CLOSE, RARE)],
    }
    return FigureData(stack_rows(*blocks), settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """A panel per family: marks are measured, lines are bounds."""
    panels = canvas.subplots(1, 2, sharey=True)
    for axes, family in zip(panels, data.values("family"), strict=True):
        for name, colour in COLOURS.items():
            rows = data.where(family=family, method=name)
            axes.plot(rows["reward_variance"], rows["time"], "o", color=colour, markersize=3.5, label=name)
            axes.plot(rows["reward_variance"], rows["bound"], color=colour, linewidth=0.9)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("initial reward variance")
        axes.set_title(f"low variance because\n{family}", fontsize=8)
    panels[0].set_ylabel(f"time to gain γ = {INCREASE:g}")
    handles, labels = panels[0].get_legend_handles_labels()
    shown = [f"{label} ({BOUND_NAMES[label]})" for label in labels]
    canvas.legend(handles, shown, loc="outside upper center", ncols=3, columnspacing=1.2)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    s = data.settings

    def listed(key: str, what: str) -> str:
        return ", ".join(f"{name} {readable(float(data.facts[f'{key}, {name}: {what}']))}" for name in COLOURS)

    return (
        "Two outputs, of which one is rewarded; left their rewards approach each other at probabilities of one half, "
        "right the rewarded one becomes rare at rewards ±1. Marks: time to gain γ = "
        f"{s['gamma']:g}, steps times learning rate, with exact gradients or (RLOO and GRPO) the mean of {s['runs']:,} "
        f"runs with groups of {s['group_size']}. Lines of the same colour: the lower bound that is proved for the "
        "method, S-SIGN for Adam divided by its largest update per learning rate, "
        f"{readable(adam_factor())}. Smallest ratio of time to bound, left: {listed('close', 'smallest ratio')}; "
        f"right: {listed('rare', 'smallest ratio')}. From variance 1 to {s['smallest_variances'][0]:.1g} the time "
        f"grows, left, by a factor of: {listed('close', 'slowdown')}; right, to {s['smallest_variances'][1]:.1g}: "
        f"{listed('rare', 'slowdown')}. The time "
        "of the natural gradient grows as one over the gap of the rewards, as that of a step along r does; how "
        "rare the "
        "output is counts by a logarithm. Adam and GRPO do not see the scale of the reward; GRPO feels rarity as "
        "gradient ascent does, since nearly all of its groups are then of equal rewards."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Two panels of time against reward variance, both logarithmic. Left: flow, ascent and RLOO rise along parallel "
        "lines as the variance falls, as does the natural gradient; GRPO and Adam stay flat. Right: flow, ascent, RLOO "
        "and GRPO rise, Adam and the natural gradient stay nearly flat. Each mark lies above the line of its colour."
    )


FIGURE = Figure(
    title="Normalisation escapes small reward differences, curvature escapes rare outputs",
    corresponds_to=(
        "Proposition 3, which is about gradient flow, and the optimisers of the paper's experiments (Section 4): here "
        "on two outputs, with a lower bound of our own for each method."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.62,
)
