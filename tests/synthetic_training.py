"""An experiment's tables with increases that are known, to compute from what figures have to find."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from figures.language_model.training_data import TrainingData, provenance_of
from sims.llm.experiment.presets import FULL

REWARDS = tuple(choice.name for choice in FULL.rewards)


def synthetic_training(
    gains: Mapping[tuple[str, str, str], float], *, seeds: int = 3, prompts: int = 16, noise: float = 0.1, seed: int = 0
) -> TrainingData:
    """Tables of the full experiment's form.

    **Arguments**: `gains`, the truth's increase after the last update by reward, method and trained parameters, 0.5 for
    those that are missing; the proxy's is twice that, the divergence a tenth. `noise`: its deviation by seed and
    prompt.
    """
    rng = np.random.default_rng(seed)
    start = rng.normal(size=prompts)
    rows = []
    for name, reward, settings in FULL.runs():
        if settings.seed >= seeds:
            continue
        key = (reward, settings.method, settings.trained)
        told = {"run": name, "reward": reward, "method": key[1], "trained": key[2], "seed": settings.seed}
        for step in range(0, settings.steps + 1, settings.evaluate_every):
            share = step / settings.steps
            drawn = noise * share * rng.normal(size=prompts)
            for prompt in range(prompts):
                gain = gains.get(key, 0.5) * share + drawn[prompt]
                values = {"proxy": start[prompt] + 2 * gain, "truth": start[prompt] + gain, "kl": 0.1 * share}
                rows.append(told | {"step": step, "prompt": prompt, **values, "scored": 2})
    evaluations = pl.DataFrame(rows)
    record = provenance_of("0" * 64, FULL.record(), {name: 60.0 for name, _, _ in FULL.runs()}, "nothing")
    return TrainingData(_samples(rng, prompts), _measures(), _steps(), evaluations, record)


def _steps() -> pl.DataFrame:
    """Numbers of steps that are the same in all runs."""
    values = {"proxy": 0.0, "truth": 0.0, "kl": 0.0, "gradient_norm": 2.0, "equal_groups": 0.25, "unscored": 0}
    rows = [
        {"run": name, "reward": reward, "method": settings.method, "trained": settings.trained, "seed": settings.seed}
        | {"step": step, **values, "length": 16.0}
        for name, reward, settings in FULL.runs()
        for step in range(settings.steps)
    ]
    return pl.DataFrame(rows)


def _samples(rng: np.random.Generator, held_out: int) -> pl.DataFrame:
    """Completions whose rewards are the truth times the reward's number, with as much noise as that number."""
    parts = []
    for role, prompts in (("reward_model", 4), ("taught", 8), ("held_out", held_out)):
        for source, each in (("initial policy", 6), ("other source", 4)):
            truth = rng.normal(size=prompts * each)
            columns: dict[str, object] = {
                "role": [role] * len(truth),
                "source": [source] * len(truth),
                "prompt": [f"{role} {k}" for k in range(prompts) for _ in range(each)],
                "completion": ["words"] * len(truth),
                "truth": truth,
            }
            for k, name in enumerate(REWARDS):
                columns[f"reward: {name}"] = (1 + 0.1 * k) * truth + 0.2 * k * rng.normal(size=len(truth))
            parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


def _measures() -> pl.DataFrame:
    rows = [
        {"reward": name, "source": source, "measure": measure, "value": 0.5, "low": 0.4, "high": 0.6}
        for name in REWARDS
        for source in ("initial policy", "other source")
        for measure in ("variance", "accuracy", "half_credit_accuracy")
    ]
    return pl.DataFrame(rows)
