"""Batches of problems at the limits of the statements that bound the KL coefficient or the mass of bad outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.certain import certain
from proofs_check.instances.good_set_draft import limit_shares
from proofs_check.instances.good_set_families import good_set_problems
from proofs_check.instances.tabular_families import (
    Family,
    proposition_4_problems,
    theorem_5_problems,
    theorem_6_problems,
)
from theory.arrays import Scalars
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import best_alone, kl_loss, one_rewarded
from theory.statements.tabular.hitting_time_hypotheses import theorem_5_kl_limit, theorem_6_kl_limit
from theory.tabular.problem import Problem


def with_kl_share(
    rng: np.random.Generator, family: Family, largest: Callable[[HittingTimeInstance], Scalars]
) -> Family:
    """The family with KL coefficients at shares of the largest one that a statement allows.

    **Arguments**: `largest`: that coefficient, of an instance; rows where it is none get no KL term.
    """
    with jax.enable_x64(True):
        limit = np.asarray(jax.jit(largest)(HittingTimeInstance(problem=family.problem, increase=family.increase)))
    usable = np.isfinite(limit) & (limit > 0)
    coefficient = np.where(usable, limit, 0.0) * limit_shares(rng.random(len(limit)), rng.random(len(limit)))
    return family._replace(problem=replace(family.problem, kl_coefficient=coefficient))


def limits_without_kl(rng: np.random.Generator, count: int, outputs: int, *, others: int = 0) -> Family:
    """Both families of good sets, `count` of each, and so many `others` that meet Proposition 4's hypotheses by far.

    One batch of all of them is one shape for the simulator.
    """
    families = [good_set_problems(rng, count, outputs, sharpened=s) for s in (False, True)]
    far = [proposition_4_problems(rng, others, outputs)] if others else []
    return joined("Proposition 4 and its limits", [*families, *far])


def limits_with_kl(rng: np.random.Generator, count: int, outputs: int) -> Family:
    """Every statement that limits the KL coefficient, at shares of that limit: up to `count` problems each.

    Needs three outputs or more, as `theorem_6_problems` does. Rows that are left without a KL term are left out.
    """
    fast, alone = theorem_5_problems(rng, 2 * count, outputs, fast=True), theorem_6_problems(rng, 2 * count, outputs)
    families = [good_set_problems(rng, count, outputs, sharpened=s, regularized=True) for s in (False, True)]
    for family, limits in ((fast, (theorem_5_kl_limit, _allowed_alone)), (alone, (theorem_6_kl_limit, _allowed_one))):
        for half, limit in zip((slice(None, count), slice(count, None)), limits, strict=True):
            part = Family(family.name, family.problem[half], family.increase[half])
            families.append(with_kl_share(rng, part, limit))
    whole = joined("at the limits, with KL", families)
    kept = np.asarray(whole.problem.kl_coefficient) > 0
    good_set = certain(whole.good_set, "the set of good outputs")
    return whole._replace(problem=whole.problem[kept], increase=whole.increase[kept], good_set=good_set[kept])


def _allowed_alone(instance: HittingTimeInstance) -> Scalars:
    """The coefficient at which S-T5's loss, which is linear in it, is one."""
    return 1 / kl_loss(_of_coefficient_one(instance), best_alone(instance))


def _allowed_one(instance: HittingTimeInstance) -> Scalars:
    """The same for S-T6."""
    return 1 / kl_loss(_of_coefficient_one(instance), one_rewarded(instance))


def _of_coefficient_one(instance: HittingTimeInstance) -> HittingTimeInstance:
    one = jnp.ones_like(jnp.asarray(instance.problem.kl_coefficient))
    return replace(instance, problem=replace(instance.problem, kl_coefficient=one))


def joined(name: str, families: list[Family]) -> Family:
    """Several families of one number of outputs as one batch."""
    problem: Problem = jax.tree.map(lambda *leaves: np.concatenate(leaves), *[f.problem for f in families])
    sets = [np.zeros(f.problem.proxy_reward.shape, bool) if f.good_set is None else f.good_set for f in families]
    return Family(name, problem, np.concatenate([f.increase for f in families]), np.concatenate(sets))
