"""The table of effects: on a real language model, beside the miniature and the paper."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from figures.drawing.crossed_intervals import Interval
from figures.drawing.intervals import mean_interval
from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.training.effects import measured_effects
from figures.language_model.training.increases import single_seed_sentence
from figures.language_model.training.published_effects import published_effects
from figures.language_model.training_data import settings_of, training_data
from figures.paper.experiment.effects import EFFECTS
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import MAIN, SIZES
from figures.table import stack_rows

VERDICTS = ("appears", "opposite", "not seen", "cannot be told")


def compute(level: Level) -> FigureData:
    """One row per effect: the real model's with its interval, the miniature's main setting, and the paper's."""
    data, sizes = training_data(level), SIZES[level]
    miniature = repetitions(MAIN, sizes)
    small = {effect.id: mean_interval(effect.of(miniature)) for effect in EFFECTS}
    printed = published_effects()
    rows: list[dict[str, Any]] = []
    for effect in measured_effects(data):
        # The later time of the same effect has no counterpart of its own.
        mean, half = small.get(effect.id, (math.nan, math.nan))
        rows.append(
            {
                "effect": effect.id,
                "claim": effect.claim,
                "measure": effect.measure,
                "after": effect.after,
                "value": effect.found.value,
                "low": _finite(effect.found.low),
                "high": _finite(effect.found.high),
                "interval": interval_text(effect.found),
                "verdict": effect.verdict,
                "miniature": float(mean),
                "miniature_half_width": float(half),
                "published": printed.get(effect.id, math.nan),
            }
        )
    facts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    seeds = data.evaluations["seed"].n_unique()
    settings = settings_of(data, level) | {"seeds": seeds, "sizes": asdict(sizes)}
    return FigureData(stack_rows(*rows), settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """A row per effect, the paper's above, those of scale and parameters below."""
    c = data.columns
    rows = []
    for k, claim in enumerate(c["claim"]):
        small = f"{c['miniature'][k]:.2f} ± {c['miniature_half_width'][k]:.2f}"
        rows.append(
            [
                str(claim),
                str(c["verdict"][k]),
                str(c["after"][k]),
                str(c["interval"][k]),
                "" if np.isnan(c["miniature"][k]) else small,
                "" if np.isnan(c["published"][k]) else f"{c['published'][k]:.2f}",
            ]
        )
    header = ["effect", "on the\nreal model", "\nupdates", "\nwith 95% interval", "\nminiature", "\npaper"]
    rule = [k for k, id in enumerate(c["effect"]) if id == "squashed-rloo"]
    draw_table(canvas, header, rows, widths=(3.5, 1.35, 0.75, 2.2, 1.35, 0.65), rules=rule, words=2)


def interval_text(found: Interval) -> str:
    """A number with its interval, as tables print it."""
    if math.isnan(found.value):
        return "undefined"
    if math.isnan(found.low):
        return f"{found.value:.2f} [undefined]".replace("-", "−")
    if math.isinf(found.low) and math.isinf(found.high):
        return f"{found.value:.2f} [no bounds]".replace("-", "−")
    ends = [f"{end:.2f}" if math.isfinite(end) else "∞" for end in (found.low, found.high)]
    return f"{found.value:.2f} [{', '.join(ends)}]".replace("-", "−").replace("[∞", "[−∞")


def _finite(value: float) -> float:
    """The number, or NaN, an empty cell, for an end that there is not."""
    return value if math.isfinite(value) else math.nan


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    sizes = data.settings["sizes"]
    counts = ", ".join(f"{verdict}: {data.facts[verdict]}" for verdict in VERDICTS)
    return (
        f"Effects on {data.settings['model']}, positive where they appear ({counts}). Down to KL they are shares: of "
        "the increase under the rival, of that under the truth, of the KL divergence; then differences in correlation; "
        "below the line, standard deviations of the truth. "
        f"Intervals are over {data.settings['seeds']} seeds and the held-out prompts, which all runs share: of a "
        "difference by Student's t, of a share by Fieller's method (without a bound where the increase that it is a "
        "share of is not told from zero), of correlations and KL divergence by resampling. One that includes zero "
        "says that so few seeds and updates cannot tell; it does not say that there is no effect. "
        f"{single_seed_sentence(data.settings['experiment'])}Miniature: the main "
        f"setting of regimes, {sizes['repetitions']} repetitions, ± half-widths of 95% intervals. Paper: from its "
        "Tables 1 and 2, where it prints numbers; it reports every effect above the line but the last, which follows "
        "from its numbers."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    c = data.columns
    listed = "; ".join(
        f"{claim}, {after} updates: {verdict}"
        for claim, after, verdict in zip(c["claim"], c["after"], c["verdict"], strict=True)
    )
    return f"A table of effects. {listed}."


FIGURE = Figure(
    title="Which of the paper's effects a real language model shows",
    corresponds_to=(
        "Section 4.1 of the paper (Pythia-2.8B, six epochs). Here: a model of 135 million parameters, short "
        "completions, a truth made of rules, few updates; below the line, what scale and estimator do."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.46,
)
