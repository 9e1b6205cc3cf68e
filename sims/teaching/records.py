"""The records of a simulation: sums over all prompts, and what is kept of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from sims.teaching.groups import ScoredGroups
from sims.teaching.measures import Measures


class Records(NamedTuple):
    """**Fields**: `judged`, `divergence`, `truth_rate` as of `Measures`, with a first axis of times; `expected`, of the
    truth alone if it is known; `curve` and `reached` as of `StepLesson`, empty for the flow."""

    judged: Float[np.ndarray, "times models judges"]
    divergence: Float[np.ndarray, "times models"]
    truth_rate: Float[np.ndarray, "times models"]
    expected: Float[np.ndarray, "kept prompts models shown"]
    curve: Float[np.ndarray, "steps_and_start models"]
    reached: Int[np.ndarray, "gains prompts models"]

    def add(self, measures: Measures, models: Int[np.ndarray, " chosen"], prompts: Int[np.ndarray, " prompts"]) -> None:
        """Takes over what a block of prompts gives that some models have taught."""
        self.judged[:, models] += np.asarray(measures.judged)
        self.divergence[:, models] += np.asarray(measures.divergence)
        self.truth_rate[:, models] += np.asarray(measures.truth_rate)
        shown = np.asarray(measures.expected)[:, :, -self.expected.shape[-1] :, : len(prompts)]
        self.expected[:, prompts[:, None], models[None]] = np.moveaxis(shown, -1, 1)


def new_records(groups: ScoredGroups, *, times: int, kept: int, steps: int = 0, gains: int = 0) -> Records:
    """Sums of nothing: of so many times, times at which prompts are kept, steps with the start, and gains."""
    models, prompts, known = groups.models, groups.prompts, groups.truth is not None
    return Records(
        judged=np.zeros((times, models, models + known)),
        divergence=np.zeros((times, models)),
        truth_rate=np.zeros((times, models)),
        expected=np.empty((kept, prompts, models, 1 if known else models)),
        curve=np.zeros((steps, models)),
        reached=np.empty((gains, prompts, models), np.int32),
    )
