"""Arithmetic on the paper's Tables 10 to 12: predictors of the increases, and the best teachers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from figures.drawing.correlations import exact_p_value, exact_p_value_of_mean, pearson, spearman
from figures.drawing.style import BLUE, GREEN, ORANGE, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.published.tables import RUNS, TABLES_10_TO_12, published
from figures.table import stack_rows

VARIANCE = "reward variance"
STANDARDISED = "variance & accuracy, standardised"
INCREASES = {"proxy": "proxy_increase", "ground truth": "ground_truth_increase"}
Rows = dict[str, np.ndarray]


def properties(rows: Rows) -> Rows:
    """What may predict an increase, one number per reward model.

    The average of variance and accuracy is taken of the numbers as measured, which is how Table 2's last row comes out
    (see `figures.published.correlations`), and of both standardised over the reward models.
    """
    variance, on, off = rows["reward_variance"], rows["on_policy_accuracy"], rows["off_policy_accuracy"]
    accuracy = (on + off) / 2
    return {
        VARIANCE: variance,
        "on-policy accuracy": on,
        "off-policy accuracy": off,
        "accuracy": accuracy,
        "variance & accuracy": (variance + accuracy) / 2,
        STANDARDISED: (_standardised(variance) + _standardised(accuracy)) / 2,
    }


def _standardised(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.mean()) / values.std())


def correlations(rows: Rows) -> list[dict[str, Any]]:
    """One row per property and increase, over the reward models of one policy and algorithm."""
    return [
        {
            "property": name,
            "increase": increase,
            "pearson": pearson(values, rows[column]),
            "spearman": spearman(values, rows[column]),
            "p_value": exact_p_value(values, rows[column]),
            "models": len(values),
        }
        for name, values in properties(rows).items()
        for increase, column in INCREASES.items()
    ]


def best_teacher(rows: Rows) -> dict[str, Any]:
    """The reward model with the largest increase of ground-truth reward, and how clearly it leads.

    The lead is in standard errors of the difference of two means of `RUNS` runs each.
    """
    gain, deviation = rows["ground_truth_increase"], rows["ground_truth_increase_std"]
    first, second = np.argsort(-gain, kind="stable")[:2]
    error = float(np.sqrt((deviation[first] ** 2 + deviation[second] ** 2) / RUNS))
    return {
        "reward_model": str(rows["reward_model"][first]),
        "runner_up": str(rows["reward_model"][second]),
        "lead": float(gain[first] - gain[second]),
        "lead_in_standard_errors": float(gain[first] - gain[second]) / error,
    }


def compute(level: Level) -> FigureData:
    """The published points and the arithmetic; nothing is simulated, so every level is the same."""
    table = FigureData(published(TABLES_10_TO_12), {})
    groups = [
        ({"algorithm": algorithm, "policy": policy}, table.where(algorithm=algorithm, policy=policy))
        for algorithm in table.values("algorithm")
        for policy in table.values("policy", algorithm=algorithm)
    ]
    found = [about | row for about, rows in groups for row in correlations(rows)]
    best = [about | best_teacher(rows) for about, rows in groups]
    means = [row for algorithm in table.values("algorithm") for row in _means(algorithm, groups, found)]
    columns = stack_rows(
        {"mark": "published", **table.columns},
        *({"mark": "correlation", **row} for row in found),
        *({"mark": "mean correlation", **row} for row in means),
        *({"mark": "best", **row} for row in best),
    )
    settings = {"source": TABLES_10_TO_12.source, "runs": RUNS}
    return FigureData(columns, settings, _facts(found, means, best))


def _means(
    algorithm: str, groups: list[tuple[dict[str, str], Rows]], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The mean over policies of each correlation, with the p-value of reordering reward models in all of them alike."""
    mine = [rows for about, rows in groups if about["algorithm"] == algorithm]
    assert all((rows["reward_model"] == mine[0]["reward_model"]).all() for rows in mine)
    means = []
    for name in properties(mine[0]):
        for increase, column in INCREASES.items():
            same = [r for r in found if (r["algorithm"], r["property"], r["increase"]) == (algorithm, name, increase)]
            means.append(
                {
                    "algorithm": algorithm,
                    "property": name,
                    "increase": increase,
                    "pearson": float(np.mean([r["pearson"] for r in same])),
                    "spearman": float(np.mean([r["spearman"] for r in same])),
                    "p_value": exact_p_value_of_mean([(properties(rows)[name], rows[column]) for rows in mine]),
                    "models": same[0]["models"],
                    "policies": len(same),
                }
            )
    return means


def _facts(
    found: list[dict[str, Any]], means: list[dict[str, Any]], best: list[dict[str, Any]]
) -> dict[str, float | int | str]:
    facts: dict[str, float | int | str] = {
        "models": found[0]["models"],
        "groups": len(best),
        "groups_in_which_variance_predicts_the_proxy_best": _wins(found, "proxy"),
        "groups_in_which_variance_predicts_the_ground_truth_best": _wins(found, "ground truth"),
        "smallest_p_value": min(row["p_value"] for row in found),
    }
    for row in means:
        key = f"{row['algorithm']}, {row['property']}, {row['increase']}"
        facts |= {f"pearson, {key}": row["pearson"], f"p, {key}": row["p_value"]}
    for algorithm in dict.fromkeys(row["algorithm"] for row in best):
        mine = [row for row in best if row["algorithm"] == algorithm]
        counts = Counter(row["reward_model"] for row in mine)
        facts[f"best_teachers_{algorithm}"] = ", ".join(f"{name} {count}" for name, count in counts.most_common())
        facts[f"different_best_teachers_{algorithm}"] = len(counts)
    facts["leads_beyond_two_standard_errors"] = sum(row["lead_in_standard_errors"] > 2 for row in best)
    clear = {row["reward_model"] for row in best if row["lead_in_standard_errors"] > 2}
    facts["different_best_teachers_beyond_two_standard_errors"] = len(clear)
    return facts


def _wins(found: list[dict[str, Any]], increase: str) -> int:
    """In how many groups variance has a larger correlation than every accuracy."""
    wins = 0
    for row in found:
        if (row["property"], row["increase"]) == (VARIANCE, increase):
            rivals = [
                r["pearson"]
                for r in found
                if (r["policy"], r["algorithm"], r["increase"]) == (row["policy"], row["algorithm"], increase)
                and r["property"].endswith("accuracy")
                and "&" not in r["property"]
            ]
            wins += row["pearson"] > max(rivals)
    return wins


_MARKS = {
    "GRM-Gemma-2-2B": (BLUE, "o"),
    "GRM-Llama-3.2-3B": (GREEN, "s"),
    "RM-Tulu-V2-8B": (ORANGE, "^"),
    "RM-Gemma-2B": (VERMILION, "D"),
}


def draw(data: FigureData, canvas: Canvas) -> None:
    """A panel per policy: proxy increase against reward variance, filled for RLOO and open for GRPO."""
    panels = canvas.subplots(2, 3)
    for axes, policy in zip(panels.flat, data.values("policy", mark="published"), strict=True):
        lines = []
        for algorithm in data.values("algorithm", mark="published", policy=policy):
            rows = data.where(mark="published", policy=policy, algorithm=algorithm)
            for k, model in enumerate(rows["reward_model"]):
                colour, marker = _MARKS[str(model)]
                axes.errorbar(
                    rows["reward_variance"][k],
                    rows["proxy_increase"][k],
                    yerr=rows["proxy_increase_std"][k],
                    color=colour,
                    marker=marker,
                    markersize=3.4,
                    elinewidth=0.8,
                    capsize=1.5,
                    capthick=0.8,
                    markerfacecolor=colour if algorithm == "RLOO" else "white",
                    markeredgewidth=0.9,
                )
            about = {"mark": "correlation", "policy": policy, "algorithm": algorithm}
            (found,) = data.where(property=VARIANCE, increase="proxy", **about)["pearson"]
            lines.append(f"{algorithm}: $r = {found:.2f}$")
        axes.text(0.04, 0.96, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=7)
        axes.set_title(policy, fontsize=8)
        axes.margins(x=0.12)
        axes.set_ylim(0, 1.35 * axes.get_ylim()[1])
    canvas.supxlabel("reward variance under the initial policy", fontsize=8)
    canvas.supylabel("increase of proxy reward", fontsize=8)
    handles = [Line2D([], [], color=c, marker=m, linestyle="", markersize=4) for c, m in _MARKS.values()]
    kinds = [
        Line2D([], [], color="#333333", marker="o", markerfacecolor=face, linestyle="", markersize=4)
        for face in ("#333333", "white")
    ]
    canvas.legend(
        [*handles, *kinds],
        [*_MARKS, "RLOO", "GRPO"],
        loc="outside upper center",
        ncols=6,
        fontsize=6.5,
        handlelength=1.0,
        columnspacing=0.8,
        handletextpad=0.3,
    )


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f = data.facts

    def mean(algorithm: str, name: str, increase: str) -> str:
        # Adding zero makes zero of a negative one.
        return f"{round(float(f[f'pearson, {algorithm}, {name}, {increase}']), 2) + 0.0:.2f}"

    def all_of(name: str, increase: str) -> str:
        return f"{mean('RLOO', name, increase)} and {mean('GRPO', name, increase)}"

    smallest = float(f["smallest_p_value"])
    return (
        "Published numbers (Tables 10 to 12), nothing simulated: each point is a language model taught by one of "
        f"{f['models']} reward models; bars are the published standard deviations over {data.settings['runs']} runs. "
        f"r: Pearson correlation over the {f['models']} points. Its mean over six policies under RLOO, and over three "
        f"under GRPO, is {all_of(VARIANCE, 'proxy')} for reward variance, {all_of('on-policy accuracy', 'proxy')} for "
        f"on-policy and {all_of('off-policy accuracy', 'proxy')} for off-policy accuracy; variance beats every "
        f"accuracy in {f['groups_in_which_variance_predicts_the_proxy_best']} of {f['groups']} cases. With the "
        f"increase of ground-truth reward variance correlates at {all_of(VARIANCE, 'ground truth')}, accuracy (mean "
        f"of both) at {all_of('accuracy', 'ground truth')} and the average of both, standardised, at "
        f"{all_of(STANDARDISED, 'ground truth')}; here variance is ahead in "
        f"{f['groups_in_which_variance_predicts_the_ground_truth_best']} of {f['groups']}. {f['models']} points prove "
        f"little: an exact permutation test cannot go below 1/24, and the smallest p-value is {smallest:.3f}; the "
        f"means' (reward models reordered alike in all policies) is {float(f[f'p, RLOO, {VARIANCE}, proxy']):.2f} for "
        f"variance under RLOO. Best teacher of ground-truth reward under RLOO: {f['best_teachers_RLOO']}; under GRPO: "
        f"{f['best_teachers_GRPO']}. The best leads the runner-up by over two standard errors in "
        f"{f['leads_beyond_two_standard_errors']} of {f['groups']} cases, which name "
        f"{f['different_best_teachers_beyond_two_standard_errors']} different reward models."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    return (
        "Six panels, one per language model, with four reward models each: increase of proxy reward against reward "
        "variance. In most panels the points rise to the right, and the reward model of the highest variance gives the "
        "largest increase in all of them."
    )


FIGURE = Figure(
    title="Published: reward variance, not accuracy, goes with the increase of proxy reward",
    corresponds_to=(
        "Section 4.2 of the paper with its Tables 10 to 12: its own numbers. The correlations per policy, their "
        "p-values and the leads in standard errors are ours, by arithmetic."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.66,
)
