"""The paper's Table 1, as printed."""

from __future__ import annotations

import numpy as np

from figures.correlations import pearson
from figures.drawn_table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.published_tables import TABLE_1, published


def compute(level: Level) -> FigureData:
    """The published numbers and how they go together; nothing is simulated, so every level is the same."""
    table = published(TABLE_1)
    variance, on_policy = table["reward_variance"], table["on_policy_accuracy"]
    trained = np.array(["on-policy" in name for name in table["reward_model"]])
    return FigureData(
        dict(table),
        {"source": TABLE_1.source},
        {
            "reward_models": len(variance),
            "variance_with_on_policy_accuracy, all": pearson(variance, on_policy),
            "variance_with_on_policy_accuracy, trained": pearson(variance[trained], on_policy[trained]),
            "variance_with_off_policy_accuracy, trained": pearson(
                variance[trained], table["off_policy_accuracy"][trained]
            ),
            "largest_over_smallest_variance": float(variance.max() / variance.min()),
        },
    )


def draw(data: FigureData, canvas: Canvas) -> None:
    """One row per reward model."""
    names = ("reward_variance", "on_policy_accuracy", "off_policy_accuracy")
    rows = [
        [str(model), *(f"{number:.3f}" for number in numbers)]
        for model, *numbers in zip(data.columns["reward_model"], *(data.columns[name] for name in names), strict=True)
    ]
    header = ["reward model", "reward\nvariance", "accuracy,\non-policy", "accuracy,\noff-policy"]
    draw_table(canvas, header, rows, widths=(2.4, 1.0, 1.0, 1.0), rules=(5,))


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = data.facts
    return (
        "Table 1 of the paper, as printed: reward variance under the initial policy, after rewards are normalised, and "
        "accuracy on pairs of the policy's own outputs and on other pairs. The first five were trained on so many per "
        f"cent on-policy pairs. Over these five, variance correlates with on-policy accuracy at "
        f"{f['variance_with_on_policy_accuracy, trained']:.3f} and with off-policy accuracy at "
        f"{f['variance_with_off_policy_accuracy, trained']:.3f} (Pearson); over all {f['reward_models']}, with "
        "on-policy "
        f"accuracy at {f['variance_with_on_policy_accuracy, all']:.3f}. The correlations are ours, from the table."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    rows = zip(data.columns["reward_model"], data.columns["reward_variance"], strict=True)
    listed = "; ".join(f"{name}, {variance:g}" for name, variance in rows)
    return (
        f"A table of seven reward models with reward variance, on-policy and off-policy accuracy. Variances: {listed}."
    )


FIGURE = Figure(
    id="table1-published",
    title="Published: reward variance and accuracy of the paper's reward models",
    corresponds_to="Table 1 of the paper: its own numbers, from language models; nothing here is simulated.",
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.34,
)
