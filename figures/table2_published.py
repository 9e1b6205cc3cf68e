"""The paper's Table 2, as printed, and its last row computed from its other rows and Table 1.

Table 2 prints correlations, and the increases behind them are not published as numbers. But what an average of
properties correlates with follows from what each of them correlates with and from the properties themselves, which
Table 1 has. Which models and which average the paper means is found in this way, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.correlations import correlation_of_average
from figures.drawn_table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.published_tables import TABLE_1, TABLE_2, published
from figures.table import stack_rows

PROPERTIES = ("reward_variance", "on_policy_accuracy", "off_policy_accuracy")
INCREASES = ("proxy", "ground_truth")
GROUPS = {"all seven": 7, "all but the ground truth": 6}
"""The first rows of Table 1: its last is the ground truth."""

AVERAGES = ("as measured", "standardised")


def averages(properties: np.ndarray) -> dict[str, np.ndarray]:
    """Weights, shape `(3,)`, of two averages of variance and mean accuracy.

    **Arguments**: `properties`, shape `(models, 3)`: variance, on-policy and off-policy accuracy.
    """
    accuracy_deviation = properties[:, 1:].mean(axis=1).std()
    return {
        "as measured": np.array([0.5, 0.25, 0.25]),
        "standardised": np.array([0.5 / properties[:, 0].std(), *[0.25 / accuracy_deviation] * 2]),
    }


def compute(level: Level) -> FigureData:
    """The published correlations and the arithmetic; nothing is simulated, so every level is the same."""
    first, second = published(TABLE_1), published(TABLE_2)
    singles = {increase: second[f"pearson_with_{increase}_increase"][:3] for increase in INCREASES}
    rows: list[dict[str, Any]] = []
    facts: dict[str, float] = {}
    for group, count in GROUPS.items():
        properties = np.stack([first[name][:count] for name in PROPERTIES], axis=1)
        for average, weights in averages(properties).items():
            found = {name: correlation_of_average(properties, weights, singles[name]) for name in INCREASES}
            rows.append(
                {"kind": "arithmetic", "property": "reward variance & accuracy", "models": group, "average": average}
                | {f"pearson_with_{name}_increase": value for name, value in found.items()}
            )
            facts |= {f"{name} increase, {group}, {average}": value for name, value in found.items()}
    facts |= {f"{name} increase, published": float(second[f"pearson_with_{name}_increase"][3]) for name in INCREASES}
    settings = {"source": TABLE_2.source, "properties": TABLE_1.source}
    return FigureData(stack_rows({"kind": "published", **second}, *rows), settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """The published rows, then the computed ones."""
    texts = []
    for kind in ("published", "arithmetic"):
        rows = data.where(kind=kind)
        labels = rows["property"] if kind == "published" else _labels(rows)
        numbers = [[f"{value:.3f}" for value in rows[f"pearson_with_{name}_increase"]] for name in INCREASES]
        texts += [[str(label), *values] for label, *values in zip(labels, *numbers, strict=True)]
    header = ["Pearson correlation of", "with proxy\nincrease", "with ground-truth\nincrease"]
    draw_table(canvas, header, texts, widths=(3.2, 1.0, 1.2), rules=(4,))


def _labels(rows: dict[str, np.ndarray]) -> list[str]:
    return [
        f"last row by arithmetic: {average}, {models}"
        for average, models in zip(rows["average"], rows["models"], strict=True)
    ]


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = {name: f"{value:.3f}" for name, value in data.facts.items()}
    key = "all but the ground truth, as measured"
    other = "all but the ground truth, standardised"
    return (
        "Above the thin line: Table 2 of the paper, as printed: over reward models, the correlation of a property with "
        "the increase of reward after one epoch of policy gradient. Below: its last row, computed from its first three "
        "and Table 1, for two sets of models and two averages of variance and accuracy (mean of on- and off-policy). "
        "Over the six models other than the ground truth and with the average as measured, "
        f"{f[f'proxy increase, {key}']} "
        f"and {f[f'ground_truth increase, {key}']} come out where {f['proxy increase, published']} and "
        f"{f['ground_truth increase, published']} are printed, so this appears to be what the paper does. Had the "
        "two been "
        f"standardised first, it would be {f[f'proxy increase, {other}']} and "
        f"{f[f'ground_truth increase, {other}']}: how "
        "well the average predicts depends on its units. The increases themselves are not published as numbers; "
        "nothing "
        "else about them can be computed from the tables."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    rows = data.where(kind="published")
    listed = "; ".join(
        f"{name}: {proxy:g} and {truth:g}"
        for name, proxy, truth in zip(
            rows["property"], *(rows[f"pearson_with_{k}_increase"] for k in INCREASES), strict=True
        )
    )
    return f"A table of correlations with the increases of proxy and of ground-truth reward. Published: {listed}."


FIGURE = Figure(
    id="table2-published",
    title="Published: what correlates with the increase of reward, and its last row recomputed",
    corresponds_to=(
        "Table 2 of the paper: its own numbers, from language models. The rows by arithmetic are ours; nothing is "
        "simulated."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.36,
)
