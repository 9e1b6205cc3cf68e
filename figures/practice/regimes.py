"""The regimes of the effects of Section 4.1: each effect in the main setting and in variations of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from textwrap import fill
from typing import Any

import numpy as np

from figures.drawing.intervals import mean_interval
from figures.drawing.style import BLUE, GREY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.paper.experiment.effects import EFFECTS
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import ALIKE, BY_VARIANCE, MAIN, OTHER_TRUTH, SIZES, SMALL
from figures.table import stack_rows

SHARED = (MAIN, SMALL, ALIKE, OTHER_TRUTH, BY_VARIANCE)
"""Settings whose repetitions other figures show, too."""

VARIATIONS = (
    replace(MAIN, name="ground truth of mean zero", mean=0.0),
    replace(MAIN, name="all variance within prompts", within_variance=1.0, mean=0.0),
    replace(MAIN, name="features tell all", unseen=0.0),
    replace(MAIN, name="features worth the same in both styles", transfer=1.0),
    replace(MAIN, name="neither style is better", other_bonus=0.0),
    replace(MAIN, name="no KL term", kl_coefficient=0.0),
    replace(MAIN, name="KL coefficient 0.5", kl_coefficient=0.5),
    replace(MAIN, name="SGD instead of Adam", optimizer="sgd", learning_rate=0.3),
    replace(MAIN, name="GRPO, four samples", estimator="grpo", samples=4),
)


def compute(level: Level) -> FigureData:
    """One row per setting and effect: the mean over repetitions and the half-width of its 95% interval."""
    rows: list[dict[str, Any]] = []
    facts: dict[str, int] = {}
    found = [(setting, SIZES[level]) for setting in SHARED]
    # One seed each: repetitions matter more than seeds within them.
    found += [(setting, replace(SIZES[level], seeds=1, evaluation_samples=0)) for setting in VARIATIONS]
    for setting, sizes in found:
        repeated = repetitions(setting, sizes)
        for effect in EFFECTS:
            values = effect.of(repeated)
            mean, half = mean_interval(values)
            rows.append(
                {
                    "setting": setting.name,
                    "effect": effect.id,
                    "mean": float(mean),
                    "half_width": float(half),
                    "share_positive": float(np.mean(values > 0)),
                    "verdict": _verdict(float(mean), float(half)),
                }
            )
    for effect in EFFECTS:
        for verdict in ("appears", "opposite", "undecided"):
            facts[f"{effect.id}, {verdict}"] = sum(
                row["effect"] == effect.id and row["verdict"] == verdict for row in rows
            )
    settings = {
        "settings": [asdict(setting) for setting, _ in found],
        "sizes": asdict(SIZES[level]),
        "effects": {effect.id: f"{effect.claim}: {effect.measure}" for effect in EFFECTS},
    }
    return FigureData(stack_rows(*rows), settings, facts)


def _verdict(mean: float, half: float) -> str:
    if abs(mean) <= half:
        return "undecided"
    return "appears" if mean > 0 else "opposite"


def draw(data: FigureData, canvas: Canvas) -> None:
    """A panel per effect, a row per setting."""
    panels = canvas.subplots(2, len(EFFECTS) // 2, sharey=True)
    names = data.values("setting")
    for axes, effect in zip(panels.flat, EFFECTS, strict=True):
        rows = data.where(effect=effect.id)
        for k in range(len(names)):
            appears = rows["verdict"][k] == "appears"
            axes.errorbar(
                rows["mean"][k],
                k,
                xerr=rows["half_width"][k],
                color=BLUE if appears else VERMILION,
                marker="o" if appears else "D",
                markerfacecolor=BLUE if appears else "white",
                markersize=3.2,
                elinewidth=0.9,
                capsize=1.5,
            )
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.axhline(len(SHARED) - 0.5, color=GREY, linewidth=0.4)
        axes.set_title(fill(effect.claim, 20), fontsize=7)
        axes.set_xlabel(fill(effect.measure, 20), fontsize=6.5)
        axes.tick_params(labelsize=6.5)
        axes.margins(x=0.12)
    panels.flat[0].set_ylim(len(names) - 0.4, -0.6)
    for row in panels:
        row[0].set_yticks(range(len(names)), names, fontsize=6.5)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    sizes = data.settings["sizes"]
    count = len(data.values("setting"))
    parts = []
    for effect in EFFECTS:
        missing = [
            str(name)
            for name, verdict in zip(*(data.where(effect=effect.id)[k] for k in ("setting", "verdict")), strict=True)
            if verdict != "appears"
        ]
        where = f"all {count}" if not missing else f"{count - len(missing)} of {count}, not in: {', '.join(missing)}"
        parts.append(f"{effect.claim}: in {where}")
    return (
        "Effects that the paper reports, in five settings that stand for its experiments (above the line) and in "
        f"variations of the first. Means over {sizes['repetitions']} independent repetitions with 95% intervals by "
        "Student's t; filled circles: the interval is above zero. Unit of each effect: below its panel (increases of "
        f"ground-truth reward as shares of a rival's; correlations as differences). {'; '.join(parts)}. The settings "
        "were chosen by hand, the first so that all effects appear in it, so that their number says nothing about how "
        "often they would elsewhere."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    listed = "; ".join(f"{effect.claim}: {data.facts[f'{effect.id}, appears']}" for effect in EFFECTS)
    return (
        f"Eight panels of means with intervals, one row per setting. Settings in which each effect appears: {listed}."
    )


FIGURE = Figure(
    title="In which settings the paper's effects appear, and in which they do not",
    corresponds_to=(
        "Section 4.1 of the paper, which has one setting per figure and three runs. Here: the same experiment in "
        "miniature under fourteen settings, twenty or more repetitions each."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.95,
)
