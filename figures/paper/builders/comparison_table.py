"""Tables of increases, variance and accuracy by policy and reward model: one builder for Tables 10, 11 and 12."""

from __future__ import annotations

from figures.drawing.table import draw_table
from figures.figure import Canvas, Figure, FigureData
from figures.paper.builders.of_setting import of_setting
from figures.paper.experiment.comparison import OURS, PAPER, comparison_data, findings
from sims.rlhf import Setting

MEASURED = ("reward_variance", "on_policy_accuracy", "off_policy_accuracy")


@of_setting
def comparison_table(*, number: int, setting: Setting, title: str, experiment_of: str) -> Figure:
    """Table 10, 11 or 12: ours above the paper's; `experiment_of`: the figure of ours with the same numbers."""
    return Figure(
        title=title,
        corresponds_to=(
            f"Table {number} of the paper, whose own numbers follow below ours. Here: the experiment of "
            f"{experiment_of}; rows do not correspond one to one."
        ),
        compute=lambda level: comparison_data(number, setting, level),
        draw=_draw,
        caption=_caption,
        alternative_text=_alternative_text,
        height=0.86,
    )


def _draw(data: FigureData, canvas: Canvas) -> None:
    rows: list[list[str]] = []
    rules = []
    for source in (OURS, PAPER):
        columns = data.where(source=source)
        last = ""
        for k, policy in enumerate(columns["policy"]):
            if policy != last and rows:
                rules.append(len(rows))
            increases = [
                f"{columns[name][k]:.3f} ± {columns[f'{name}_std'][k]:.3f}"
                for name in ("ground_truth_increase", "proxy_increase")
            ]
            first = f"{source}: {policy}" if policy != last else ""
            numbers = [f"{columns[name][k]:.3f}" for name in MEASURED]
            rows.append([first, str(columns["reward_model"][k]), *increases, *numbers])
            last = policy
    header = [
        "policy",
        "reward model",
        "ground-truth\nincrease",
        "proxy\nincrease",
        "reward\nvariance",
        "on-policy\naccuracy",
        "off-policy\naccuracy",
    ]
    draw_table(canvas, header, rows, widths=(2.5, 1.7, 1.35, 1.35, 0.95, 0.95, 0.95), rules=rules, words=2)


def _caption(data: FigureData) -> str:
    sizes = data.settings["sizes"]
    return (
        f"Ours: means ± standard deviations over {sizes['repetitions']} independent repetitions after "
        f"{data.settings['epochs']} epochs. Paper: Table {data.settings['table']}, ± standard deviations over three "
        f"runs. Variance and on-policy accuracy are those under the initial policy. {findings(data)}"
    )


def _alternative_text(data: FigureData) -> str:
    count = len(data.where(source=OURS)["policy"])
    return (
        f"A table of {count} combinations of policy and reward model, ours, and below as many of the paper's. "
        f"{findings(data)}"
    )
