"""Advantages: the factors of samples' scores, given the rewards of a group, which are the samples of one prompt.

Each function takes rewards of shape `(*batch, group)` and gives advantages of that shape. Averaging `advantage * score`
over group and prompts is the estimator of the policy gradient; the docstrings say what it is on average.

Rewards that are NaN or infinite are refused, since a single one would spread through its whole group; inside `jax.jit`
nothing can be checked, and they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from theory.arguments.checks import as_reward, check_finite
from theory.arguments.number_rules import between, finite
from theory.arguments.precision import double_precision
from theory.arguments.rules import Numbers, Shaped, Single
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

Group = Float[AnyArray, "*batch group"]


def _are_groups(argument: str, array: np.ndarray, precision: float) -> None:
    check_finite(argument, array)
    if array.ndim == 0:
        raise InvalidInputError(argument, "a single number", "Give groups: the last axis runs over a prompt's samples.")


GROUPS = Numbers(_are_groups, booleans=True, any_shape=True)
"""Rewards of groups of samples: the last axis runs over the samples of a prompt."""


def _one_per_group(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    return (*as_reward("rewards", given.get("rewards")).shape[:-1], 1)


@double_precision(rewards=GROUPS, baseline=Shaped(finite, _one_per_group, or_last_axes=(0,)))
def baseline_advantages(rewards: Group, baseline: Float[AnyArray, ""] | Float[AnyArray, "*batch 1"] | float) -> Group:
    """`r_i - b` (Williams 1992, REINFORCE). Unbiased if `b` does not depend on the samples of this group."""
    return rewards - baseline


@double_precision(rewards=GROUPS)
def leave_one_out_advantages(rewards: Group) -> Group:
    """`r_i - mean of the other rewards` (Ahmadian et al. 2024, RLOO). Unbiased; needs two samples or more.

    It is `group / (group - 1)` times the advantage over the group's own mean.

    **Raises** `InvalidInputError` for groups of one sample, which has no others.
    """
    group = rewards.shape[-1]
    if group < 2:
        raise InvalidInputError("rewards", f"groups of {group}", "Give two samples or more in every group.")
    return group / (group - 1) * group_mean_advantages(rewards)


@double_precision(rewards=GROUPS)
def group_mean_advantages(rewards: Group) -> Group:
    """`r_i - mean of the group` (Liu et al. 2025, "Dr. GRPO"). On average `(group - 1) / group` of the gradient.

    Exactly zero where all rewards of a group are equal.
    """
    # Centred at one of the samples first: the mean of equal numbers may differ from them by rounding.
    centred = rewards - rewards[..., :1]
    return centred - jnp.mean(centred, axis=-1, keepdims=True)


@double_precision(rewards=GROUPS, epsilon=Single(between(0.0, np.inf)))
def standardised_advantages(rewards: Group, epsilon: float) -> Group:
    """`(r_i - mean) / (standard deviation + epsilon)` over the group (Shao et al. 2024, GRPO, Section 4.1.2).

    Biased: every group counts alike, however far its rewards lie apart, as long as that is much more than `epsilon`.
    The standard deviation is the root of the mean square (over `group`, not `group - 1`). Exactly zero where all
    rewards of a group are equal, whatever `epsilon` is.
    """
    centred = group_mean_advantages(rewards)
    deviation = jnp.sqrt(jnp.mean(jnp.square(centred), axis=-1, keepdims=True))
    scale = deviation + epsilon
    return centred / jnp.where(scale > 0, scale, 1.0)


def keep_varied(advantages: Group, degenerate: AnyArray) -> Group:
    """Advantages without the groups marked `degenerate`, shape `(prompts,)`, averaged over those that are left.

    Dropped groups are not replaced by new ones, so a step rests on fewer prompts; what is left is scaled up, so that
    the mean over all prompts is the mean over the kept ones, as in a batch that is filled again (Yu et al. 2025, DAPO,
    Section 3.2). All zero if no group is left.
    """
    kept = jnp.sum(~degenerate)
    share = degenerate.shape[0] / jnp.maximum(kept, 1).astype(advantages.dtype)
    return jnp.where(degenerate[:, None], 0.0, share * advantages)
