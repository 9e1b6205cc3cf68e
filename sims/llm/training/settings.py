"""The settings of one training run."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sims.llm.decoder.forward import Saved
from sims.policy_gradient.training import PAPER_KL_COEFFICIENT
from theory.errors import InvalidInputError

Method = Literal["rloo", "grpo"]
Trained = Literal["lora", "all"]

CHOICES = {"method": get_args(Method), "trained": get_args(Trained), "saved": get_args(Saved)}
"""The words that a setting may be."""


@dataclass(frozen=True)
class TrainingSettings:
    """All numbers that one run's curve depends on, beside the model, the rewards and the prompts.

    **Fields**

    - `steps`: updates; each draws `group` completions for each of `prompts_per_step` prompts.
    - `max_tokens`: the most tokens of a completion.
    - `method`: `rloo` (Ahmadian et al. 2024) or `grpo` with the division by the group's deviation (Shao et al. 2024).
    - `kl_coefficient`: lambda of `r - lambda ln(pi / pi_ref)`, the reward that is maximised (paper, Eq (1)).
    - `trained`: `lora`, low-rank changes of all matrices of all layers (Hu et al. 2021), or `all` parameters.
    - `rank`: of the low-rank changes.
    - `learning_rate`: of Adam (Kingma and Ba 2015).
    - `rows_at_once`: completions in one pass of the gradient; gradients of several passes are added up.
    - `saved`: what the forward pass keeps for the gradient (`sims.llm.decoder.forward.Saved`).
    - `evaluate_every`: updates between evaluations on held-out prompts, which come at the start and the end too.
    - `evaluation_completions`: of each held-out prompt. `checkpoint_every`: updates between checkpoints.
    - `seed`: of samples, of the order of prompts and of the low-rank changes at the start.

    **Raises** `InvalidInputError`, naming the field, for numbers out of range and unknown words.

    >>> from sims.llm import TrainingSettings
    >>> TrainingSettings(steps=10, prompts_per_step=8, group=4).rows
    32
    """

    steps: int = 100
    prompts_per_step: int = 16
    group: int = 2
    max_tokens: int = 24
    method: Method = "rloo"
    kl_coefficient: float = PAPER_KL_COEFFICIENT
    trained: Trained = "lora"
    rank: int = 8
    learning_rate: float = 1e-3
    rows_at_once: int = 32
    saved: Saved = "products"
    evaluate_every: int = 10
    evaluation_completions: int = 2
    checkpoint_every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (
            ("steps", 1),
            ("prompts_per_step", 1),
            ("group", 2),
            ("max_tokens", 1),
            ("rank", 1),
            ("rows_at_once", 1),
            ("evaluate_every", 1),
            ("evaluation_completions", 1),
            ("checkpoint_every", 1),
            ("seed", 0),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value < 1 << 31:
                raise InvalidInputError(name, value, f"Give a whole number of at least {least}.")
        for name in ("kl_coefficient", "learning_rate"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value < math.inf:
                raise InvalidInputError(name, value, "Give a finite number of at least 0.")
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise InvalidInputError(name, repr(getattr(self, name)), f"Give one of {', '.join(known)}.")
        if self.rows % min(self.rows_at_once, self.rows):
            raise InvalidInputError(
                "rows_at_once", self.rows_at_once, f"Give a divisor of the {self.rows} rows a step."
            )

    @property
    def rows(self) -> int:
        """Completions of one step."""
        return self.prompts_per_step * self.group

    def record(self) -> dict[str, Any]:
        """The settings as JSON knows them."""
        return asdict(self)
