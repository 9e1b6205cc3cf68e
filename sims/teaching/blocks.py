"""Blocks of prompts of one size class: arrays of one shape, so that each class compiles once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from sims.exact_flow.curve_sums import padded_outputs
from sims.teaching.groups import ScoredGroups


class Block(NamedTuple):
    """Some prompts, padded to one number of outputs and of prompts; outputs come first, prompts last.

    **Fields** (float64)

    - `prompts`: which of the groups these are; the arrays have more prompts than that, repeats of the last one.
    - `weight`: one for a prompt, zero for a repeat, shape `(block,)`.
    - `initial_log_probabilities`: minus infinity where there is no output, `(outputs, block)`.
    - `rewards`: of every judge, which are the models and then the truth if there is one, `(outputs, judges, block)`.
      Places without an output repeat a reward of the same prompt.
    """

    prompts: Int[np.ndarray, " prompts"]
    weight: Float[np.ndarray, " block"]
    initial_log_probabilities: Float[np.ndarray, "outputs block"]
    rewards: Float[np.ndarray, "outputs judges block"]

    @property
    def outputs(self) -> int:
        """To how many outputs the block is padded."""
        return len(self.rewards)


class SizeClass(NamedTuple):
    """**Fields**: `outputs` of the padded arrays; `prompts`, the groups that are padded to so many."""

    outputs: int
    prompts: Int[np.ndarray, " prompts"]


def size_classes(groups: ScoredGroups) -> list[SizeClass]:
    """The groups by the number of outputs that they are padded to."""
    sizes, place = np.unique(groups.sizes, return_inverse=True)
    padded = np.array([padded_outputs(int(size)) for size in sizes])[place]
    return [SizeClass(int(size), np.flatnonzero(padded == size)) for size in np.unique(padded)]


def cut(prompts: Int[np.ndarray, " prompts"], block: int) -> Iterator[Int[np.ndarray, " part"]]:
    """Parts of at most `block` prompts."""
    for first in range(0, len(prompts), block):
        yield prompts[first : first + block]


def make_block(groups: ScoredGroups, prompts: Int[np.ndarray, " prompts"], outputs: int, block: int) -> Block:
    """The arrays of at most `block` prompts."""
    repeated = np.concatenate([prompts, np.repeat(prompts[-1:], block - len(prompts))])
    places = np.arange(outputs)[:, None]
    present = places < groups.sizes[repeated]
    rows = groups.offsets[repeated] + np.where(present, places, 0)
    judges = groups.rewards if groups.truth is None else np.concatenate([groups.rewards, groups.truth[None]])
    return Block(
        prompts=prompts,
        weight=(np.arange(block) < len(prompts)).astype(float),
        initial_log_probabilities=np.where(present, groups.initial_log_probabilities[rows], -np.inf),
        rewards=np.ascontiguousarray(judges[:, rows].swapaxes(0, 1)),
    )
