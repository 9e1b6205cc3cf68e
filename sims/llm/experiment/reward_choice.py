"""Which rewards an experiment has: by kind, with the options of each."""

from __future__ import annotations

import sys
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
from sims.llm.rewards.squashed import SMALLEST_FACTOR
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

_LEAST, _MOST = sys.float_info.min, sys.float_info.max
_RANGES: dict[str, tuple[float, float, str]] = {
    "factor": (_LEAST, _MOST, "above 0"),
    "share": (0.0, 1.0, "in [0, 1]"),
    "on_policy_share": (0.0, 1.0, "in [0, 1]"),
    "weight_decay": (_LEAST, _MOST, "above 0"),
    "seed": (0, _MOST, "of at least 0"),
}
"""The least and the greatest value of an option, and both in words."""

_WORDS = {str: "a text", int: "a whole number", float: "a number"}

OF_TRUTH = ("squashed", "flattened", "preferences")
"""Kinds that are made from the ground truth and what the initial policy samples."""


def _type_of(default: Any) -> type:
    return str if default is None else type(default)


def of_type(name: str, value: Any, wanted: type) -> Any:
    """A value that was read from a file; a whole number, where a number is wanted, as a float.

    **Raises** `InvalidInputError` for a value of another type.
    """
    if wanted is float and type(value) is int and abs(value) <= _MOST:
        return float(value)
    if type(value) is not wanted:
        raise InvalidInputError(name, repr(value), f"Give {_WORDS[wanted]}.")
    return value


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
            of_type(f"{option} of {self.name!r}", value, _type_of(known[option]))
        for option, default in known.items():
            if default is None and option not in self.options:
                raise InvalidInputError(f"reward {self.name!r}", f"no {option}", f"Give its {option}.")
        self._check_ranges()

    def _check_ranges(self) -> None:
        """What the rewards themselves would refuse, once completions have been drawn for them."""
        options = self.all_options()
        for option, (least, most, shown) in _RANGES.items():
            if option in options and not least <= options[option] <= most:
                where = f"{option} of {self.name!r}"
                raise InvalidInputError(where, options[option], f"Give a number {shown}.")
        if self.kind == "squashed" and not SMALLEST_FACTOR <= options["factor"] <= 1:
            remedy = f"Give a number from {SMALLEST_FACTOR:g} to 1."
            raise InvalidInputError(f"factor of {self.name!r}", options["factor"], remedy)

    def all_options(self) -> dict[str, Any]:
        """The options given, and the defaults of the others."""
        known = KINDS[self.kind]
        return known | {name: of_type(name, value, _type_of(known[name])) for name, value in self.options.items()}

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
