"""Short openings of texts that a model goes on with: prompts for rewards of sentiment, in three roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError

_SUBJECTS = (
    "the film",
    "the meal",
    "the hotel",
    "my new phone",
    "the concert",
    "our neighbour",
    "the train ride",
    "the game",
    "this book",
    "the city",
    "the doctor",
    "our weekend",
    "the meeting",
    "her garden",
    "the museum",
    "my first day",
)
_OPENINGS = (
    "To be honest, {}",
    "When people ask me about {}, I say that",
    "I will never forget {}, because",
    "Everyone says that {}",
    "Last year {}",
    "What surprised me about {} was",
    "In my opinion {}",
    "The trouble with {} is",
    "The best thing about {} is",
    "My sister thinks that {}",
    "After an hour {}",
    "Nobody told me that {}",
    "A short note about {}:",
    "It turned out that {}",
    "Compared with the old one, {}",
    "Dear diary, today {}",
)


class PromptRoles(NamedTuple):
    """Texts of prompts by what they are for: reward models learn on the first, the policy is taught on the second and
    evaluated on the last. No prompt has two roles (paper, Appendix F.1)."""

    reward_model: tuple[str, ...]
    taught: tuple[str, ...]
    held_out: tuple[str, ...]


def built_in_prompts() -> tuple[str, ...]:
    """256 openings: each of sixteen ways to begin with each of sixteen subjects.

    >>> from sims.llm.experiment.prompts import built_in_prompts
    >>> len(set(built_in_prompts())), built_in_prompts()[0]
    (256, 'To be honest, the film')
    """
    return tuple(opening.format(subject) for subject in _SUBJECTS for opening in _OPENINGS)


def prompt_roles(
    prompts: Sequence[str], *, reward_model: int, taught: int, held_out: int, seed: int = 0
) -> PromptRoles:
    """Prompts in a random order that the seed decides, dealt out to the three roles.

    **Arguments**: how many each role gets.

    **Raises** `InvalidInputError` for counts out of range, prompts that are empty or come twice, or too few of them.
    """
    counts = {"reward_model": reward_model, "taught": taught, "held_out": held_out}
    for name, count in counts.items():
        check_whole(name, count, least=1)
    if len(set(prompts)) < len(prompts):
        repeated = next(text for number, text in enumerate(prompts) if text in prompts[:number])
        raise InvalidInputError("prompts", f"{repeated[:80]!r} twice", "Give each once.")
    if any(not text.strip() for text in prompts):
        raise InvalidInputError("prompts", "an empty one", "Leave it out.")
    if sum(counts.values()) > len(prompts):
        remedy = f"Give at least {sum(counts.values())}, or smaller roles."
        raise InvalidInputError("prompts", f"{len(prompts)} of them", remedy)
    order = np.random.default_rng(check_whole("seed", seed, least=0)).permutation(len(prompts))
    texts = [prompts[number] for number in order]
    ends = np.cumsum(list(counts.values()))
    return PromptRoles(*(tuple(texts[end - count : end]) for end, count in zip(ends, counts.values(), strict=True)))
