"""Draws: one output of every prompt each, with their rewards and the inner products of their scores.

Draw `k` consists of one output `y_{x,k} ~ pi(.|x)` of each prompt `x`, all independent, so that draws are independent
and of one distribution although the prompts are a fixed list. `rewards[x, k]` is `r(x, y_{x,k})`, and
`gram[x, k, x', k']` the inner product of the scores `s_{x,k} = grad ln pi(y_{x,k}|x)` in parameter space.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from theory.errors import InvalidInputError

Rewards: TypeAlias = Float64[np.ndarray, "prompts draws"]
Gram: TypeAlias = Float64[np.ndarray, "prompts draws prompts draws"]


def check_draws(rewards: np.ndarray | None, gram: np.ndarray | None, *, least: int) -> None:
    """Refuse what is no table of draws.

    **Arguments**: `rewards`, `gram`, of which one may be None; `least`, the number of draws that are needed.

    **Raises** `InvalidInputError` for shapes that do not fit, too few draws, and numbers that are not finite.
    """
    if gram is not None and (gram.ndim != 4 or gram.shape[:2] != gram.shape[2:]):
        raise InvalidInputError("gram", f"shape {gram.shape}", "Give it as (prompts, draws, prompts, draws).")
    if rewards is not None and (rewards.ndim != 2 or (gram is not None and rewards.shape != gram.shape[:2])):
        raise InvalidInputError("rewards", f"shape {rewards.shape}", "Give it as (prompts, draws), as gram has them.")
    for name, array in (("rewards", rewards), ("gram", gram)):
        if array is None:
            continue
        if array.shape[0] < 1 or array.shape[1] < least:
            raise InvalidInputError(name, f"shape {array.shape[:2]}", f"Give one prompt and {least} draws at least.")
        if not np.isfinite(array).all():
            raise InvalidInputError(name, "NaN or infinity", "Give finite numbers only.")


def of_prompt(gram: Gram, prompt: int) -> Float64[np.ndarray, "1 draws 1 draws"]:
    """The inner products among the scores of one prompt, as draws of that prompt alone."""
    return gram[prompt : prompt + 1, :, prompt : prompt + 1, :]


def of_draws(
    gram: Gram, first: Int[np.ndarray, " first"], second: Int[np.ndarray, " second"]
) -> Float64[np.ndarray, "rows columns"]:
    """The inner products between some draws and some others, prompts and draws on one axis: a matrix."""
    part = gram[:, first][:, :, :, second]
    return part.reshape(gram.shape[0] * len(first), gram.shape[2] * len(second))
