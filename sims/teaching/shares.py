"""The shares of a simulation: prompts and teachers whose blocks have one shape and one kind of advantages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from sims.teaching.blocks import cut, make_block, size_classes
from sims.teaching.group_integral import nodes_needed, points
from sims.teaching.groups import ScoredGroups
from sims.teaching.method import TeachingMethod

FLOW_NUMBERS, STEP_NUMBERS, KERNEL_NUMBERS = 2**16, 2**13, 2**20
"""Numbers of a block, outputs times models times prompts, and of the kernel of its advantages: what the caches of a
core hold of that."""

LOOKED_AT = 2**14
"""Prompts whose rewards are looked at together."""


class Share(NamedTuple):
    """**Fields**: `outputs` that groups are padded to; the `prompts` and the `models` that teach them; `nodes` of the
    integral that their advantages take, 0 for rewards of two values; `block`, how many prompts are computed
    together."""

    outputs: int
    prompts: Int[np.ndarray, " prompts"]
    models: Int[np.ndarray, " models"]
    nodes: int
    block: int

    def parts(self) -> Iterator[Int[np.ndarray, " part"]]:
        """The prompts of each block."""
        return cut(self.prompts, self.block)


def shares(groups: ScoredGroups, method: TeachingMethod, block_numbers: int | None) -> list[Share]:
    """All prompts and teachers; `block_numbers` in place of the defaults above."""
    flow = method.step_size is None
    numbers = block_numbers or (FLOW_NUMBERS if flow else STEP_NUMBERS)
    found = []
    every = np.arange(groups.models)
    for outputs, members in size_classes(groups):
        if method.group_size is None:
            block = _block(numbers // (outputs * groups.models), len(members))
            found.append(Share(outputs, members, every, 0, block))
            continue
        needed = _nodes(groups, members, outputs, method.group_size)
        kernel = len(points(method.group_size)) * outputs**2
        for model in every:
            for nodes in np.unique(needed[:, model]):
                prompts = members[needed[:, model] == nodes]
                most = min(numbers // outputs, KERNEL_NUMBERS // (kernel * nodes)) if nodes else numbers // outputs
                found.append(Share(outputs, prompts, every[[model]], int(nodes), _block(int(most), len(prompts))))
    return found


def _block(most: int, prompts: int) -> int:
    """Prompts in a block: a power of two, so that few shapes are compiled."""
    return min(1 << (max(1, most).bit_length() - 1), 1 << (prompts - 1).bit_length())


def _nodes(
    groups: ScoredGroups, members: Int[np.ndarray, " prompts"], outputs: int, group_size: int
) -> Int[np.ndarray, "prompts models"]:
    """The nodes that each prompt's advantages take under each model; 0 for rewards of two values."""
    found = np.zeros((len(members), groups.models), int)
    for first in range(0, len(members), LOOKED_AT):
        part = members[first : first + LOOKED_AT]
        rewards = make_block(groups, part, outputs, len(part)).rewards
        for model in range(groups.models):
            own = rewards[:, model].T
            values = 1 + (np.diff(np.sort(own, axis=-1), axis=-1) > 0).sum(axis=-1)
            found[first : first + len(part), model] = np.where(values > 2, nodes_needed(own, group_size), 0)
    return found
