"""The same reward models, used to pick the best of several samples instead of teaching (paper, Section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float64

from sims.rlhf.replication import check_number
from sims.rlhf.setting import Setting
from sims.rlhf.teachers import train_teachers
from sims.rlhf.world import draw_world
from theory.arguments.checks import as_float64
from theory.errors import InvalidInputError
from theory.tabular.best_of_n import best_of_n_policy
from theory.tabular.policy import kl_divergence


class BestOfNIncrease(NamedTuple):
    """**Fields**, shape `(models, counts)`, exact means over the prompts that a policy would be taught on:
    `ground_truth_increase`, over one sample; `kl_divergence` of the kept output's distribution, nats."""

    ground_truth_increase: Float64[np.ndarray, "models counts"]
    kl_divergence: Float64[np.ndarray, "models counts"]


def as_counts(counts: object) -> Float64[np.ndarray, " counts"]:
    """Sample sizes as an array. **Raises** `InvalidInputError` unless there are some, whole and at least one."""
    sizes = as_float64("counts", counts)
    whole = np.isfinite(sizes) & (sizes >= 1) & (sizes == np.floor(sizes))
    if sizes.ndim != 1 or not sizes.size or not whole.all():
        raise InvalidInputError("counts", sizes.tolist(), "Give whole sample sizes of at least one.")
    return sizes


def best_of_n_increases(setting: Setting, number: int, counts: Sequence[int]) -> BestOfNIncrease:
    """Repetition `number`, whose world and reward models are those of `replicate`.

    **Arguments**: `counts`, the sample sizes `N`.

    **Raises** `InvalidInputError` for a number as in `replicate`, for no counts, for counts that are not whole or below
    one, or as `train_teachers`.

    >>> from sims.rlhf import Setting, best_of_n_increases
    >>> setting = Setting(prompts=20, batch_size=4)
    >>> found = best_of_n_increases(setting, 0, [1, 4])
    >>> found.ground_truth_increase.shape, bool((found.ground_truth_increase[-1] >= 0).all())
    ((7, 2), True)
    """
    check_number(number)
    sizes = as_counts(list(counts))
    world = draw_world(setting, np.random.default_rng([number]))
    teachers = train_teachers(setting, world, jax.random.key(number))
    log_policy = world.log_policy[world.taught]
    proxies, truth = teachers.rewards[:, world.taught], teachers.ground_truth_reward[world.taught]
    shape = (len(proxies), len(sizes), *log_policy.shape)
    kept = np.asarray(
        best_of_n_policy(
            np.broadcast_to(np.exp(log_policy), shape),
            np.broadcast_to(proxies[:, None], shape),
            np.broadcast_to(sizes[None, :, None], shape[:-1]),
        )
    )
    gained = np.sum((kept - np.exp(log_policy)) * truth, axis=-1)
    with np.errstate(divide="ignore"):
        divergence = kl_divergence(np.log(kept), np.broadcast_to(log_policy, shape))
    return BestOfNIncrease(gained.mean(axis=-1), np.asarray(divergence).mean(axis=-1))
