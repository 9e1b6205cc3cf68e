"""The generated tables of docs/language-models.md, from the kept experiment and the figures that show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from figures.language_model.training.increases import COURSES
from figures.language_model.training.reward_measures import MEASURED_ON
from figures.language_model.training_data import TrainingData
from proofs_check.markdown import table
from sims.llm.experiment.presets import FLATTENED, SQUASHED, TRUTH
from sims.llm.experiment.teachers import ON

Rows = list[dict[str, str]]
"""Of a figure's CSV file."""


def cost_table(provenance: Mapping[str, Any]) -> str:
    """Markdown: what was run, on what, and how long it took."""
    experiment, seconds = provenance["experiment"], provenance["seconds"]
    courses = experiment["courses"]
    settings = courses[0]["settings"]
    rows = [
        ["model", provenance["model"]],
        ["SHA-256 of its file", f"`{provenance['sha256'][:16]}...`"],
        ["precision", experiment["precision"]],
        ["machine", provenance["machine"]],
        ["software", ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())],
        ["prompts for reward models, taught, held out", ", ".join(str(experiment[f"{r}_prompts"]) for r in ROLES)],
        ["completions of each prompt by the initial policy", str(experiment["initial_completions"])],
        ["of another source", f"{experiment['off_policy_completions']}, after {experiment['off_policy_prefix']!r}"],
        ["updates, completions of an update, tokens of one", _numbers(settings)],
        ["runs", str(sum(len(course["rewards"]) * len(course["seeds"]) for course in courses))],
        ["hours of all runs", f"{sum(seconds.values()) / 3600:.1f}"],
        ["minutes of a run, median", f"{np.median(list(seconds.values())) / 60:.1f}"],
    ]
    return table(["", ""], rows)


ROLES = ("reward_model", "taught", "held_out")


def _numbers(settings: Mapping[str, Any]) -> str:
    return ", ".join(
        str(number)
        for number in (settings["steps"], settings["prompts_per_step"] * settings["group"], settings["max_tokens"])
    )


def courses_table(provenance: Mapping[str, Any]) -> str:
    """Markdown: the courses of runs, and in what they differ."""
    keys = ("prompts_per_step", "group", "learning_rate", "kl_coefficient")
    rows = [
        [
            COURSES[course["settings"]["method"], course["settings"]["trained"]],
            str(len(course["rewards"])),
            str(len(course["seeds"])),
            *(f"{course['settings'][key]:g}" for key in keys),
        ]
        for course in provenance["experiment"]["courses"]
    ]
    headings = ["course", "reward models", "seeds", "prompts a step", "completions each", "learning rate", "KL coeff."]
    return table(headings, rows, right=headings[1:])


def characteristics_table(rows: Rows) -> str:
    """Markdown: the reward models, from `lm-table1`."""
    headings = [
        "reward model",
        "variance",
        "on-policy accuracy",
        "off-policy accuracy",
        "half credit for ties: on, off",
    ]
    cells = [
        [
            row["reward_model"],
            _with_ends(row, "reward_variance", digits=3),
            *(_with_ends(row, name) for name in ("on_policy_accuracy", "off_policy_accuracy")),
            f"{float(row['half_credit_on_policy']):.2f}, {float(row['half_credit_off_policy']):.2f}",
        ]
        for row in rows
    ]
    return table(headings, cells, right=headings[1:])


def flattening(samples: pl.DataFrame, rows: Rows) -> str:
    """Markdown: what flattening half of the prompts does to the variance, predicted and measured."""
    judged = samples.filter((pl.col("source") == ON) & pl.col("role").is_in(MEASURED_ON))["truth"].to_numpy()
    offset = float(judged.mean() / judged.std())
    variance = {row["reward_model"]: float(row["reward_variance"]) for row in rows}
    predicted = variance[TRUTH] / (1 + offset**2 / 2)
    return (
        f"The truth's mean is {offset:.2f} of its standard deviations. Flattening half of the prompts is therefore "
        f"expected to change the normalised variance from {variance[TRUTH]:.2f} to {predicted:.2f} "
        f"(`figures/published/implied_offset.py`); it is {variance[FLATTENED]:.2f}. The squashed truth's is "
        f"{variance[SQUASHED]:.3f}."
    )


def increases_table(rows: Rows) -> str:
    """Markdown: increases after the last update of every course, from `lm-fig2`."""
    curves = [row for row in rows if row["mark"] == "curve"]
    last = max(int(row["step"]) for row in curves)
    against = {(row["course"], row["reward_model"]): row for row in rows if row["mark"] == "difference"}
    headings = ["course", "reward model", "proxy", "truth", "truth, less that under the truth", "KL, nats"]
    cells = []
    for row in curves:
        if int(row["step"]) != last:
            continue
        difference = against.get((row["course"], row["reward_model"]))
        shown = "" if difference is None else _with_ends(difference, "truth")
        cells.append([row["course"], row["reward_model"], _with_ends(row, "proxy"), _with_ends(row, "truth"), shown])
        cells[-1].append(_with_ends(row, "kl"))
    about = (
        f"Means after {last} updates with 95% intervals over seeds and prompts, in standard deviations of the reward."
    )
    return table(headings, cells, right=headings[2:]) + f"\n\n{about}"


def steps_table(steps: pl.DataFrame) -> str:
    """Markdown: what samples said along training, from the kept steps."""
    headings = ["course", "reward model", "groups with equal rewards", "first gradient, length", "all gradients"]
    rows = []
    for (method, trained, reward), mine in steps.group_by("method", "trained", "reward", maintain_order=True):
        first = mine.filter(step=0)["gradient_norm"].mean()
        numbers = (mine["equal_groups"].mean(), first, mine["gradient_norm"].mean())
        shown = [f"{number:.2g}" if isinstance(number, float) else "" for number in numbers]
        rows.append([COURSES[str(method), str(trained)], str(reward), *shown])
    about = (
        "Means over seeds, and over all updates but for the first gradient, which is the initial policy's. Lengths "
        "of different courses are in different parameters and do not compare."
    )
    return table(headings, rows, right=headings[2:]) + f"\n\n{about}"


def correlations_table(rows: Rows) -> str:
    """Markdown: correlations over the reward models, from `lm-table2`."""
    headings = ["property", "updates", "proxy", "p", "ground truth", "p", "paper: proxy", "ground truth"]
    chosen = [row for row in rows if row["coefficient"] == "Pearson" and row["models"] == "without the truth"]
    cells = []
    for name in dict.fromkeys(row["property"] for row in chosen):
        for after in sorted({int(row["after"]) for row in chosen}):
            mine = {row["increase"]: row for row in chosen if row["property"] == name and int(row["after"]) == after}
            both = [mine["proxy"], mine["ground truth"]]
            shown = [
                text
                for row in both
                for text in (_with_ends(row, "correlation", "low", "high"), f"{float(row['p_value']):.2f}")
            ]
            cells.append([name, str(after), *shown, *(row["published"] for row in both)])
    return table(headings, cells, right=headings[1:])


def effects_table(rows: Rows) -> str:
    """Markdown: effects on the real model, from `lm-effects`, in words."""
    headings = ["effect", "measured as", "updates", "real model", "so", "miniature", "paper"]
    cells = []
    for row in rows:
        small = f"{float(row['miniature']):.2f} ± {float(row['miniature_half_width']):.2f}" if row["miniature"] else ""
        paper = f"{float(row['published']):.2f}" if row["published"] else ""
        cells.append([row["claim"], row["measure"], row["after"], row["interval"], row["verdict"], small, paper])
    return table(headings, cells, right=["updates", "real model", "miniature", "paper"])


def effects_in_words(rows: Rows) -> str:
    """Markdown: what appears, what does not, and what cannot be told, as a list."""
    lines = []
    for verdict, said in SAID.items():
        mine = [f"{row['claim']} ({row['after']} updates)" for row in rows if row["verdict"] == verdict]
        lines.append(f"- **{said}**: {'; '.join(mine) or 'none'}.")
    return "\n".join(lines)


SAID = {
    "appears": "Appear, the interval above zero",
    "opposite": "The opposite appears, the interval below zero",
    "not seen": "Not seen at all, exactly zero",
    "cannot be told": "Cannot be told from these seeds and updates, the interval includes zero or has no bound",
}


def language_model_parts(kept: TrainingData, tables: Mapping[str, Rows]) -> dict[str, str]:
    """The generated parts of docs/language-models.md; `tables`, rows of figures by their ids."""
    provenance = kept.provenance
    effects, known = tables["lm-effects"], tables["lm-table1"]
    return {
        "lm-cost": f"{cost_table(provenance)}\n\n{courses_table(provenance)}",
        "lm-characteristics": f"{characteristics_table(known)}\n\n{flattening(kept.samples, known)}",
        "lm-increases": increases_table(tables["lm-fig2"]),
        "lm-steps": steps_table(kept.steps),
        "lm-correlations": correlations_table(tables["lm-table2"]),
        "lm-effects": f"{effects_in_words(effects)}\n\n{effects_table(effects)}",
    }


def _with_ends(row: Mapping[str, str], name: str, low: str = "", high: str = "", digits: int = 2) -> str:
    value, *ends = (float(row[key]) for key in (name, low or f"{name}_low", high or f"{name}_high"))
    return f"{value:.{digits}f} [{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]"
