"""How often rules that see only samples of the initial policy order teachers as real training does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float64

from figures.drawing.intervals import mean_interval
from figures.drawing.style import BLUE, GREEN, GREY, VERMILION
from figures.figure import Canvas, Figure, FigureData, Level
from figures.language_model.training.increases import RLOO_LORA
from figures.language_model.training.resampled import all_increases, resampling
from figures.language_model.training.reward_measures import MEASURED_ON, rewards_and_truth
from figures.language_model.training_data import TrainingData, training_data
from figures.paper.experiment.properties import EPOCH
from figures.paper.experiment.repetitions import repetitions
from figures.paper.experiment.settings import MAIN, SIZES
from figures.practice.teacher_rules import RULES, share_ordered, teacher_scores
from figures.table import stack_rows
from sims.llm.experiment.teachers import ON
from sims.policy_gradient.sampling import sample_outputs
from sims.rlhf import Setting, draw_world, train_teachers

SAMPLES = 8
"""Completions of a prompt that an audit of the miniature sees."""

EARLY, LATE, REAL = "miniature, first epoch", "miniature, last epoch", "SmolLM2"


def compute(level: Level) -> FigureData:
    """One row per rule and experiment: the share of pairs of teachers in the right order."""
    sizes = SIZES[level]
    found = repetitions(MAIN, sizes)
    gains = np.asarray(found.ground_truth_increase).mean(axis=2)
    shares: dict[tuple[str, str], list[float]] = {}
    for number in range(sizes.repetitions):
        scores = _miniature_scores(sizes.applied(MAIN), number)
        for rule in RULES:
            for name, epoch in ((EARLY, EPOCH), (LATE, -1)):
                shares.setdefault((name, rule), []).append(share_ordered(scores[rule], gains[number, :, epoch]))
    rows: list[dict[str, Any]] = []
    for (name, rule), values in shares.items():
        mean, half = mean_interval(np.array(values))
        rows.append({"experiment": name, "rule": rule, "share": float(mean), "half_width": float(half)})
    real = _real_teachers(training_data(level))
    of_real = teacher_scores(real.rewards, real.truth)
    for rule in RULES:
        share = share_ordered(of_real[rule], real.increase, real.decided)
        rows.append({"experiment": REAL, "rule": rule, "share": share, "half_width": float("nan")})
    settings = {
        "setting": asdict(sizes.applied(MAIN)),
        "sizes": asdict(sizes),
        "samples": SAMPLES,
        "rules": list(RULES),
        "last_epoch": sizes.epochs,
    }
    models = len(real.increase)
    facts = {
        "pairs": models * (models - 1) // 2,
        "decided_pairs": int(np.triu(real.decided, 1).sum()),
        "prompts": real.truth.shape[0],
        "completions": real.truth.shape[1],
    }
    return FigureData(stack_rows(*({k: np.array([v]) for k, v in row.items()} for row in rows)), settings, facts)


class _RealTeachers(NamedTuple):
    """Reward models that taught SmolLM2: rewards and truth of the initial policy's completions, the rise of the truth
    in training, and for which pairs the 95% interval of the difference, over prompts and seeds, leaves zero out."""

    rewards: Float64[np.ndarray, "models prompts completions"]
    truth: Float64[np.ndarray, "prompts completions"]
    increase: Float64[np.ndarray, " models"]
    decided: Bool[np.ndarray, "models models"]


def _real_teachers(data: TrainingData) -> _RealTeachers:
    increases = all_increases(data, RLOO_LORA)
    names = list(increases)
    parts = [rewards_and_truth(data.samples, role, ON, names) for role in MEASURED_ON]
    last = [found.truth[-1] for found in increases.values()]
    seeds, prompts = last[0].shape
    weights = resampling(seeds, prompts, prompts)
    means = np.stack([weights.mean(values) for values in last])
    differences = means[:, None] - means[None, :]
    low, high = np.percentile(differences[:, :, 1:], [2.5, 97.5], axis=2)
    return _RealTeachers(
        np.concatenate([part[0] for part in parts], axis=1),
        np.concatenate([part[1] for part in parts]),
        means[:, 0],
        (low > 0) | (high < 0),
    )


def _miniature_scores(setting: Setting, number: int) -> dict[str, Float64[np.ndarray, " models"]]:
    """All rules on samples of the policy of one repetition, the same world and teachers as in its training."""
    world = draw_world(setting, np.random.default_rng([number]))
    teachers = train_teachers(setting, world, jax.random.key(number))
    log_policy = np.asarray(world.log_policy)[world.taught]
    key = jax.random.fold_in(jax.random.key(number), 1)
    drawn = np.asarray(sample_outputs(key, log_policy, SAMPLES))
    truth = np.take_along_axis(teachers.ground_truth_reward[world.taught], drawn, axis=1)
    by_samples = teachers.rewards[:, world.taught]
    rewards = np.take_along_axis(by_samples, np.broadcast_to(drawn, (len(by_samples), *drawn.shape)), axis=2)
    return dict(teacher_scores(rewards, truth))


def draw(data: FigureData, canvas: Canvas) -> None:
    """A row per rule, a mark per experiment."""
    axes = canvas.subplots()
    for place, (name, colour, marker) in enumerate(((EARLY, BLUE, "o"), (LATE, GREEN, "s"), (REAL, VERMILION, "D"))):
        rows = data.where(experiment=name)
        height = np.arange(len(RULES)) + 0.22 * (place - 1)
        half = np.nan_to_num(rows["half_width"].astype(float))
        label = name if name != REAL else f"SmolLM2, {data.facts['decided_pairs']} pairs that training decides"
        axes.errorbar(
            rows["share"], height, xerr=half, color=colour, marker=marker, markersize=4, linestyle="", label=label
        )
    axes.axvline(0.5, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(RULES)), RULES, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("share of pairs of teachers in the order of their training", fontsize=8)
    canvas.legend(loc="outside upper center", ncols=3, fontsize=7.5)


def _best(data: FigureData, name: str) -> str:
    rows = data.where(experiment=name)
    place = int(np.nanargmax(rows["share"]))
    half = float(rows["half_width"][place])
    interval = "" if np.isnan(half) else f" ± {half:.2f}"
    return f"{rows['rule'][place]} ({float(rows['share'][place]):.2f}{interval})"


def caption(data: FigureData) -> str:
    """What is shown, with numbers from the data."""
    f, sizes = data.facts, data.settings["sizes"]
    return (
        "Reward models ordered by rules that see samples of the initial policy alone, against their order after real "
        "training by RLOO, in increase of expected truth; 0.5 is chance. Miniature: the seven models of Figure 2, "
        f"{data.settings['samples']} samples of each taught prompt, means over {sizes['repetitions']} independent "
        f"repetitions with 95% intervals by Student's t, after the first and the last of {sizes['epochs']} epochs. "
        f"SmolLM2: {f['completions']} completions of each of {f['prompts']} prompts; of {f['pairs']} pairs only the "
        f"{f['decided_pairs']} whose order training decides at 95% count, which is one experiment and so has no "
        "interval. Simulated teaching runs gradient flow on each prompt's own samples, for the times named. Best: "
        f"{_best(data, EARLY)} in the first epoch, {_best(data, LATE)} at the end, {_best(data, REAL)} for SmolLM2."
    )


def alternative_text(data: FigureData) -> str:
    """The picture in words."""
    listed = "; ".join(
        f"{rule} "
        + ", ".join(f"{float(data.where(experiment=e, rule=rule)['share'][0]):.2f}" for e in (EARLY, LATE, REAL))
        for rule in RULES
    )
    return f"Shares of pairs in the right order by rule, for {EARLY}, {LATE} and {REAL}: {listed}."


FIGURE = Figure(
    title="Which rule orders reward models as training does",
    corresponds_to=(
        "Table 2 of the paper, which correlates variance and accuracy with the increase of reward. Here: pairs in the "
        "right order, with rules that only see samples, and simulated teaching beside them."
    ),
    compute=compute,
    draw=draw,
    caption=caption,
    alternative_text=alternative_text,
    height=0.6,
)
