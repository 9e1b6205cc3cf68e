"""What a sample's score is multiplied by, given the rewards of its group: the samples of one prompt.

Each function takes rewards of shape `(*batch, group)` and gives advantages of that shape. Averaging `advantage * score`
over group and prompts is the estimator of the policy gradient; the docstrings say what it is on average.

Rewards that are NaN or infinite are refused, since a single one would spread through its whole group; inside `jax.jit`
nothing can be checked, and they do.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Float

from theory.arrays import AnyArray
from theory.checks import as_float64, as_reward, check_finite, is_traced
from theory.errors import InvalidInputError

Group = Float[AnyArray, "*batch group"]


def checked_group(rewards: object, *, least: int = 1) -> Group:
    """Rewards as an array, in the precision that JAX is set to.

    **Raises** `InvalidInputError` for fewer than `least` samples a group and, unless they are being traced, for what
    are no finite real numbers.
    """
    if not is_traced(rewards):
        check_finite("rewards", as_reward("rewards", rewards))
    group = jnp.asarray(rewards)
    group = group if jnp.issubdtype(group.dtype, jnp.floating) else group.astype(float)
    if group.ndim == 0 or group.shape[-1] < least or group.size == 0:
        remedy = f"Give {least} samples or more in every group: the last axis runs over the samples of a prompt."
        raise InvalidInputError("rewards", f"shape {group.shape}", remedy)
    return group


def baseline_advantages(rewards: Group, baseline: Float[AnyArray, ""] | Float[AnyArray, "*batch 1"]) -> Group:
    """`r_i - b` (Williams 1992, REINFORCE). Unbiased if `b` does not depend on the samples of this group."""
    if not is_traced(baseline):
        check_finite("baseline", as_float64("baseline", baseline))
    group = checked_group(rewards)
    given = jnp.asarray(baseline)
    if given.shape not in ((), (*group.shape[:-1], 1)):
        raise InvalidInputError("baseline", f"shape {given.shape}", "Give one number, or one for every group.")
    return group - given


def leave_one_out_advantages(rewards: Group) -> Group:
    """`r_i - mean of the other rewards` (Ahmadian et al. 2024, RLOO). Unbiased; needs two samples or more.

    It is `group / (group - 1)` times the advantage over the group's own mean.

    **Raises** `InvalidInputError` for groups of one sample, which has no others.
    """
    rewards = checked_group(rewards, least=2)
    group = rewards.shape[-1]
    return group / (group - 1) * group_mean_advantages(rewards)


def group_mean_advantages(rewards: Group) -> Group:
    """`r_i - mean of the group` (Liu et al. 2025, "Dr. GRPO"). On average `(group - 1) / group` of the gradient.

    Exactly zero where all rewards of a group are equal.
    """
    rewards = checked_group(rewards)
    # Centred at one of the samples first: the mean of equal numbers may differ from them by rounding.
    centred = rewards - rewards[..., :1]
    return centred - jnp.mean(centred, axis=-1, keepdims=True)


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
