"""Which rewards an experiment has: by kind, with the options of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sims.llm.classifier_reward import ClassifierReward
from sims.llm.loading import LanguageModel, load_language_model
from sims.llm.rewards.calling import CalledReward
from sims.llm.rewards.endpoint import EndpointReward
from sims.llm.rewards.ground_truth import GroundTruth
from sims.llm.rewards.half_lexicon import HalfLexicon
from sims.llm.rewards.reward import Reward
from theory.errors import InvalidInputError

_CALLING = {"on_failure": "error", "timeout": 60.0, "retries": 1, "batch_size": 64}

KINDS: dict[str, dict[str, Any]] = {
    "vader": {},
    "half lexicon": {"seed": 0},
    "squashed": {"factor": 0.05},
    "flattened": {"factor": 0.001, "share": 0.5, "seed": 0},
    "classifier": {"path": None, "precision": "float32"},
    "preferences": {"on_policy_share": 1.0, "weight_decay": 0.01, "seed": 0},
    "python": {"function": None, **_CALLING},
    "endpoint": {"url": None, **_CALLING},
}
"""The kinds of rewards with their options; those that are None have to be given."""

OF_TRUTH = ("squashed", "flattened", "preferences")
"""Kinds that are made from the ground truth and what the initial policy samples."""


@dataclass(frozen=True)
class RewardChoice:
    """One reward: its name in tables, its kind, and options of that kind.

    **Raises** `InvalidInputError` for a kind that there is not, options of another kind or type, and those that miss.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInputError("kind", repr(self.kind), f"Give one of {', '.join(KINDS)}.")
        known = KINDS[self.kind]
        for option, value in self.options.items():
            if option not in known:
                remedy = f"The kind {self.kind!r} has {', '.join(known) or 'no options'}."
                raise InvalidInputError(f"reward {self.name!r}", f"option {option!r}", remedy)
            default = known[option]
            wanted = str if default is None else type(default)
            if type(value) is not wanted and not (wanted is float and type(value) is int):
                raise InvalidInputError(f"{option} of {self.name!r}", repr(value), f"Give a {wanted.__name__}.")
        for option, default in known.items():
            if default is None and option not in self.options:
                raise InvalidInputError(f"reward {self.name!r}", f"no {option}", f"Give its {option}.")

    def all_options(self) -> dict[str, Any]:
        """The options given, and the defaults of the others."""
        return KINDS[self.kind] | dict(self.options)

    def record(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {"name": self.name, "kind": self.kind, **self.all_options()}


# The judge is often a teacher too.
@lru_cache(maxsize=4)
def _reward_model(path: str, precision: str) -> LanguageModel:
    return load_language_model(path, dtype=precision)


def independent_reward(choice: RewardChoice) -> Reward:
    """A reward that needs nothing but texts.

    **Raises** `InvalidInputError` for a kind that is made from the ground truth, a function that cannot be found, an
    address that cannot be one, and a checkpoint that is no reward model.
    """
    options = choice.all_options()
    if choice.kind == "vader":
        return GroundTruth(choice.name)
    if choice.kind == "half lexicon":
        return HalfLexicon(options["seed"], choice.name)
    if choice.kind == "classifier":
        return ClassifierReward(_reward_model(options["path"], options["precision"]), choice.name)
    if choice.kind == "python":
        return CalledReward(options.pop("function"), name=choice.name, **options)
    if choice.kind == "endpoint":
        return EndpointReward(options.pop("url"), name=choice.name, **options)
    raise InvalidInputError(f"reward {choice.name!r}", choice.kind, "A ground truth is read off the text alone.")
