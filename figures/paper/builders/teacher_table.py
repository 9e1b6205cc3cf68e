"""Tables of reward models' characteristics: one builder for Tables 1, 3, 5 and 7."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from figures.drawing.intervals import mean_interval
from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.paper.builders.of_setting import of_setting
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import SIZES
from figures.published.tables import CHARACTERISTICS, published
from figures.table import stack_rows
from sims.rlhf import TEACHERS, Setting

PROPERTIES = {
    "reward_variance": "reward variance",
    "on_policy_accuracy": "on-policy accuracy",
    "off_policy_accuracy": "off-policy accuracy",
}


def characteristics(number: int, setting: Setting, level: Level) -> FigureData:
    """One row per reward model: ours, with half-widths of 95% intervals over repetitions, and the paper's."""
    sizes = SIZES[level]
    found = repetitions(setting, sizes)
    printed = published(CHARACTERISTICS[number])
    assert printed["reward_model"].tolist() == list(TEACHERS)
    columns: dict[str, np.ndarray] = {"reward_model": np.array(TEACHERS)}
    facts: dict[str, float] = {}
    for name in PROPERTIES:
        columns[name], columns[f"{name}_half_width"] = mean_interval(np.asarray(getattr(found, name)))
        columns[f"published_{name}"] = printed[name]
        facts[f"largest difference, {name}"] = float(np.abs(columns[name] - printed[name]).max())
    settings = {
        "setting": asdict(sizes.applied(setting)),
        "sizes": asdict(sizes),
        "source": CHARACTERISTICS[number].source,
    }
    return FigureData(stack_rows(columns), settings, facts)


@of_setting
def characteristics_table(*, number: int, setting: Setting, title: str, paper: str, models_of: str) -> Figure:
    """Table 1, 3, 5 or 7, ours beside the paper's.

    **Arguments**: `paper`, its setting; `models_of`, the figure of ours that shows what the reward models teach.
    """
    ours = (
        f"the models of {models_of}, linear in {setting.visible_features} of {setting.features} features and the style "
        "of outputs; variances and accuracies are exact"
    )
    return Figure(
        title=title,
        corresponds_to=f"Table {number} of the paper ({paper}). Here: {ours}.",
        compute=lambda level: characteristics(number, setting, level),
        draw=_draw,
        caption=lambda data: _caption(data, number),
        alternative_text=_alternative_text,
        height=0.34,
    )


def _draw(data: FigureData, canvas: Canvas) -> None:
    columns = data.columns
    header = ["reward model"]
    for label in PROPERTIES.values():
        first, second = label.rsplit(" ", 1)
        header += [f"{first}\n{second},\nours", f"{first}\n{second},\npaper"]
    rows = []
    for k, model in enumerate(columns["reward_model"]):
        cells = [str(model)]
        for name in PROPERTIES:
            mean, half = columns[name][k], columns[f"{name}_half_width"][k]
            cells += [f"{mean:.3f} ± {half:.3f}", f"{columns[f'published_{name}'][k]:.3f}"]
        rows.append(cells)
    draw_table(canvas, header, rows, widths=(2.9, 1.4, 0.9, 1.4, 0.9, 1.4, 0.9), rules=(5,))


def _caption(data: FigureData, number: int) -> str:
    sizes, f = data.settings["sizes"], data.facts
    return (
        "Reward variance under the initial policy, mean over the prompts that it is taught on, and accuracy on pairs "
        "drawn from that policy and from the other distribution (Definition 1, exact). Ours: means over "
        f"{sizes['repetitions']} independent repetitions ± half-widths of 95% intervals; rewards are normalised by "
        f"the mean and standard deviation over sampled prompts and outputs. Paper: Table {number}. The ground truth's "
        "variance is set to the paper's, and its mean so that flattening leaves the paper's flat model's variance; "
        "the learnt models' numbers are what training gives. Largest difference in variance "
        f"{float(f['largest difference, reward_variance']):.2f}, in on-policy accuracy "
        f"{float(f['largest difference, on_policy_accuracy']):.2f}, off-policy "
        f"{float(f['largest difference, off_policy_accuracy']):.2f}."
    )


def _alternative_text(data: FigureData) -> str:
    listed = "; ".join(
        f"{model} {value:.2f}"
        for model, value in zip(data.columns["reward_model"], data.columns["reward_variance"], strict=True)
    )
    return (
        f"A table of seven reward models with variance and accuracies, ours and the paper's. Our variances: {listed}."
    )
