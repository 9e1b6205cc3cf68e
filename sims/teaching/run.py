"""The run of a simulation: blocks of prompts, side by side in threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from sims.exact_flow.integrable_flow import tile_width
from sims.hitting import OnFinished
from sims.parallel.threads import in_threads
from sims.teaching.blocks import make_block
from sims.teaching.flow_lessons import taught_by_flow
from sims.teaching.group_integral import group_integral, node_weights
from sims.teaching.groups import ScoredGroups
from sims.teaching.measures import Lesson
from sims.teaching.method import TeachingMethod
from sims.teaching.records import Records, new_records
from sims.teaching.shares import Share, shares
from sims.teaching.step_lessons import Advantages, StepLesson, StepRule, taught_by_steps
from sims.teaching.two_values import two_values

REGULARIZED_TILE_NUMBERS = 512
"""Outputs times lanes that are advanced together with KL."""

BLOCKS_AT_ONCE = 32
"""Blocks whose results wait to be added up."""


class Task(NamedTuple):
    """What all blocks of a simulation have in common; `kept`: numbers of the times at which prompts are kept."""

    groups: ScoredGroups
    method: TeachingMethod
    times: Float[np.ndarray, " times"]
    kept: Int[np.ndarray, " kept"]
    gains: Float[np.ndarray, " gains"]
    kl_coefficient: float


def run(task: Task, block_numbers: int | None = None, on_finished: OnFinished | None = None) -> Records:
    """All prompts taught by all models (float64 has to be on)."""
    flow = task.method.step_size is None
    steps = 0 if flow else int(task.times[-1]) + 1
    records = new_records(
        task.groups,
        times=len(task.times),
        kept=len(task.kept),
        steps=steps,
        gains=0 if flow else len(task.gains),
    )
    one_block: Callable[[Task, Share, np.ndarray], StepLesson] = _flow_block if flow else _step_block
    for share in shares(task.groups, task.method, block_numbers):
        parts = list(share.parts())
        for first in range(0, len(parts), BLOCKS_AT_ONCE):
            some = parts[first : first + BLOCKS_AT_ONCE]
            # Added up here, in their order: the sums do not depend on which thread was faster.
            for prompts, lesson in zip(some, in_threads(partial(one_block, task, share), some), strict=True):
                records.add(lesson.measures, share.models, prompts)
                if not flow:
                    records.curve[:, share.models] += lesson.curve
                    reached = np.moveaxis(np.asarray(lesson.reached)[..., : len(prompts)], 1, -1)
                    records.reached[:, prompts[:, None], share.models[None]] = reached
                if on_finished is not None:
                    on_finished(len(prompts) * len(share.models))
    return records


def _lesson(task: Task, share: Share, prompts: np.ndarray) -> Lesson:
    block = make_block(task.groups, prompts, share.outputs, share.block)
    start, proxy = block.initial_log_probabilities, block.rewards[:, share.models]
    return Lesson(start, block.weight, block.rewards, proxy, np.asarray(task.kl_coefficient))


def _flow_block(task: Task, share: Share, prompts: np.ndarray) -> StepLesson:
    lanes, regularized = share.block * len(share.models), task.kl_coefficient > 0
    narrow = max(4, REGULARIZED_TILE_NUMBERS // share.outputs)
    tile = min(lanes, narrow) if regularized else tile_width(lanes, share.outputs, jax.default_backend())
    measures, known = taught_by_flow(
        _lesson(task, share, prompts), task.times, task.kept, regularized=regularized, tile_lanes=tile
    )
    if not np.asarray(known).all():
        raise RuntimeError(f"The flow could not be followed to time {task.times[-1]:g}: take an earlier last time.")
    measures = jax.tree.map(np.asarray, measures)
    return StepLesson(measures, np.zeros((0, 0)), np.zeros((0, 0, 0), np.int32), known)


def _step_block(task: Task, share: Share, prompts: np.ndarray) -> StepLesson:
    lesson, method = _lesson(task, share, prompts), task.method
    rule = StepRule(np.asarray(method.step_size), np.asarray(method.gradient_share), _advantages(method, share, lesson))
    taught = taught_by_steps(
        lesson,
        rule,
        task.times.astype(np.int64),
        task.kept,
        task.gains,
        last_step=int(task.times[-1]),
        group_size=method.group_size or 0,
    )
    if not np.asarray(taught.finite):
        raise RuntimeError(f"Steps of size {method.step_size:g} left float64: take smaller ones.")
    return jax.tree.map(np.asarray, taught)


_two_values = jax.jit(two_values, static_argnames=("group_size", "lost_degrees"))
_group_integral = jax.jit(group_integral, static_argnames="group_size")


def _advantages(method: TeachingMethod, share: Share, lesson: Lesson) -> Advantages:
    if method.group_size is None:
        return None
    proxy = np.reshape(lesson.proxy_reward, (share.outputs, -1))
    if not share.nodes:
        return _two_values(
            proxy, group_size=method.group_size, epsilon=method.epsilon, lost_degrees=method.lost_degrees
        )
    extent = np.ptp(proxy, axis=0)
    x, weights = node_weights(extent, share.nodes, method.group_size, method.epsilon, method.lost_degrees)
    return _group_integral(proxy, x, weights, group_size=method.group_size)
