"""A training run of seconds: the word model, a few prompts, two updates or some more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sims.llm import (
    CalledReward,
    GroundTruth,
    LanguageModel,
    Prompts,
    Reward,
    TrainingRun,
    TrainingSettings,
    word_model,
)
from sims.llm.training.placement import Placement, placement
from sims.llm.training.run import EVALUATIONS, STEPS

PROMPTS = Prompts(
    ("the film was", "my day", "this book is", "we had made the garden"), ("the city", "our neighbour said that it is")
)

SMALL = TrainingSettings(
    steps=5,
    prompts_per_step=2,
    group=2,
    max_tokens=4,
    learning_rate=1e-2,
    rank=2,
    rows_at_once=4,
    evaluate_every=2,
    checkpoint_every=2,
    kl_coefficient=0.1,
    seed=3,
)
"""Evaluations come after 0, 2, 4 and 5 updates, checkpoints after 2, 4 and 5."""


@cache
def small_model() -> LanguageModel:
    """The word model, made once."""
    return word_model()


def training_run(
    folder: Path,
    *,
    proxy: Reward | None = None,
    truth: Reward | None = None,
    about: Any = None,
    devices: Placement | None = None,
    **settings: Any,
) -> TrainingRun:
    """The small run with other settings where they are given."""
    return TrainingRun(
        model=small_model(),
        settings=replace(SMALL, **settings),
        prompts=PROMPTS,
        proxy=proxy or GroundTruth("proxy"),
        truth=truth or GroundTruth("truth"),
        folder=folder,
        devices=devices or placement(),
        about=about,
    )


def called(function: Callable[[int, list[str]], Iterable[Any]], name: str = "proxy", **options: Any) -> CalledReward:
    """A reward whose function is given the number of its call, from 0, and the completions."""
    calls = iter(range(1 << 30))
    return CalledReward(lambda prompts, completions: function(next(calls), completions), name=name, **options)


def lengths(texts: Sequence[str]) -> np.ndarray:
    """A reward that is easy to compute by hand: words."""
    return np.array([len(text.split()) for text in texts], np.float64)


def tables(folder: Path) -> dict[str, bytes]:
    """The bytes of both tables of a run."""
    return {name: (folder / name).read_bytes() for name in (STEPS, EVALUATIONS)}
