"""Best-of-N with the reward models of Figure 2: accuracy is all that counts there, reward variance nothing."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from figures.drawing.intervals import mean_interval
from figures.drawing.style import GREY
from figures.figure import Canvas, Figure, FigureData, Level
from figures.paper.builders.teacher_curves import COLOURS, MARKERS, STYLES
from figures.paper.experiment.properties import CORRELATED, EPOCH, row_correlations
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import MAIN, SIZES
from figures.table import stack_rows
from sims.rlhf import TEACHERS, best_of_n_increases
from sims.rlhf.teachers import FLAT

COUNTS = (1, 2, 4, 8, 16, 32, 64)
SHOWN = 8
"""The sample size at which both uses of a reward model are compared."""


def compute(level: Level) -> FigureData:
    """One row per reward model and sample size, and the increase after an epoch of policy gradient beside it."""
    sizes = SIZES[level]
    setting = sizes.applied(MAIN)
    chosen = [best_of_n_increases(setting, number, COUNTS) for number in range(sizes.repetitions)]
    gains = np.stack([one.ground_truth_increase for one in chosen])
    divergences = np.stack([one.kl_divergence for one in chosen])
    taught = repetitions(MAIN, sizes)
    first = np.asarray(taught.ground_truth_increase)[..., EPOCH].mean(axis=-1)
    blocks = []
    for row, model in enumerate(TEACHERS):
        mean, half = mean_interval(gains[:, row])
        own, own_half = mean_interval(first[:, row])
        blocks.append(
            {
                "reward_model": model,
                "samples": np.array(COUNTS),
                "ground_truth_increase": mean,
                "half_width": half,
                "kl_divergence": divergences[:, row].mean(axis=0),
                "policy_gradient_increase": float(own),
                "policy_gradient_half_width": float(own_half),
            }
        )
    facts: dict[str, float] = {}
    at = COUNTS.index(SHOWN)
    accuracy, variance = (
        np.asarray(values)[:, CORRELATED] for values in (taught.on_policy_accuracy, taught.reward_variance)
    )
    for use, values in (("best_of_n", gains[:, :, at]), ("policy_gradient", first)):
        increase = values[:, CORRELATED]
        for name, given in (("on-policy accuracy", accuracy), ("reward variance", variance)):
            mean, half = mean_interval(row_correlations(given, increase))
            facts |= {f"{use}, {name}": float(mean), f"{use}, {name}, half-width": float(half)}
        facts[f"{use}, flat is best of the six"] = float(np.mean(increase.argmax(axis=1) == TEACHERS.index(FLAT)))
    settings = {"setting": asdict(setting), "sizes": asdict(sizes), "counts": list(COUNTS)}
    return FigureData(stack_rows(*blocks), settings, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """Gains against sample size, and both uses of every reward model side by side."""
    left, right = canvas.subplots(1, 2)
    for model in TEACHERS:
        rows = data.where(reward_model=model)
        label = "perfect but flat" if model == FLAT else model
        left.errorbar(
            rows["samples"],
            rows["ground_truth_increase"],
            yerr=rows["half_width"],
            color=COLOURS[model],
            marker=MARKERS[model],
            linestyle=STYLES[model],
            markersize=3.2,
            linewidth=0.9,
            elinewidth=0.8,
            label=label,
        )
        at = rows["samples"] == SHOWN
        right.errorbar(
            rows["ground_truth_increase"][at],
            rows["policy_gradient_increase"][at],
            xerr=rows["half_width"][at],
            yerr=rows["policy_gradient_half_width"][at],
            color=COLOURS[model],
            marker=MARKERS[model],
            markersize=4.5,
            elinewidth=0.8,
            linestyle="",
        )
    left.set_xscale("log", base=2)
    left.set_xticks(COUNTS, [str(count) for count in COUNTS])
    left.set_xlabel("samples N", fontsize=8)
    left.set_ylabel("increase of ground-truth reward,\nstandard deviations", fontsize=8)
    right.set_xlabel(f"increase by Best-of-{SHOWN}", fontsize=8)
    right.set_ylabel("increase by policy gradient,\none epoch", fontsize=8)
    for axes in (left, right):
        axes.axhline(0, color=GREY, linewidth=0.6)
    handles, labels = left.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside upper center", ncols=4, fontsize=7.5, columnspacing=1.4)


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    sizes, f = data.settings["sizes"], data.facts

    def shown(use: str, name: str) -> str:
        return f"{float(f[f'{use}, {name}']):.2f} ± {float(f[f'{use}, {name}, half-width']):.2f}"

    return (
        "Left: expected ground-truth reward of the sample that each reward model of fig2 likes best among N, over "
        "that of one sample, exact; the flat model's curve lies under that of the ground truth. Right: the same at N "
        f"= 8 against the increase after one epoch of policy gradient. Means over {sizes['repetitions']} independent "
        "repetitions; bars: 95% intervals by Student's t. Over the six models other than the ground truth the "
        f"increase correlates with on-policy accuracy at {shown('best_of_n', 'on-policy accuracy')} for Best-of-8 and "
        f"{shown('policy_gradient', 'on-policy accuracy')} for policy gradient, with reward variance at "
        f"{shown('best_of_n', 'reward variance')} and {shown('policy_gradient', 'reward variance')}. The perfect but "
        f"flat model is the best of the six in {float(f['best_of_n, flat is best of the six']):.0%} and "
        f"{float(f['policy_gradient, flat is best of the six']):.0%} of repetitions: as Proposition 1 says, it equals "
        "the ground truth where only the order of outputs counts."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    listed = "; ".join(
        f"{model} {data.where(reward_model=model, samples=SHOWN)['ground_truth_increase'][0]:.2f}" for model in TEACHERS
    )
    return f"Gain of ground-truth reward by Best-of-N, rising with N. At N = 8: {listed}."


FIGURE = Figure(
    title="For Best-of-N accuracy decides: the flat model that teaches slowly chooses best",
    corresponds_to=(
        "Proposition 1 and Section 3.3 of the paper, which has no experiment for them. Here: the reward models of fig2."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.5,
)
