"""Statistics of the experiment that are no means, over resampled prompts and seeds: correlations and KL divergences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from figures.drawing.crossed_intervals import resample_weights
from figures.language_model.training.increases import RLOO_LORA, Increases, increases_of, rewards_of
from figures.language_model.training.reward_measures import (
    MEASURED_ON,
    MeasuresByPrompt,
    measures_by_prompt,
    weighted_means,
)
from figures.language_model.training_data import TrainingData
from figures.paper.experiment.properties import correlations_between, properties_from

RESAMPLES, SEED = 2000, 0

Resamples = Float64[np.ndarray, " resamples"]


class Weights(NamedTuple):
    """Weights of each resample, in rows; the first row is the sample itself, in which all count alike.

    **Fields**: `seeds`; `prompts`: held-out ones, on which policies are judged and reward models measured; `taught`,
    prompts on which reward models are measured only.
    """

    seeds: Float64[np.ndarray, "resamples seeds"]
    prompts: Float64[np.ndarray, "resamples prompts"]
    taught: Float64[np.ndarray, "resamples taught"]

    def mean(self, values: Float64[np.ndarray, "seeds prompts"]) -> Resamples:
        """The mean of a table of seeds by held-out prompts in every resample."""
        return np.einsum("rs,rp,sp->r", self.seeds, self.prompts, values, optimize=True)


def resampling(seeds: int, prompts: int, taught: int) -> Weights:
    """The same resamples for all models: differences between them are paired."""
    rng = np.random.default_rng(SEED)
    return Weights(
        *(
            np.concatenate([np.full((1, number), 1 / number), resample_weights(rng, number, RESAMPLES)])
            for number in (seeds, prompts, taught)
        )
    )


def all_increases(data: TrainingData, course: tuple[str, str]) -> dict[str, Increases]:
    """The increases of all runs of a course by reward model, in the order of the experiment."""
    return {name: increases_of(data.evaluations, name, course) for name in rewards_of(data.evaluations, course)}


class Correlations(NamedTuple):
    """Correlations over reward models, by property, increase and coefficient; `models`, their names; `values` of
    properties and increases, of the sample itself, by name."""

    models: tuple[str, ...]
    coefficients: dict[tuple[str, str, str], Resamples]
    values: dict[str, Float64[np.ndarray, " models"]]


def correlations_over_models(data: TrainingData, evaluation: int, without: str | None) -> Correlations:
    """Correlations of properties with increases at one evaluation, in the sample and in its resamples.

    **Arguments**: `evaluation`, its number, which may count from the end; `without`, a reward model to leave out.
    """
    found = {name: one for name, one in all_increases(data, RLOO_LORA).items() if name != without}
    names = list(found)
    by_role = [measures_by_prompt(data.samples, role, names) for role in MEASURED_ON]
    first = next(iter(found.values()))
    _, seeds, prompts = first.truth.shape
    weights = resampling(seeds, prompts, by_role[0].variance.shape[1])
    measured = properties_from(*_measured(by_role, weights))
    gained = {
        increase: np.stack([weights.mean(getattr(one, field)[evaluation]) for one in found.values()], axis=1)
        for increase, field in (("proxy", "proxy"), ("ground truth", "truth"))
    }
    return Correlations(
        tuple(names), correlations_between(measured, gained), {k: v[0] for k, v in (measured | gained).items()}
    )


def _measured(by_role: list[MeasuresByPrompt], weights: Weights) -> list[np.ndarray]:
    """Variance and both accuracies over the prompts of both roles in every resample, a column a model."""
    taught, held_out = (each.variance.shape[1] for each in by_role)
    joined = np.concatenate([weights.taught * taught, weights.prompts * held_out], axis=1)
    return [
        weighted_means(np.concatenate([each[kind] for each in by_role], axis=1), joined)
        for kind in range(len(MeasuresByPrompt._fields))
    ]


def extra_divergence(proxy: Increases, flat: Increases) -> Resamples:
    """How much more KL divergence one teacher needs than another for the same gain, as `effects.kl_efficiency` has it.

    Relative to the latter, at half of what the one that gains less has gained at its best; NaN in resamples in which
    one of them gains nothing, or has no divergence.
    """
    _, seeds, prompts = proxy.truth.shape
    weights = resampling(seeds, prompts, 2)
    gains, divergences = (
        [np.stack([weights.mean(table) for table in getattr(one, name)], axis=1) for one in (proxy, flat)]
        for name in ("truth", "kl")
    )
    level = np.minimum(*(gain.max(axis=1) for gain in gains)) / 2
    spent = [_divergence_at(*path, level) for path in zip(gains, divergences, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = spent[0] / spent[1] - 1
    return np.where((level > 0) & (spent[0] > 0) & (spent[1] > 0), ratio, np.nan)


def _divergence_at(gains: np.ndarray, divergences: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Where each path of gains first reaches its level, linear between evaluations."""
    after = np.maximum(np.argmax(gains >= level[:, None], axis=1), 1)
    rows = np.arange(len(level))
    before = after - 1
    rise = gains[rows, after] - gains[rows, before]
    share = np.divide(level - gains[rows, before], rise, out=np.zeros_like(rise), where=rise != 0)
    return np.asarray(divergences[rows, before] + share * (divergences[rows, after] - divergences[rows, before]))
