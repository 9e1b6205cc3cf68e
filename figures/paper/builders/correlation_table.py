"""Tables of correlations with the increase of reward: one builder for Tables 2, 4, 6, 8 and 9."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from figures.drawing.intervals import mean_interval
from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.paper.builders.of_setting import of_setting
from figures.paper.experiment.properties import (
    ACCURACY,
    COEFFICIENTS,
    COMBINED,
    CORRELATED,
    EPOCH,
    INCREASES,
    OFF_POLICY,
    ON_POLICY,
    PROPERTIES,
    STANDARDISED,
    VARIANCE,
    correlations,
)
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import SIZES
from figures.published.tables import CORRELATIONS, published
from figures.table import stack_rows
from sims.rlhf import Setting


def correlation_rows(number: int, setting: Setting, level: Level) -> FigureData:
    """One row per property, increase and coefficient: ours, with intervals over repetitions, and the paper's."""
    sizes = SIZES[level]
    found = repetitions(setting, sizes)
    exact, sampled = correlations(found), correlations(found, sampled=True)
    printed = published(CORRELATIONS[number])
    rows: list[dict[str, Any]] = []
    facts: dict[str, float] = {}
    for (name, increase, coefficient), values in exact.items():
        mean, half = mean_interval(values)
        row = {
            "property": name,
            "increase": increase,
            "coefficient": coefficient,
            "correlation": float(mean),
            "half_width": float(half),
            "correlation_of_sampled_increases": float(np.mean(sampled[name, increase, coefficient])),
        }
        column = f"{coefficient.lower()}_with_{increase.replace(' ', '_')}_increase"
        where = np.flatnonzero(printed["property"] == name)
        row["published"] = float(printed[column][where[0]]) if len(where) else np.nan
        rows.append(row)
        facts[f"{coefficient}, {name}, {increase}"] = float(mean)
        facts[f"{coefficient}, {name}, {increase}, half-width"] = float(half)
    facts |= _leads(exact)
    settings = {
        "setting": asdict(sizes.applied(setting)),
        "sizes": asdict(sizes),
        "models": sum(CORRELATED),
        "epoch": EPOCH,
        "source": CORRELATIONS[number].source,
    }
    return FigureData(stack_rows(*rows), settings, facts)


def _leads(found: dict[tuple[str, str, str], np.ndarray]) -> dict[str, float]:
    """In which share of repetitions a property has the largest Pearson correlation with an increase."""
    singles = (VARIANCE, ON_POLICY, OFF_POLICY, ACCURACY)
    leads = {}
    for increase in INCREASES:
        for average in (COMBINED, STANDARDISED):
            names = (*singles, average)
            best = np.argmax([found[name, increase, "Pearson"] for name in names], axis=0)
            for k, name in enumerate(names):
                leads[f"leads among {average}, {name}, {increase}"] = float(np.mean(best == k))
    return leads


@of_setting
def correlation_table(*, number: int, setting: Setting, title: str, paper: str, experiment_of: str) -> Figure:
    """Table 2, 4, 6, 8 or 9, ours beside the paper's; `experiment_of`: the figure of ours with the same experiment."""
    return Figure(
        title=title,
        corresponds_to=(
            f"Table {number} of the paper ({paper}). Here: the experiment of {experiment_of}; correlations are taken "
            "in every repetition."
        ),
        compute=lambda level: correlation_rows(number, setting, level),
        draw=_draw,
        caption=lambda data: _caption(data, number),
        alternative_text=_alternative_text,
        height=0.36,
    )


def _draw(data: FigureData, canvas: Canvas) -> None:
    pairs = [(increase, coefficient) for increase in INCREASES for coefficient in COEFFICIENTS]
    header = ["property"]
    for increase, coefficient in pairs:
        header += [f"{increase}\n{coefficient},\nours", "\n\npaper"]
    rows = []
    for name in PROPERTIES:
        cells = [name]
        for increase, coefficient in pairs:
            (k,) = np.flatnonzero(
                (data.columns["property"] == name)
                & (data.columns["increase"] == increase)
                & (data.columns["coefficient"] == coefficient)
            )
            printed = data.columns["published"][k]
            cells += [
                f"{data.columns['correlation'][k]:.2f} ± {data.columns['half_width'][k]:.2f}",
                "" if np.isnan(printed) else f"{printed:.2f}",
            ]
        rows.append(cells)
    draw_table(canvas, header, rows, widths=(2.55, 1.35, 0.72, 1.35, 0.72, 1.35, 0.72, 1.35, 0.72), rules=(4, 5))


def _caption(data: FigureData, number: int) -> str:
    f, sizes = data.facts, data.settings["sizes"]

    def shown(name: str, increase: str) -> str:
        return f"{float(f[f'Pearson, {name}, {increase}']):.2f}"

    return (
        f"Correlation, over the {data.settings['models']} reward models other than the ground truth, of a property "
        f"under the initial policy with the increase of reward after {data.settings['epoch']} epoch. Ours: means of "
        f"the correlations of {sizes['repetitions']} independent repetitions ± half-widths of 95% intervals, from "
        f"exact expectations. Paper: Table {number}. Variance correlates with the proxy increase at "
        f"{shown(VARIANCE, 'proxy')}, the accuracies at {shown(ON_POLICY, 'proxy')} and {shown(OFF_POLICY, 'proxy')}. "
        "The average of variance and accuracy, as measured, correlates with the ground-truth increase at "
        f"{shown(COMBINED, 'ground truth')} (variance alone {shown(VARIANCE, 'ground truth')}, accuracy alone "
        f"{shown(ACCURACY, 'ground truth')}) and is the best of the five in "
        f"{float(f[f'leads among {COMBINED}, {COMBINED}, ground truth']):.0%} of repetitions; standardised first, it "
        f"correlates at {shown(STANDARDISED, 'ground truth')} and is the best in "
        f"{float(f[f'leads among {STANDARDISED}, {STANDARDISED}, ground truth']):.0%}."
    )


def _alternative_text(data: FigureData) -> str:
    parts = []
    for increase in INCREASES:
        rows = data.where(increase=increase, coefficient="Pearson")
        listed = ", ".join(
            f"{name} {value:.2f}" for name, value in zip(rows["property"], rows["correlation"], strict=True)
        )
        parts.append(f"with the increase of {increase} reward: {listed}")
    return f"A table of our and the paper's correlations. Ours, Pearson, {'; '.join(parts)}."
