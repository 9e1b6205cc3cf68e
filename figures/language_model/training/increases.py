"""The increases of rewards on held-out prompts, run by run and prompt by prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float64, Int64

from theory.errors import InvalidInputError

RLOO_LORA, GRPO_LORA, RLOO_ALL = ("rloo", "lora"), ("grpo", "lora"), ("rloo", "all")
"""Estimator and trained parameters of the experiment's runs."""

COURSES = {RLOO_LORA: "RLOO, low rank", GRPO_LORA: "GRPO, low rank", RLOO_ALL: "RLOO, all parameters"}
"""How figures call them."""


def single_seed_sentence(experiment: Mapping[str, Any]) -> str:
    """Which courses of an experiment have one seed, so that their intervals say nothing of others; nothing if none."""
    single = [
        COURSES[course["settings"]["method"], course["settings"]["trained"]]
        for course in experiment["courses"]
        if len(course["seeds"]) == 1
    ]
    return f"Of {', '.join(single)} there is one seed: intervals are for other prompts only. " if single else ""


Values = Float64[np.ndarray, "evaluations seeds prompts"]


class Increases(NamedTuple):
    """What runs of one reward model have changed since their start, for seeds and prompts that all runs share.

    **Fields**: `step`, updates before each evaluation, the first of which is at the start; `proxy`, `truth`: increases
    of a prompt's mean reward, in the reward's standard deviations; `kl`, of `ln(pi / pi_ref)`, nats.
    """

    step: Int64[np.ndarray, " evaluations"]
    proxy: Values
    truth: Values
    kl: Values


def increases_of(evaluations: pl.DataFrame, reward: str, course: tuple[str, str]) -> Increases:
    """The increases under one reward model.

    **Arguments**: `evaluations`, the experiment's table; `course`, one of `COURSES`.

    **Raises** `InvalidInputError` if there are no such runs, if one of them lacks evaluations of some prompt, or if a
    prompt was not scored.
    """
    method, trained = course
    rows = evaluations.filter(reward=reward, method=method, trained=trained).sort("step", "seed", "prompt")
    named = f"{reward}, {method}, {trained}"
    if rows.is_empty():
        raise InvalidInputError("evaluations", f"no runs of {named}", "Give the tables of the whole experiment.")
    step, seeds, prompts = (np.unique(rows[name].to_numpy()) for name in ("step", "seed", "prompt"))
    shape = (len(step), len(seeds), len(prompts))
    if rows.select("step", "seed", "prompt").n_unique() != np.prod(shape) or len(rows) != np.prod(shape):
        remedy = "Every run has one of each prompt at the same steps."
        raise InvalidInputError("evaluations", f"{len(rows)} rows of {named}", remedy)
    since = []
    for name in ("proxy", "truth", "kl"):
        values = rows[name].to_numpy().astype(np.float64).reshape(shape)
        if not np.isfinite(values).all():
            raise InvalidInputError("evaluations", f"{name} of {named}, not finite", "Leave out those prompts.")
        since.append(values - values[0])
    return Increases(step.astype(np.int64), *since)


def rewards_of(evaluations: pl.DataFrame, course: tuple[str, str]) -> list[str]:
    """The reward models that taught in a course, in the order of the experiment."""
    method, trained = course
    chosen = evaluations.filter(method=method, trained=trained)["reward"]
    return [str(name) for name in chosen.unique(maintain_order=True)]
