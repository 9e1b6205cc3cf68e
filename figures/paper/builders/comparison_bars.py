"""Bars of increases by initial policy and reward model: one builder for Figures 3, 13 and 14."""

from __future__ import annotations

import numpy as np

from figures.drawing.style import BLUE, GREEN, ORANGE, VERMILION
from figures.figure import Canvas, Figure, FigureData
from figures.paper.builders.of_setting import of_setting
from figures.paper.experiment.comparison import OURS, PAPER, comparison_data, findings
from figures.paper.experiment.settings import POLICIES, REWARD_MODELS
from sims.rlhf import Setting

COLOURS = (GREEN, BLUE, ORANGE, VERMILION)
HATCHES = ("", "////", "....", "xxxx")
PANELS = {"proxy_increase": "increase of proxy reward", "ground_truth_increase": "increase of ground-truth reward"}


@of_setting
def bars_figure(*, table: int, setting: Setting, title: str, paper: str) -> Figure:
    """Figure 3, 13 or 14: ours above, the paper's (from its Table 10, 11 or 12) below.

    **Arguments**: `paper`, the paper's figure and its setting.
    """
    return Figure(
        title=title,
        corresponds_to=f"{paper}. Here: {_ours(setting)}.",
        compute=lambda level: comparison_data(table, setting, level),
        draw=_draw,
        caption=_caption,
        alternative_text=_alternative_text,
        height=0.72,
    )


def _ours(setting: Setting) -> str:
    ours = (
        f"{len(POLICIES)} log-linear policies, which prefer one style of outputs, none, or the other, and "
        f"{len(REWARD_MODELS)} linear reward models made without knowing them; they see {setting.visible_features} of "
        f"{setting.features} features"
    )
    if setting.estimator == "grpo":
        ours += f"; groups of {setting.samples} samples, advantages divided by the group's standard deviation"
    return ours


def _draw(data: FigureData, canvas: Canvas) -> None:
    panels = canvas.subplots(2, 2)
    for row, (source, error) in enumerate(((OURS, "half_width"), (PAPER, "std"))):
        policies = data.values("policy", source=source)
        models = data.values("reward_model", source=source)
        for column, (name, label) in enumerate(PANELS.items()):
            axes = panels[row][column]
            for k, model in enumerate(models):
                rows = data.where(source=source, reward_model=model)
                place = np.arange(len(policies)) + 0.2 * (k - 1.5)
                axes.bar(
                    place,
                    rows[name],
                    width=0.19,
                    yerr=rows[f"{name}_{error}"],
                    color=COLOURS[k],
                    hatch=HATCHES[k],
                    edgecolor="white",
                    linewidth=0.3,
                    label=model,
                    capsize=1.5,
                    error_kw={"elinewidth": 0.8, "capthick": 0.8},
                )
            axes.set_xticks(range(len(policies)), [_broken(policy) for policy in policies], fontsize=6.2)
            axes.grid(visible=False, axis="x")
            if not row:
                axes.set_title(label, fontsize=8)
        panels[row][0].set_ylabel(f"{source}: increase,\nstandard deviations", fontsize=8)
        panels[row][1].legend(
            *panels[row][1].get_legend_handles_labels(),
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            fontsize=6.5,
            title="reward model",
            title_fontsize=6.5,
            handlelength=1.4,
        )


def _broken(name: str) -> str:
    """A long name in two lines."""
    return name.replace("-Instruct", "\nInstruct").replace(" ", "\n")


def _caption(data: FigureData) -> str:
    sizes = data.settings["sizes"]
    return (
        f"Increase of reward after {data.settings['epochs']} epochs, in standard deviations over prompts and outputs. "
        f"Above, ours: means over {sizes['repetitions']} independent repetitions ({sizes['seeds']} seeds each), bars "
        "95% intervals of the means. Below, the paper's language models and reward models (its Table "
        f"{data.settings['table']}): bars are standard deviations over three runs. {findings(data)}"
    )


def _alternative_text(data: FigureData) -> str:
    rows = data.where(source=OURS)
    listed = "; ".join(
        f"{policy} taught by {model} {gain:.2f}"
        for policy, model, gain in zip(rows["policy"], rows["reward_model"], rows["ground_truth_increase"], strict=True)
    )
    return (
        "Bars by policy and reward model, ours above, the paper's below. Our increases of ground-truth reward: "
        f"{listed}."
    )
