"""Figure 2's counterpart on a real language model: rewards on held-out prompts along training."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.drawing.crossed_intervals import crossed_mean
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.training.effects import LAST
from figures.language_model.training.increases import COURSES, GRPO_LORA, RLOO_ALL, RLOO_LORA, single_seed_sentence
from figures.language_model.training.resampled import all_increases
from figures.language_model.training_data import TrainingData, settings_of, training_data
from figures.table import stack_rows
from sims.llm.experiment.presets import FLATTENED, HALF, MIXED, OFF_POLICY, ON_POLICY, SQUASHED, TRUTH

LOOKS: dict[str, tuple[str, str, Any]] = {
    ON_POLICY: (BLUE, "o", "-"),
    MIXED: (GREEN, "^", (0, (3, 1, 1, 1))),
    OFF_POLICY: (PURPLE, "v", (0, (6, 1, 1, 1, 1, 1))),
    HALF: (ORANGE, "s", (0, (5, 1.2))),
    SQUASHED: (SKY, "D", (0, (1, 1))),
    FLATTENED: (VERMILION, "*", "-"),
    TRUTH: (BLACK, "X", "-"),
}
"""Colour, mark and line of each reward model, as in the paper's miniature where that has it."""

PANELS = {"proxy": "increase of proxy reward", "truth": "increase of ground-truth reward"}


def compute(level: Level) -> FigureData:
    """One row per course, reward model and evaluation; one per reward model's difference from the truth as teacher."""
    data = training_data(level)
    blocks: list[dict[str, Any]] = []
    facts: dict[str, float | int] = {}
    for course, named in COURSES.items():
        found = all_increases(data, course)
        for name, one in found.items():
            for place, step in enumerate(one.step):
                row: dict[str, Any] = {"mark": "curve", "course": named, "reward_model": name, "step": int(step)}
                for kind in ("proxy", "truth", "kl"):
                    row |= _with_ends(kind, getattr(one, kind)[place])
                blocks.append(row)
            if name != TRUTH:
                row = {"mark": "difference", "course": named, "reward_model": name, "step": int(one.step[LAST])}
                blocks.append(row | _with_ends("truth", one.truth[LAST] - found[TRUTH].truth[LAST]))
    columns = stack_rows(*blocks)
    differences = FigureData(columns, {}).where(mark="difference", course=COURSES[RLOO_LORA])
    told = (differences["truth_low"] > 0) | (differences["truth_high"] < 0)
    facts["teachers told from the truth"] = int(told.sum())
    facts["teachers"] = len(differences["truth"])
    facts |= _sizes(data)
    return FigureData(columns, settings_of(data, level), facts)


def _with_ends(name: str, values: np.ndarray) -> dict[str, float]:
    value, low, high = crossed_mean(values)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _sizes(data: TrainingData) -> dict[str, int]:
    return {name: data.evaluations[column].n_unique() for name, column in (("seeds", "seed"), ("prompts", "prompt"))}


def draw(data: FigureData, canvas: Canvas) -> None:
    """Above, both rewards under all reward models; below, differences from the truth's lesson, and other courses."""
    panels = canvas.subplot_mosaic("AAABBB;CCDDEE")
    for axes, (kind, label) in zip((panels["A"], panels["B"]), PANELS.items(), strict=True):
        _draw_course(axes, data, COURSES[RLOO_LORA], kind)
        axes.set_title(f"{label},\n{COURSES[RLOO_LORA]}", fontsize=7.5)
        axes.set_ylabel("standard deviations", fontsize=7.5)
    _draw_differences(panels["C"], data)
    for axes, course in ((panels["D"], GRPO_LORA), (panels["E"], RLOO_ALL)):
        _draw_course(axes, data, COURSES[course], "truth")
        axes.set_title(f"ground truth,\n{COURSES[course]}", fontsize=7.5)
    # The same scale, so that estimators can be compared.
    ends = [axes.get_ylim() for axes in (panels["B"], panels["D"], panels["E"])]
    for axes in (panels["B"], panels["D"], panels["E"]):
        axes.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
    for axes in panels.values():
        axes.tick_params(labelsize=7)
    handles, names = panels["A"].get_legend_handles_labels()
    canvas.legend(handles, names, loc="outside upper center", ncols=4, fontsize=7.5, columnspacing=1.4)


def _draw_course(axes: Axes, data: FigureData, course: str, kind: str) -> None:
    shown = [name for name in LOOKS if name in data.values("reward_model", mark="curve", course=course)]
    for number, name in enumerate(shown):
        rows = data.where(mark="curve", course=course, reward_model=name)
        colour, mark, line = LOOKS[name]
        # Side by side, or bars of one evaluation would hide one another.
        width = float(rows["step"].max()) / 60
        x = rows["step"] + width * (number - (len(shown) - 1) / 2)
        x[0] = 0.0
        value = rows[kind]
        axes.errorbar(
            x,
            value,
            yerr=[value - rows[f"{kind}_low"], rows[f"{kind}_high"] - value],
            color=colour,
            marker=mark,
            markersize=3,
            linestyle=line,
            linewidth=0.9,
            elinewidth=0.6,
            label=name,
        )
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set_xticks(np.unique(data.where(mark="curve", course=course)["step"]))
    axes.set_xlabel("updates", fontsize=7.5)


def _draw_differences(axes: Axes, data: FigureData) -> None:
    rows = data.where(mark="difference", course=COURSES[RLOO_LORA])
    names = [name for name in LOOKS if name in rows["reward_model"]]
    for place, name in enumerate(names):
        (k,) = np.flatnonzero(rows["reward_model"] == name)
        value = rows["truth"][k]
        axes.errorbar(
            value,
            place,
            xerr=[[value - rows["truth_low"][k]], [rows["truth_high"][k] - value]],
            color=LOOKS[name][0],
            marker=LOOKS[name][1],
            markersize=3.5,
            elinewidth=0.8,
        )
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_title(f"truth after {int(rows['step'][0])} updates,\nless that under the truth", fontsize=7.5)
    axes.set_xlabel("standard deviations", fontsize=7.5)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f, settings = data.facts, data.settings["experiment"]["courses"][0]["settings"]
    rows = data.where(mark="curve", course=COURSES[RLOO_LORA], step=settings["steps"])
    best = str(rows["reward_model"][int(rows["truth"].argmax())])
    told = int(f["teachers told from the truth"])
    return (
        f"{data.settings['model']} taught by seven reward models: mean increase since the start on {f['prompts']} "
        f"prompts that it is not taught on, over {f['seeds']} seeds, in standard deviations of each reward over the "
        f"initial policy's completions of all prompts. An update has {settings['prompts_per_step']} prompts with "
        f"{settings['group']} completions of at most {settings['max_tokens']} tokens (GRPO: as many completions, in "
        "groups of four); Adam, KL coefficient "
        f"{settings['kl_coefficient']}. Bars: 95% intervals for other prompts and other seeds, for which variance is "
        "estimated in both directions of the table of seeds by prompts. All runs have the same held-out prompts and "
        "random numbers, so that bars of two curves may overlap although their difference, taken prompt by prompt and "
        f"seed by seed, is told from zero: lower left. {single_seed_sentence(data.settings['experiment'])}There "
        f"{told or 'none'} of {f['teachers']} reward models is told from the truth as a teacher; the "
        f"truth has risen most, by {rows['truth'].max():.2f}, under: {best}."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    last = data.where(mark="curve", course=COURSES[RLOO_LORA])["step"].max()
    rows = data.where(mark="curve", course=COURSES[RLOO_LORA], step=last)
    listed = "; ".join(
        f"{name} {value:.2f} ({low:.2f} to {high:.2f})"
        for name, value, low, high in zip(
            rows["reward_model"], rows["truth"], rows["truth_low"], rows["truth_high"], strict=True
        )
    )
    return (
        "Curves of proxy and ground-truth reward under seven reward models, differences from the truth's lesson, and "
        f"two other ways of training. Ground truth after {int(last)} updates: {listed}."
    )


FIGURE = Figure(
    title="Seven reward models teach a real language model",
    corresponds_to=(
        "Figure 2 of the paper (Pythia-2.8B, AlpacaFarm, ArmoRM, six epochs, three runs). Here: a model of 135 million "
        "parameters that goes on with short openings; the truth is VADER's sentiment, made of rules."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.84,
)
