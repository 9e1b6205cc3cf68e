"""The paper's Tables 10 to 12, as printed."""

from __future__ import annotations

import numpy as np

from figures.drawn_table import draw_table
from figures.figure import Canvas, Figure, FigureData, Level
from figures.published_tables import RUNS, TABLES_10_TO_12, published


def compute(level: Level) -> FigureData:
    """The published numbers; nothing is simulated, so every level is the same."""
    table = published(TABLES_10_TO_12)
    facts = {
        "rows": len(table["policy"]),
        "policies": len(set(table["policy"].tolist())),
        "reward_models": len(set(table["reward_model"].tolist())),
        "runs": RUNS,
    }
    return FigureData(dict(table), {"source": TABLES_10_TO_12.source}, facts)


def draw(data: FigureData, canvas: Canvas) -> None:
    """One row per policy, algorithm and reward model, a thin line between policies."""
    c = data.columns
    rows: list[list[str]] = []
    rules: list[int] = []
    last = ""
    for k in range(len(c["policy"])):
        group = f"{c['policy'][k]}, {c['algorithm'][k]}"
        if group != last and rows:
            rules.append(len(rows))
        rows.append(
            [
                group if group != last else "",
                str(c["reward_model"][k]),
                *(f"{c[f'{name}_increase'][k]:.3f} ± {c[f'{name}_increase_std'][k]:.3f}" for name in _INCREASES),
                *(f"{c[name][k]:.3f}" for name in ("reward_variance", "on_policy_accuracy", "off_policy_accuracy")),
            ]
        )
        last = group
    header = [
        "policy, algorithm", "reward model", "ground-truth\nincrease", "proxy\nincrease", "reward\nvariance",
        "accuracy,\non-policy", "accuracy,\noff-policy",
    ]  # fmt: skip
    draw_table(canvas, header, rows, widths=(2.45, 1.6, 1.35, 1.3, 0.95, 0.95, 0.95), rules=rules, words=2)


_INCREASES = ("ground_truth", "proxy")


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = data.facts
    return (
        f"Tables 10 to 12 of the paper, as printed: {f['policies']} initial policies taught by {f['reward_models']} "
        "public reward models with RLOO (Tables 10 and 11), three of the policies also with GRPO (Table 12). "
        "Increase of "
        f"reward from start to end of training: mean ± standard deviation over {f['runs']} runs. Reward variance and "
        "on-policy accuracy are those under the initial policy; all in normalised units of reward."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    increase = data.columns["proxy_increase"]
    return (
        f"A table of {data.facts['rows']} rows: for each policy, algorithm and reward model the increases of "
        "ground-truth "
        "and proxy reward with their deviations, reward variance and accuracies. Proxy increases range from "
        f"{np.min(increase):g} to {np.max(increase):g}."
    )


FIGURE = Figure(
    id="tables-10-12-published",
    title="Published: four reward models teach six policies",
    corresponds_to="Tables 10, 11 and 12 of the paper: its own numbers, from language models; nothing is simulated.",
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.95,
)
