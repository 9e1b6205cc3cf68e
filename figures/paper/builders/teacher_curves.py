"""Figures of rewards along training: one builder for Figures 2 and 4 to 12, which differ in their setting."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from figures.drawing.intervals import mean_interval
from figures.drawing.style import BLACK, BLUE, GREEN, GREY, LINE_STYLES, ORANGE, PURPLE, SKY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.paper.builders.of_setting import of_setting
from figures.paper.experiment.effects import EFFECTS
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import PAPER_EPOCHS, SIZES
from figures.table import stack_rows
from sims.rlhf import TEACHERS, Setting
from sims.rlhf.teachers import FLAT

Against = Literal["epochs", "KL divergence"]

COLOURS = dict(zip(TEACHERS, (BLUE, SKY, GREEN, ORANGE, PURPLE, VERMILION, BLACK), strict=True))
MARKERS = dict(zip(TEACHERS, "os^Dv*X", strict=True))
STYLES = dict(zip(TEACHERS, (*LINE_STYLES[:5], "-", "-"), strict=True))
PANELS = {"proxy": "increase of proxy reward", "ground_truth": "increase of ground-truth reward"}


def curves(setting: Setting, level: Level) -> FigureData:
    """One row per reward model and epoch: means over repetitions and half-widths of their 95% intervals."""
    sizes = SIZES[level]
    found = repetitions(setting, sizes)
    blocks = []
    for row, model in enumerate(TEACHERS):
        block: dict[str, Any] = {"reward_model": model, "epoch": np.arange(sizes.epochs + 1)}
        for name in (
            "proxy_increase",
            "ground_truth_increase",
            "kl_divergence",
            "sampled_proxy_increase",
            "sampled_ground_truth_increase",
        ):
            values = np.asarray(getattr(found, name))[:, row].mean(axis=1)
            block[name], block[f"{name}_half_width"] = mean_interval(values)
            block[f"{name}_std"] = values.std(axis=0, ddof=1)
        blocks.append(block)
    facts: dict[str, float | int] = {}
    for effect in EFFECTS:
        mean, half = mean_interval(effect.of(found))
        facts |= {effect.id: float(mean), f"{effect.id}_half_width": float(half)}
    settings = {"setting": asdict(sizes.applied(setting)), "sizes": asdict(sizes)}
    return FigureData(stack_rows(*blocks), settings, facts)


@of_setting
def curves_figure(
    *,
    setting: Setting,
    against: Against,
    title: str,
    paper: str,
    published: str,
    differs: str = "",
    remark: str = "",
) -> Figure:
    """A figure of both rewards against epochs or KL divergence.

    **Arguments**: `paper`, the paper's figure and its setting; `published`, what the paper reports of it, for the
    caption; `differs`, in what else our setting is another; `remark`, sentences about that.
    """
    draw = _draw_epochs if against == "epochs" else _draw_divergences
    return Figure(
        title=title,
        corresponds_to=_correspondence(setting, paper, differs, remark),
        compute=lambda level: curves(setting, level),
        draw=draw,
        caption=lambda data: _caption(data, against, published),
        alternative_text=_alternative_text,
        height=0.8 if against == "epochs" else 0.5,
    )


def _correspondence(setting: Setting, paper: str, differs: str, remark: str) -> str:
    """The paper's figure, and in what our setting is another."""
    ours = [
        f"a log-linear policy over {setting.outputs} enumerated outputs per prompt instead of a language model",
        f"everything but {setting.estimator.upper()}'s samples is exact",
    ]
    if setting.visible_features < setting.features:
        ours.append(f"of {setting.features} features, policy and reward models see {setting.visible_features}")
    if differs:
        ours.append(differs)
    return f"{paper}. Here: {'; '.join(ours)}. {remark}".rstrip()


def _draw_epochs(data: FigureData, canvas: Canvas) -> None:
    """Above the epochs that the paper has, below all of them."""
    panels = canvas.subplots(2, 2)
    last = int(data.columns["epoch"].max())
    for row, end in enumerate((min(PAPER_EPOCHS, last), last)):
        for column, (name, label) in enumerate(PANELS.items()):
            axes = panels[row][column]
            for model in TEACHERS:
                rows = data.where(reward_model=model)
                shown = rows["epoch"] <= end
                _draw_path(
                    axes,
                    model,
                    *(rows[key][shown] for key in ("epoch", f"{name}_increase")),
                    half=rows[f"{name}_increase_half_width"][shown],
                    marks=end <= PAPER_EPOCHS,
                )
            axes.axhline(0, color=GREY, linewidth=0.6)
            axes.set_xlim(0, end * 1.02)
            if not row:
                axes.set_title(label, fontsize=8)
            axes.set_xlabel("epochs", fontsize=8)
    for row in panels:
        row[0].set_ylabel("increase, standard deviations", fontsize=8)
    _draw_legend(canvas, panels[0][0])


def _draw_path(axes: Axes, model: str, x: np.ndarray, y: np.ndarray, *, half: np.ndarray, marks: bool) -> None:
    colour = COLOURS[model]
    if marks:
        axes.errorbar(
            x,
            y,
            yerr=half,
            color=colour,
            marker=MARKERS[model],
            markersize=3.2,
            linestyle=STYLES[model],
            linewidth=0.9,
            elinewidth=0.8,
            capsize=1.5,
            label=model,
        )
    else:
        axes.plot(x, y, color=colour, linestyle=STYLES[model], label=model)
        axes.fill_between(x, y - half, y + half, color=colour, alpha=0.15, linewidth=0)


def _draw_divergences(data: FigureData, canvas: Canvas) -> None:
    panels = canvas.subplots(1, 2)
    for axes, (name, label) in zip(panels, PANELS.items(), strict=True):
        for model in TEACHERS:
            rows = data.where(reward_model=model)
            x, y = rows["kl_divergence"], rows[f"{name}_increase"]
            axes.plot(x, y, color=COLOURS[model], linestyle=STYLES[model], label=model)
            spots = np.isin(rows["epoch"], (1, PAPER_EPOCHS, rows["epoch"].max()))
            axes.errorbar(
                x[spots],
                y[spots],
                xerr=rows["kl_divergence_half_width"][spots],
                yerr=rows[f"{name}_increase_half_width"][spots],
                color=COLOURS[model],
                linestyle="",
                marker=MARKERS[model],
                markersize=3.2,
                elinewidth=0.8,
            )
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.set_title(label, fontsize=8)
        axes.set_xlabel("KL divergence from the initial policy, nats", fontsize=8)
    panels[0].set_ylabel("increase, standard deviations", fontsize=8)
    _draw_legend(canvas, panels[0])


def _draw_legend(canvas: Canvas, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    labels = ["perfect but flat" if name == FLAT else name for name in names]
    canvas.legend(handles, labels, loc="outside upper center", ncols=4, fontsize=7.5, columnspacing=1.4)


def _shown(data: FigureData, id: str, *, percent: bool = True) -> str:
    mean, half = (float(data.facts[key]) for key in (id, f"{id}_half_width"))
    return f"{100 * mean:.0f} ± {100 * half:.0f}%" if percent else f"{mean:.2f} ± {half:.2f}"


def _late(data: FigureData) -> str:
    """How the less accurate model stands to the ground truth at the end."""
    behind = float(data.facts["late"])
    size = f"{100 * abs(behind):.0f} ± {100 * float(data.facts['late_half_width']):.0f}%"
    return f"behind it by {size}" if behind >= 0 else f"ahead of it by {size}"


def _caption(data: FigureData, against: Against, published: str) -> str:
    sizes = data.settings["sizes"]
    last = sizes["epochs"]
    what = (
        "Lines: means over {n} independent repetitions (each with prompts, ground truth and reward models of its own "
        "and {s} seeds of policy gradient); bars and bands: 95% intervals of the means, by Student's t."
        if against == "epochs"
        else "Lines: means over {n} independent repetitions ({s} seeds each) from epoch 0 to {e}; marks: epochs 1, "
        "{p} and "
        "{e}, with 95% intervals of the means in both directions, by Student's t."
    ).format(n=sizes["repetitions"], s=sizes["seeds"], e=last, p=PAPER_EPOCHS)
    effects = (
        f"After one epoch the perfect but flat model has missed {_shown(data, 'flat')} of the increase under a less "
        f"accurate one, 100% on-policy; that one leads the ground truth as its own teacher by {_shown(data, 'early')} "
        f"then, and is {_late(data)} after {last} epochs. The 0% on-policy model's policies have "
        f"lost {_shown(data, 'hacking')} of the truth's final increase since their peak."
        if against == "epochs"
        else "For half of the ground-truth increase that both reach, the 100% on-policy model needs "
        f"{_shown(data, 'kl')} more KL divergence than the perfect but flat one."
    )
    return f"{what} Rewards are in standard deviations over prompts and outputs. {effects} The paper: {published}"


def _alternative_text(data: FigureData) -> str:
    last = int(data.columns["epoch"].max())
    ends = {model: data.where(reward_model=model, epoch=last)["ground_truth_increase"][0] for model in TEACHERS}
    listed = "; ".join(f"{model} {value:.2f}" for model, value in ends.items())
    return f"Curves of proxy and ground-truth reward under seven reward models. Ground truth at epoch {last}: {listed}."
