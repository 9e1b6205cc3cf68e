"""Arithmetic on the paper's tables of correlations: their averaged rows, and which property leads.

The increases behind Tables 2, 4, 6, 8 and 9 are not published as numbers. But what an average of properties correlates
with follows from what each of them correlates with and from the properties themselves, which Tables 1, 3, 5 and 7 have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64

from figures.drawing.correlations import correlation_of_average
from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.published.implied_offset import implied_offset
from figures.published.tables import CHARACTERISTICS, CORRELATIONS, PAPER, PROPERTIES_OF, published
from figures.table import stack_rows

MODELS = 6
"""The first rows of a table of characteristics: all but the ground truth. With seven nothing comes out as printed."""

Models = Float64[np.ndarray, "*batch models properties"]
PerProperty = Float64[np.ndarray, "*batch properties"]

COLUMNS = ("reward_variance", "on_policy_accuracy", "off_policy_accuracy")
INCREASES = ("proxy", "ground_truth")
AVERAGES = {
    "on- & off-policy accuracy": (0.0, 0.5, 0.5),
    "reward variance & accuracy": (0.5, 0.25, 0.25),
}
"""Weights of variance and both accuracies, as measured."""

ROUNDING = 0.0005
DRAWS = 2000
SEED = 0


def standardised(properties: Models) -> PerProperty:
    """The weights of variance and mean accuracy, both divided by their standard deviation over the models."""
    variance, accuracy = properties[..., 0].std(axis=-1), properties[..., 1:].mean(axis=-1).std(axis=-1)
    return np.stack([1 / variance, 0.5 / accuracy, 0.5 / accuracy], axis=-1)


def recomputed(properties: Models, correlations: PerProperty) -> dict[str, Float64[np.ndarray, "*batch"]]:
    """What every average, and the standardised one, correlates with."""
    weights = {name: np.array(each) for name, each in AVERAGES.items()} | {"standardised": standardised(properties)}
    return {name: correlation_of_average(properties, each, correlations) for name, each in weights.items()}


def compute(level: Level) -> FigureData:
    """The printed rows beside the recomputed ones; nothing is simulated, so every level is the same."""
    rows: list[dict[str, Any]] = []
    facts: dict[str, float | int] = {}
    for number, table in CORRELATIONS.items():
        printed, source = published(table), published(CHARACTERISTICS[PROPERTIES_OF[number]])
        properties = np.stack([source[name][:MODELS] for name in COLUMNS], axis=1)
        for increase in INCREASES:
            column = printed[f"pearson_with_{increase}_increase"]
            found = recomputed(properties, column[:3])
            low, high = _rounding_range(properties, column[:3])
            for name, value in found.items():
                where = np.flatnonzero(printed["property"] == name)
                rows.append(
                    {
                        "table": number,
                        "property": name,
                        "increase": increase,
                        "recomputed": value,
                        "lowest": low[name],
                        "highest": high[name],
                        "printed": float(column[where[0]]) if len(where) else np.nan,
                    }
                )
    for number, table in CHARACTERISTICS.items():
        source = published(table)
        truth, flat = float(source["reward_variance"][-1]), float(source["reward_variance"][-2])
        facts[f"implied offset, Table {number}"] = implied_offset(truth, flat)
    data = FigureData(stack_rows(*rows), {"source": PAPER, "models": MODELS, "draws": DRAWS, "seed": SEED})
    return FigureData(data.columns, data.settings, facts | _facts(data))


def _rounding_range(properties: np.ndarray, correlations: np.ndarray) -> tuple[dict[str, float], dict[str, float]]:
    """The smallest and the largest result over draws of all inputs within what rounding to three digits hides."""
    hidden = np.random.default_rng(SEED).uniform(-ROUNDING, ROUNDING, (DRAWS, properties.size + correlations.size))
    of_properties, of_correlations = np.split(hidden, [properties.size], axis=1)
    drawn = recomputed(properties + of_properties.reshape(-1, *properties.shape), correlations + of_correlations)
    low, high = ({name: float(end(each)) for name, each in drawn.items()} for end in (np.min, np.max))
    return low, high


def _facts(data: FigureData) -> dict[str, float | int]:
    rows = data.columns
    printed = ~np.isnan(rows["printed"])
    off = np.maximum(rows["lowest"] - rows["printed"], rows["printed"] - rows["highest"]) - ROUNDING
    facts: dict[str, float | int] = {
        "recomputed_rows": int(printed.sum()),
        "outside_rounding": int(np.sum(off[printed] > 0)),
        "largest_difference": float(np.abs(rows["printed"] - rows["recomputed"])[printed].max()),
    }
    for increase in INCREASES:
        variance_leads = combined_leads = standardised_leads = 0
        for number, table in CORRELATIONS.items():
            column = published(table)[f"pearson_with_{increase}_increase"]
            (standard,) = data.where(table=number, property="standardised", increase=increase)["recomputed"]
            variance_leads += int(column[0] > column[1:4].max())
            combined_leads += int(column[4] > column[:4].max())
            standardised_leads += int(standard > column[:4].max())
        facts |= {
            f"variance_leads_{increase}": variance_leads,
            f"combined_leads_{increase}": combined_leads,
            f"standardised_leads_{increase}": standardised_leads,
        }
    return facts


def draw(data: FigureData, canvas: Canvas) -> None:
    """A block of rows per table: printed, recomputed, and standardised."""
    texts: list[list[str]] = []
    rules: list[int] = []
    for number in CORRELATIONS:
        rules.append(len(texts))
        for name in (*AVERAGES, "standardised"):
            cells = [f"Table {number}" if len(texts) == rules[-1] else "", _label(name)]
            for increase in INCREASES:
                rows = data.where(table=number, property=name, increase=increase)
                printed = rows["printed"][0]
                cells += ["" if np.isnan(printed) else f"{printed:.3f}", f"{rows['recomputed'][0]:.3f}"]
            texts.append(cells)
    header = [
        "table",
        "average",
        "proxy,\nprinted",
        "proxy,\nrecomputed",
        "ground truth,\nprinted",
        "ground truth,\nrecomputed",
    ]
    draw_table(canvas, header, texts, widths=(0.9, 3.0, 1.0, 1.1, 1.2, 1.2), rules=rules[1:], words=2)


def _label(name: str) -> str:
    return "reward variance & accuracy, standardised" if name == "standardised" else name


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f, count = data.facts, len(CORRELATIONS)
    offsets = ", ".join(f"{float(f[f'implied offset, Table {number}']):.2f}" for number in CHARACTERISTICS)
    return (
        "Pearson correlations with the increases of reward after one epoch, as printed in Tables 2, 4, 6, 8 and 9, "
        "and computed from the first three rows of each and the properties in Tables 1, 3, 5 and 7, over the six "
        "models other than the ground truth. Averages are of the numbers as measured, but for the last row of each, "
        f"where variance and accuracy are standardised over the models first. {f['outside_rounding']} of "
        f"{f['recomputed_rows']} printed numbers lie outside what rounding of the inputs allows (range over "
        f"{data.settings['draws']} draws), the largest difference being {float(f['largest_difference']):.3f}. "
        f"Variance leads all accuracies in {f['variance_leads_proxy']} of {count} tables for the proxy increase and "
        f"in {f['variance_leads_ground_truth']} for the ground-truth increase; the average as measured leads all four "
        f"for the ground-truth increase in {f['combined_leads_ground_truth']}, standardised in "
        f"{f['standardised_leads_ground_truth']}. The increases themselves are not published as numbers, so no "
        "p-value can be computed. From the variances of the ground truth and the flat model follows the mean of the "
        f"ground truth in its standard deviations, in Tables 1, 3, 5 and 7: {offsets}; without an offset, flattening "
        "half of the prompts would leave the normalised variance as it is."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    rows = data.where(property="reward variance & accuracy", increase="ground_truth")
    listed = "; ".join(
        f"Table {number}: {printed:.3f} and {own:.3f}"
        for number, printed, own in zip(rows["table"], rows["printed"], rows["recomputed"], strict=True)
    )
    return (
        f"A table of printed and recomputed correlations. Variance & accuracy with the ground-truth increase: {listed}."
    )


FIGURE = Figure(
    title="Published: averages of variance and accuracy, recomputed from their parts",
    corresponds_to=(
        "Tables 1 to 9 of the paper: its own numbers, from language models. The recomputed columns are ours; nothing "
        "is simulated."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.62,
)
