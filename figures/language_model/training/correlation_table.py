"""Table 2's counterpart on a real language model: what correlates, over its reward models, with the increases."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.drawing.correlations import exact_p_value
from figures.drawing.crossed_intervals import percentile_interval
from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.training.effects import FIRST, LAST
from figures.language_model.training.increases import RLOO_LORA, increases_of
from figures.language_model.training.resampled import RESAMPLES, SEED, Correlations, correlations_over_models
from figures.language_model.training_data import settings_of, training_data
from figures.paper.experiment.properties import COEFFICIENTS, INCREASES, PROPERTIES
from figures.published.tables import TABLE_2, published
from figures.table import stack_rows
from sims.llm.experiment.presets import TRUTH

WITH, WITHOUT = "with the truth", "without the truth"


def compute(level: Level) -> FigureData:
    """One row per property, increase, coefficient, evaluation and set of models."""
    data, printed = training_data(level), published(TABLE_2)
    step = increases_of(data.evaluations, TRUTH, RLOO_LORA).step
    rows: list[dict[str, Any]] = []
    sizes = {}
    for models, left_out in ((WITHOUT, TRUTH), (WITH, None)):
        for at in (LAST, FIRST):
            found = correlations_over_models(data, at, without=left_out)
            sizes[models] = len(found.models)
            rows += [row | {"models": models, "after": int(step[at])} for row in _rows(found)]
    for row in rows:
        if row["models"] == WITHOUT:
            where = np.flatnonzero(printed["property"] == row["property"])
            column = f"{row['coefficient'].lower()}_with_{row['increase'].replace(' ', '_')}_increase"
            row["published"] = float(printed[column][where[0]]) if len(where) else np.nan
    facts: dict[str, float | int] = {f"models {name}": count for name, count in sizes.items()}
    told = [row for row in rows if row["models"] == WITHOUT and row["after"] == step[LAST] and not _open(row)]
    facts |= {"told": len(told), "asked": len(PROPERTIES) * len(INCREASES) * len(COEFFICIENTS)}
    facts |= {"first": int(step[FIRST]), "last": int(step[LAST])}
    settings = settings_of(data, level) | {"resamples": RESAMPLES, "seed": SEED, "source": TABLE_2.source}
    return FigureData(stack_rows(*rows), settings, facts)


def _rows(found: Correlations) -> list[dict[str, Any]]:
    rows = []
    for (name, increase, coefficient), resampled in found.coefficients.items():
        value, low, high = percentile_interval(float(resampled[0]), resampled[1:])
        row = {"property": name, "increase": increase, "coefficient": coefficient}
        pearson = coefficient == "Pearson"
        p_value = exact_p_value(found.values[name], found.values[increase]) if pearson else np.nan
        rows.append(row | {"correlation": value, "low": low, "high": high, "p_value": p_value})
    return rows


def _open(row: dict[str, Any]) -> bool:
    """Whether the sign of a correlation cannot be told."""
    return not (row["low"] > 0 or row["high"] < 0)


def draw(data: FigureData, canvas: Canvas) -> None:
    """Pearson's correlations after the last update, with intervals, p-values and the paper's."""
    header = ["property"]
    for increase in INCREASES:
        header += [f"{increase},\n95% interval", "\np", "with the\ntruth", "\npaper"]
    rows = []
    for name in PROPERTIES:
        cells = [name]
        for increase in INCREASES:
            (without,), (whole,) = (
                _chosen(data, property=name, increase=increase, models=models) for models in (WITHOUT, WITH)
            )
            printed = without["published"]
            cells += [
                f"{without['correlation']:.2f} [{without['low']:.2f}, {without['high']:.2f}]".replace("-", "−"),
                f"{without['p_value']:.2f}",
                f"{whole['correlation']:.2f}".replace("-", "−"),
                "" if np.isnan(printed) else f"{printed:.2f}",
            ]
        rows.append(cells)
    draw_table(canvas, header, rows, widths=(2.5, *(2.0, 0.55, 0.85, 0.7) * 2), rules=(4, 5))


def _chosen(data: FigureData, **wanted: str) -> list[dict[str, Any]]:
    """Rows of Pearson's correlations after the last update."""
    columns = data.where(coefficient="Pearson", after=data.facts["last"], **wanted)
    count = len(columns["correlation"])
    return [{name: values[k] for name, values in columns.items()} for k in range(count)]


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f, rows = data.facts, data.where(coefficient="Pearson", models=WITHOUT, after=data.facts["first"])
    pairs = zip(rows["property"], rows["increase"], strict=True)
    early = dict(zip(pairs, rows["correlation"], strict=True))
    count = int(f[f"models {WITHOUT}"])
    return (
        f"Pearson's correlation, over {count} reward models other than the truth (as the paper has it), of a property "
        f"under the initial policy with the increase of reward after {f['last']} updates of RLOO at low rank. "
        f"Intervals: percentiles over {data.settings['resamples']} resamples of prompts and seeds, in which measures "
        "change, too. They say what other prompts and seeds would have given for these same models, and not what other "
        f"reward models would. That is for p: the share of all orders of {count} models in which the correlation is at "
        f"least as strong. {f['told']} of {f['asked']} intervals (Spearman's among them) do not include zero. So few "
        "models, of which one or two decide, can show a strong relation or contradict one, and cannot rank properties "
        f"whose correlations are alike. After {f['first']} updates variance correlates at "
        f"{early['reward variance', 'proxy']:.2f} with the proxy's and at "
        f"{early['reward variance', 'ground truth']:.2f} with the truth's increase. Paper: Table 2, after its first "
        "epoch."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    parts = []
    for increase in INCREASES:
        listed = ", ".join(
            f"{row['property']} {row['correlation']:.2f} from {row['low']:.2f} to {row['high']:.2f}"
            for row in _chosen(data, increase=increase, models=WITHOUT)
        )
        parts.append(f"with the increase of {increase} reward: {listed}")
    return f"A table of correlations with intervals. Pearson, {'; '.join(parts)}."


FIGURE = Figure(
    title="What correlates with the increase of reward on a real language model",
    corresponds_to=(
        "Table 2 of the paper (Pythia-2.8B, after one epoch). Here: the experiment of lm-fig2, in which the reward "
        "models are others."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.34,
)
