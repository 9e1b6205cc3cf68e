"""What a person's reward function answers, read as rewards or as the reason why it cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from itertools import islice

import numpy as np


class RewardFailure(Exception):
    """A reward that was not obtained.

    **Arguments**

    - `reason`: a few words, the same for all failures of a kind, by which they are counted.
    - `detail`: what was seen in this case.
    - `of_all`: whether it has nothing to do with any single completion, so that asking for fewer does not help.
    """

    def __init__(self, reason: str, detail: str = "", *, of_all: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.of_all = of_all


def rewards_from(answer: object, count: int) -> list[float | RewardFailure]:
    """The rewards of `count` completions: for each a finite number, or why it is none.

    **Arguments**: `answer`, an ordered collection of real numbers (a list, a NumPy, JAX or torch array, a generator);
    booleans stand for zero and one.

    **Raises** `RewardFailure` if it is no such collection, or not of `count` items.
    """
    if isinstance(answer, str | bytes | Mapping | Set):
        raise RewardFailure("no list of rewards", f"a {type(answer).__name__}")
    try:
        iterator = iter(answer)  # type: ignore[call-overload]
    except TypeError:
        raise RewardFailure("no list of rewards", f"a {type(answer).__name__}") from None
    # A generator may never end.
    items = list(islice(iterator, count + 1))
    if len(items) != count:
        seen = f"more than {count}" if len(items) > count else len(items)
        raise RewardFailure("wrong number of rewards", f"{seen} for {count} completions")
    return [_reward(item) for item in items]


def _reward(item: object) -> float | RewardFailure:
    if item is None:
        return RewardFailure("None")
    # NumPy's texts and complex numbers can be turned into floats, with what they mean lost.
    is_text_or_complex = isinstance(item, str | bytes | complex | np.complexfloating | np.character)
    if is_text_or_complex or getattr(item, "ndim", False):
        return RewardFailure("not a number", f"{_shown(item)}, a {type(item).__name__}")
    try:
        number = float(item)  # type: ignore[arg-type]
    except OverflowError:
        return RewardFailure("infinity", f"a {type(item).__name__} too large for a float")
    except Exception:
        return RewardFailure("not a number", f"{_shown(item)}, a {type(item).__name__}")
    if math.isfinite(number):
        return number
    return RewardFailure("NaN" if math.isnan(number) else "infinity")


def _shown(item: object) -> str:
    try:
        return repr(item)[:80]
    except Exception:
        return "something without a text form"
