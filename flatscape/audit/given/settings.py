"""Settings of an audit, checked before anything is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from theory.arguments.checks import check_number, check_whole
from theory.comparison.trainer_conventions import trainer_convention
from theory.errors import InvalidInputError
from theory.estimators.bootstrap import LEVEL, RESAMPLES

METHODS = ("flow", "ascent", "rloo", "grpo")
NORMALISATIONS = ("none", "global")
WEIGHTINGS = ("uniform", "logprob", "weight")
RULES = ("truth", "time", "gradient")


@dataclass(frozen=True)
class TeachingSettings:
    """Settings of simulated teaching.

    **Fields**

    - `method`: "flow", gradient flow; "ascent", its steps; "rloo" or "grpo", the mean update of that trainer.
    - `step_size`: of all but the flow, in units of its time.
    - `budget`: the time of the flow, or the number of steps; None for three times the median number of completions, or
      as many steps as take that time (`sims.teaching` has one logit for each completion, which moves at a rate of its
      probability).
    - `kl_coefficient`: of the KL penalty, in the units in which rewards teach.
    - `gains`: rises of the mean truth to wait for, in its units; None for 5% and 10% of its range.
    - `normalisation`: "global", every reward model with mean 0 and deviation 1 over all completions; "none"; None for
      "none" under GRPO, which divides by the deviation of each group, and "global" else.
    - `group_size`: samples in a group of GRPO.
    """

    method: str = "flow"
    step_size: float | int = 0.1
    budget: float | int | None = None
    kl_coefficient: float | int = 0.0
    gains: tuple[float | int, ...] | None = None
    normalisation: str | None = None
    group_size: int = 8

    def __post_init__(self) -> None:
        one_of("method", self.method, METHODS)
        _positive("step_size", self.step_size)
        if self.budget is not None:
            _positive("budget", self.budget)
            if self.method != "flow":
                check_whole("budget", self.budget, least=1)
        coefficient = check_number("kl", self.kl_coefficient)
        if not (math.isfinite(coefficient) and coefficient >= 0):
            raise InvalidInputError("kl", coefficient, "Give a number of at least 0.")
        for gain in self.gains or ():
            _positive("gain", gain)
        if self.gains is not None and len(set(self.gains)) < len(self.gains):
            raise InvalidInputError("gain", list(self.gains), "Give each rise once.")
        if self.normalisation is not None:
            one_of("normalisation", self.normalisation, NORMALISATIONS)
        check_whole("grpo_group_size", self.group_size, least=2)

    @property
    def units(self) -> str:
        """The name of what a budget counts."""
        return "units of time" if self.method == "flow" else "steps"

    @property
    def normalisation_in_force(self) -> str:
        """The normalisation, or what stands for none."""
        return self.normalisation or ("none" if self.method == "grpo" else "global")


@dataclass(frozen=True)
class AuditSettings:
    """Settings of an audit.

    **Fields**

    - `trainer`: whose advantages are computed, a name of `TRAINER_CONVENTIONS`.
    - `group_sizes`: the `G` of P(no signal); `subset_sizes`: the `k` of Best-of-k.
    - `no_signal_target`: the probability below which P(no signal) is to be brought.
    - `weighting`: "uniform", as fits samples of the policy; or the column "logprob" or "weight".
    - `resamples`, `seed`, `level`: of the bootstrap over prompts.
    - `rule`: what teachers are ordered by: "truth", what they reach within the budget; "time", to the first gain;
      "gradient", how fast the truth rises in the beginning.
    - `teaching`: of the simulation.

    >>> AuditSettings(trainer="verl").group_sizes
    (2, 4, 8, 16)
    """

    trainer: str = "trl"
    group_sizes: tuple[int, ...] = (2, 4, 8, 16)
    subset_sizes: tuple[int, ...] = (1, 2, 4, 8)
    no_signal_target: float | int = 0.05
    weighting: str = "uniform"
    resamples: int = RESAMPLES
    seed: int = 0
    level: float = LEVEL
    rule: str = "truth"
    teaching: TeachingSettings = field(default_factory=TeachingSettings)

    def __post_init__(self) -> None:
        trainer_convention(self.trainer)
        for name, sizes, least in (("group_sizes", self.group_sizes, 2), ("subset_sizes", self.subset_sizes, 1)):
            for size in sizes:
                check_whole(name, size, least=least)
            if len(set(sizes)) < len(sizes) or not sizes:
                raise InvalidInputError(name, list(sizes), "Give at least one size, and each once.")
        target = check_number("no_signal_target", self.no_signal_target)
        if not 0 < target < 1:
            raise InvalidInputError("no_signal_target", target, "Give a probability between 0 and 1.")
        one_of("weighting", self.weighting, WEIGHTINGS)
        one_of("rule", self.rule, RULES)
        check_whole("resamples", self.resamples, least=2)
        check_whole("seed", self.seed, least=0)
        if not 0 < self.level < 1:
            raise InvalidInputError("level", self.level, "Give a number between 0 and 1.")


def one_of(argument: str, value: str, known: Sequence[str]) -> None:
    """**Raises** `InvalidInputError` unless `value` is one of the known words."""
    if value not in known:
        raise InvalidInputError(argument, repr(value), f"Choose one of {', '.join(known)}.")


def _positive(argument: str, value: object) -> None:
    number = check_number(argument, value)
    if not (math.isfinite(number) and number > 0):
        raise InvalidInputError(argument, number, "Give a number above 0.")
