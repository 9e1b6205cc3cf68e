"""The reward models of an experiment: made from samples of the initial policy, normalised, and measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from sims.llm.loading import LanguageModel
from sims.llm.rewards.flattened import Flattened, choose_flattened_prompts
from sims.llm.rewards.measures import RewardMeasures, reward_measures
from sims.llm.rewards.normalised import Normalised, sampled_scale
from sims.llm.rewards.preference_head import train_preference_head
from sims.llm.rewards.preference_pairs import pair_features, preference_pairs
from sims.llm.rewards.reward import Reward
from sims.llm.rewards.squashed import Squashed, mean_by_prompt
from sims.llm.training.placement import Placement
from sims.llm.training.rewarded import scores
from theory.errors import InvalidInputError

from .config import ExperimentConfig
from .initial_samples import InitialSamples, initial_samples
from .prompts import PromptRoles
from .reward_choice import OF_TRUTH, RewardChoice, independent_reward

ROLES = PromptRoles._fields
ON, OFF = "initial policy", "other source"

Sampled = Mapping[tuple[str, str], InitialSamples]
"""Completions by the role of their prompts and their source."""


class Teachers(NamedTuple):
    """The rewards of an experiment.

    **Fields**: `truth`, normalised like the others; `rewards` by name; `samples`, a table of the completions that they
    were measured on, with all rewards; `measures`, a table of each one's variance and accuracies.
    """

    truth: Reward
    rewards: Mapping[str, Reward]
    samples: pl.DataFrame
    measures: pl.DataFrame


def make_teachers(
    model: LanguageModel,
    config: ExperimentConfig,
    roles: PromptRoles,
    *,
    max_tokens: int,
    folder: Path,
    placement: Placement,
    progress: Callable[[str, float], None] | None = None,
) -> Teachers:
    """All rewards of an experiment.

    **Arguments**

    - `max_tokens`: of a completion. `folder`: keeps what was drawn.
    - `progress`: called with what is drawn and the share of it that is done.

    **Raises** `InvalidInputError` for a truth that does not vary, and as the rewards do.
    """
    truth = independent_reward(config.truth)
    independent = {choice.name: independent_reward(choice) for choice in config.rewards if choice.kind not in OF_TRUTH}
    sampled = _sampled(model, config, roles, max_tokens, folder, placement, progress)
    truths = {place: scores(truth, part.texts(), placement) for place, part in sampled.items()}
    unnormalised = {
        choice.name: independent.get(choice.name) or _reward(choice, truth, sampled, truths, roles)
        for choice in config.rewards
    }
    raw = {
        name: {place: scores(reward, part.texts(), placement) for place, part in sampled.items()}
        for name, reward in unnormalised.items()
    }
    normalised = {name: _normalised(reward, raw[name]) for name, reward in unnormalised.items()}
    judge = _normalised(truth, truths)
    scored = {
        name: {place: (values - found.mean) / found.deviation for place, values in raw[name].items()}
        for name, found in normalised.items()
    }
    table = _sample_table(sampled, truths, scored)
    return Teachers(judge, normalised, table, _measure_table(sampled, truths, scored))


def _sampled(
    model: LanguageModel,
    config: ExperimentConfig,
    roles: PromptRoles,
    max_tokens: int,
    folder: Path,
    placement: Placement,
    progress: Callable[[str, float], None] | None,
) -> Sampled:
    found: dict[tuple[str, str], InitialSamples] = {}
    for number, (role, source) in enumerate((role, source) for role in ROLES for source in (ON, OFF)):
        on = source == ON
        what = f"completions: {role.replace('_', ' ')} prompts, {source}"
        found[role, source] = initial_samples(
            model,
            getattr(roles, role),
            config.initial_completions if on else config.off_policy_completions,
            max_tokens,
            prefix="" if on else config.off_policy_prefix,
            first_number=number << 24,
            file=folder / f"{role}-{source.replace(' ', '-')}.npz",
            placement=placement,
            progress=None if progress is None else partial(progress, what),
        )
    return found


def _reward(
    choice: RewardChoice,
    truth: Reward,
    sampled: Sampled,
    truths: Mapping[tuple[str, str], np.ndarray],
    roles: PromptRoles,
) -> Reward:
    """One reward that is made from the truth, not yet normalised."""
    options = choice.all_options()
    if choice.kind == "flattened":
        chosen: frozenset[str] = frozenset()
        for role in ("taught", "held_out"):
            chosen |= choose_flattened_prompts(getattr(roles, role), seed=options["seed"], share=options["share"])
        return Flattened(truth, chosen, options["factor"], choice.name)
    if choice.kind == "squashed":
        means: dict[str, float] = {}
        for role in ROLES:
            means |= mean_by_prompt(getattr(roles, role), _by_prompt(truths[role, ON], sampled[role, ON]))
        return Squashed(truth, means, options["factor"], choice.name)
    places = [("reward_model", ON), ("reward_model", OFF)]
    labels = [_by_prompt(truths[place], sampled[place]) for place in places]
    features = [_by_prompt(sampled[place].features, sampled[place]) for place in places]
    pairs = preference_pairs(*labels, on_policy_share=float(options["on_policy_share"]), seed=options["seed"])
    chosen_features, rejected_features = pair_features(pairs, *features)
    return train_preference_head(
        chosen_features, rejected_features, weight_decay=float(options["weight_decay"]), name=choice.name
    )


def _normalised(reward: Reward, values_by_place: Mapping[tuple[str, str], np.ndarray]) -> Normalised:
    """By mean and deviation over the initial policy's completions of the prompts that it is taught and judged on."""
    values = np.concatenate([values_by_place[role, ON] for role in ("taught", "held_out")])
    try:
        scale = sampled_scale(values)
    except InvalidInputError as error:
        raise InvalidInputError(f"reward {reward.name!r}", error.value, error.remedy) from error
    return Normalised(reward, *scale)


def _by_prompt(values: np.ndarray, samples: InitialSamples) -> np.ndarray:
    return values.reshape(-1, samples.each, *values.shape[1:])


def _sample_table(
    sampled: Sampled,
    truths: Mapping[tuple[str, str], np.ndarray],
    scored: Mapping[str, Mapping[tuple[str, str], np.ndarray]],
) -> pl.DataFrame:
    parts = []
    for (role, source), samples in sampled.items():
        count = len(samples.completions)
        columns: dict[str, object] = {
            "role": [role] * count,
            "source": [source] * count,
            "prompt": samples.prompts,
            "completion": samples.completions,
            "logprob": samples.log_probabilities.astype(np.float64),
            "tokens": samples.lengths.astype(np.int32),
            "truth": truths[role, source],
        }
        columns |= {f"reward: {name}": by_place[role, source] for name, by_place in scored.items()}
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


MEASURES = ("variance", "accuracy", "half_credit_accuracy")


def _measure_table(
    sampled: Sampled,
    truths: Mapping[tuple[str, str], np.ndarray],
    scored: Mapping[str, Mapping[tuple[str, str], np.ndarray]],
) -> pl.DataFrame:
    """Of each reward: its measures on the initial policy's completions and on those of the other source."""
    rows = []
    for source in (ON, OFF):
        found = measures_over(sampled, truths, scored, source)
        for number, name in enumerate(scored):
            for measure in MEASURES:
                mean = getattr(found, measure)
                rows.append((name, source, measure, *(float(end[number]) for end in mean[:3])))
    schema = ["reward", "source", "measure", "value", "low", "high"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def measures_over(
    sampled: Sampled,
    truths: Mapping[tuple[str, str], np.ndarray],
    scored: Mapping[str, Mapping[tuple[str, str], np.ndarray]],
    source: str,
) -> RewardMeasures:
    """The measures of all rewards over the prompts that the policy is taught and judged on, paired."""
    places: Sequence[tuple[str, str]] = [("taught", source), ("held_out", source)]

    def joined(by_place: Mapping[tuple[str, str], np.ndarray]) -> np.ndarray:
        return np.concatenate([_by_prompt(by_place[place], sampled[place]) for place in places])

    return reward_measures(np.stack([joined(by_place) for by_place in scored.values()]), joined(truths))
