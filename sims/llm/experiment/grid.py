"""All runs of an experiment, one after another, in a folder that keeps what is finished."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from sims.files import replace_by, replace_together
from sims.llm.loading import LanguageModel, load_language_model
from sims.llm.random_words import word_model
from sims.llm.training.curve import Curve
from sims.llm.training.evaluation import StartingEvaluation
from sims.llm.training.placement import Placement, placement
from sims.llm.training.run import Prompts, TrainingRun
from sims.llm.training.same_run import refuse_other_run
from theory.errors import InvalidInputError

from .config import WORD_MODEL, ExperimentConfig
from .prompts import PromptRoles, built_in_prompts, prompt_roles
from .reward_choice import independent_reward
from .teachers import Teachers, make_teachers

CONFIG, SAMPLES, MEASURES, STEPS, EVALUATIONS, SECONDS = (
    "experiment.json",
    "samples.parquet",
    "measures.parquet",
    "steps.parquet",
    "evaluations.parquet",
    "seconds.json",
)
"""The files of an experiment's folder: what was asked for, the completions of the initial policy with their rewards,
variances and accuracies, the steps and the evaluations of all runs, and how long each run took."""

Progress = Callable[[str, float], None]
"""Called with what is in hand, and the share of the runs that are done."""


class Experiment(NamedTuple):
    """The tables of an experiment; `runs` of `steps` and `evaluations` tell one run from another by `run`."""

    samples: pl.DataFrame
    measures: pl.DataFrame
    steps: pl.DataFrame
    evaluations: pl.DataFrame


def load_policy(config: ExperimentConfig) -> LanguageModel:
    """The initial policy of an experiment. **Raises** `InvalidInputError` when it cannot be had."""
    if config.model == WORD_MODEL:
        return word_model(dtype=config.precision)
    return load_language_model(config.model, dtype=config.precision)


def run_experiment(
    config: ExperimentConfig,
    folder: Path,
    *,
    model: LanguageModel | None = None,
    devices: Placement | None = None,
    keep_trained: bool = False,
    progress: Progress | None = None,
) -> Experiment:
    """Everything of an experiment that the folder does not hold yet.

    **Arguments**

    - `config`: what is asked for. `folder`: holds the experiment; begun again, only the rest is computed.
    - `model`: the initial policy, if it is loaded already. `devices`: see `placement`.
    - `keep_trained`: whether checkpoints of runs that are done hold what was trained.

    **Raises** `InvalidInputError` for a folder with another experiment, and as runs do; `OSError` when files cannot be
    written, which loses only what has come since the last checkpoint.
    """
    devices = devices or placement()
    report = progress or (lambda what, done: None)
    loaded = model or load_policy(config)
    record = {"experiment": config.record(), "model": loaded.checksum}
    roles = _roles(config)
    _check_runs(config, loaded, roles, folder, devices)
    devices.first(lambda: _claim(folder, record))
    longest = max(settings.max_tokens for _, _, settings in config.runs())
    teachers = make_teachers(
        loaded,
        config,
        roles,
        max_tokens=longest,
        folder=folder / "initial",
        placement=devices,
        progress=lambda what, done: report(what, 0.0),
    )
    curves = _train_all(config, loaded, roles, teachers, folder, devices, keep_trained, report)
    found = Experiment(teachers.samples, teachers.measures, _joined(curves, "step"), _joined(curves, "evaluation"))
    devices.first(lambda: _write_tables(folder, found))
    return found


def _check_runs(
    config: ExperimentConfig, model: LanguageModel, roles: PromptRoles, folder: Path, devices: Placement
) -> None:
    """**Raises** `InvalidInputError` for a run that cannot be, before anything is drawn."""
    truth = independent_reward(config.truth)
    for _, _, settings in config.runs():
        TrainingRun(model, settings, Prompts(roles.taught, roles.held_out), truth, truth, folder, devices).check()


def _write_tables(folder: Path, experiment: Experiment) -> None:
    for name, table in zip((SAMPLES, MEASURES, STEPS, EVALUATIONS), experiment, strict=True):
        replace_by(folder / name, partial(table.write_parquet, compression="zstd"))


def _claim(folder: Path, record: dict[str, Any]) -> None:
    """The folder is this experiment's: it is empty, or has been begun by the same. **Raises** `InvalidInputError`."""
    try:
        kept = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        # A hidden file is what a write that was ended has left.
        if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
            remedy = "Give a new folder, or one of the same experiment."
            raise InvalidInputError("out", f"{folder}, which holds something else", remedy) from None
        replace_together(folder, {CONFIG: json.dumps(record, indent=1, ensure_ascii=False).encode()})
        return
    except (OSError, ValueError) as error:
        raise InvalidInputError("out", f"{folder / CONFIG}: {error}", "Give another folder.") from error
    refuse_other_run(kept, record)


def _roles(config: ExperimentConfig) -> PromptRoles:
    return prompt_roles(
        config.prompts or built_in_prompts(),
        reward_model=config.reward_model_prompts,
        taught=config.taught_prompts,
        held_out=config.held_out_prompts,
    )


def _train_all(
    config: ExperimentConfig,
    model: LanguageModel,
    roles: PromptRoles,
    teachers: Teachers,
    folder: Path,
    devices: Placement,
    keep_trained: bool,
    report: Progress,
) -> dict[str, tuple[dict[str, Any], Curve]]:
    listed = config.runs()
    total = sum(settings.steps for _, _, settings in listed)
    start, curves, done = StartingEvaluation(), {}, 0
    about = {"rewards": [choice.record() for choice in config.rewards], "truth": config.truth.record()}
    for name, reward, settings in listed:
        run = TrainingRun(
            model,
            settings,
            Prompts(roles.taught, roles.held_out),
            teachers.rewards[reward],
            teachers.truth,
            folder / "runs" / name,
            devices,
            about,
            start,
            keep_trained,
        )
        began = time.perf_counter()
        curve = run.run(partial(_report_step, report, name, done, total))
        done += settings.steps
        seconds = time.perf_counter() - began
        devices.first(partial(_note_seconds, folder, name, seconds))
        key = {"run": name, "reward": reward, **settings.record()}
        curves[name] = (key, curve)
    return curves


def _report_step(report: Progress, run: str, done: int, total: int, step: int) -> None:
    """`done` of `total` updates are those of the runs before."""
    report(f"{run}: step {step}", (done + step) / total)


def _note_seconds(folder: Path, name: str, seconds: float) -> None:
    """How long a run took, unless it was only found again."""
    path = folder / SECONDS
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        noted = {}
    if name not in noted:
        replace_together(folder, {SECONDS: json.dumps(noted | {name: round(seconds, 1)}, indent=1).encode()})


def _joined(curves: dict[str, tuple[dict[str, Any], Curve]], kind: str) -> pl.DataFrame:
    """The tables of all runs in one, with what tells one from another."""
    parts = []
    for key, curve in curves.values():
        table = curve.step_table() if kind == "step" else curve.evaluation_table()
        told = {name: key[name] for name in ("run", "reward", "method", "trained", "seed")}
        parts.append(table.select(*(pl.lit(value).alias(name) for name, value in told.items()), pl.all()))
    return pl.concat(parts)
