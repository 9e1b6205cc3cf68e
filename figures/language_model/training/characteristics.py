"""Table 1's counterpart on a real language model: variance and accuracy of the reward models that taught it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.training.reward_measures import MEASURED_ON
from figures.language_model.training_data import settings_of, training_data
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import MAIN, SIZES
from figures.published.tables import TABLE_1, published
from figures.table import stack_rows
from sims.llm.experiment.presets import FLATTENED, MIXED, OFF_POLICY, ON_POLICY, TRUTH
from sims.llm.experiment.teachers import OFF, ON
from sims.rlhf import TEACHERS
from sims.rlhf.teachers import FLAT
from sims.rlhf.teachers import TRUTH as SMALL_TRUTH

COUNTERPARTS = {
    TRUTH: SMALL_TRUTH,
    FLATTENED: FLAT,
    ON_POLICY: TEACHERS[0],
    MIXED: TEACHERS[2],
    OFF_POLICY: TEACHERS[4],
}
"""What the paper and the miniature call the reward models that they have, too."""

MEASURES = {
    "reward_variance": ("variance", ON, "reward\nvariance"),
    "on_policy_accuracy": ("accuracy", ON, "on-policy\naccuracy"),
    "off_policy_accuracy": ("accuracy", OFF, "off-policy\naccuracy"),
}
"""The columns of Table 1: measure and source of the experiment's table, and a heading."""


def compute(level: Level) -> FigureData:
    """One row per reward model: measured with intervals, then the miniature's and the paper's of its counterpart."""
    data, sizes = training_data(level), SIZES[level]
    small, printed = repetitions(MAIN, sizes), published(TABLE_1)
    rows: list[dict[str, Any]] = []
    for name in data.measures["reward"].unique(maintain_order=True):
        row: dict[str, Any] = {"reward_model": str(name)}
        place = list(TEACHERS).index(COUNTERPARTS[name]) if name in COUNTERPARTS else None
        for column, (measure, source, _) in MEASURES.items():
            found = data.measures.filter(reward=name, measure=measure, source=source)
            row[column], row[f"{column}_low"], row[f"{column}_high"] = found.select("value", "low", "high").row(0)
            row[f"miniature_{column}"] = np.nan if place is None else float(getattr(small, column)[:, place].mean())
            row[f"published_{column}"] = np.nan if place is None else float(printed[column][place])
        for column, source in (("half_credit_on_policy", ON), ("half_credit_off_policy", OFF)):
            found = data.measures.filter(reward=name, measure="half_credit_accuracy", source=source)
            row[column] = float(found["value"][0])
        rows.append(row)
    prompts = data.samples.filter(pl.col("role").is_in(MEASURED_ON))["prompt"].n_unique()
    columns = stack_rows(*rows)
    gap = np.maximum(
        columns["half_credit_on_policy"] - columns["on_policy_accuracy"],
        columns["half_credit_off_policy"] - columns["off_policy_accuracy"],
    )
    facts: dict[str, float | int | str] = {
        "prompts": prompts,
        "most gained by half credit": float(gap.max()),
        "where": str(columns["reward_model"][int(gap.argmax())]),
    }
    return FigureData(columns, settings_of(data, level) | {"sizes": asdict(sizes)}, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """Each measure with its interval, then the miniature's and the paper's."""
    c = data.columns
    rows = []
    for k, name in enumerate(c["reward_model"]):
        cells = [str(name)]
        for column in MEASURES:
            digits = 3 if column == "reward_variance" else 2
            numbers = (c[name][k] for name in (column, f"{column}_low", f"{column}_high"))
            cells.append("{} [{}, {}]".format(*(f"{number:.{digits}f}" for number in numbers)))
            others = (c[f"{source}_{column}"][k] for source in ("miniature", "published"))
            cells += ["" if np.isnan(value) else f"{value:.2f}" for value in others]
        rows.append(cells)
    header = ["reward model"]
    for _, _, label in MEASURES.values():
        header += [f"{label}", "\nmini.", "\npaper"]
    draw_table(canvas, header, rows, widths=(2.1, 2.05, 0.62, 0.62, *(1.75, 0.62, 0.62) * 2), rules=())


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    experiment, sizes = data.settings["experiment"], data.settings["sizes"]
    return (
        f"Reward models under {data.settings['model']}, normalised by mean and deviation over the initial policy's "
        f"completions: variance within prompts and accuracy by the sign rule (Definition 1), on "
        f"{experiment['initial_completions']} completions of the policy itself and "
        f"{experiment['off_policy_completions']} that it was led to by another context, of each of "
        f"{data.facts['prompts']} prompts; 95% intervals by bootstrap over prompts. A tie of the reward counts as "
        "wrong; with half credit for ties accuracies are the same within "
        f"{float(data.facts['most gained by half credit']):.2f} (the most for: {data.facts['where']}). Of one that "
        "keeps the truth's order the accuracy is 1 in every resample, which leaves an interval without length. Mini.: "
        f"exact, means over {sizes['repetitions']} repetitions of the main setting. Paper: Table 1. Empty: no "
        "counterpart."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    c = data.columns
    listed = "; ".join(
        f"{name}: variance {variance:.2f}, accuracy {accuracy:.2f}"
        for name, variance, accuracy in zip(
            c["reward_model"], c["reward_variance"], c["on_policy_accuracy"], strict=True
        )
    )
    return f"A table of reward models with variance and accuracies. {listed}."


FIGURE = Figure(
    title="Variance and accuracy of the reward models that taught a real language model",
    corresponds_to=(
        "Table 1 of the paper (Pythia-2.8B). Here: sampled completions of a model of 135 million parameters; two of "
        "the reward models have no counterpart there."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.32,
)
