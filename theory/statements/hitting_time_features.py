"""Features that make an instance of a statement about `t_gamma` a hard one, to be counted (`statement.Feature`)."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from theory.arrays import AnyArray
from theory.instances.lower_bounds import good_members, good_set_of
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import chosen_set, fast_members
from theory.statements.statement import Feature

KL_FEATURES: tuple[Feature[HittingTimeInstance], ...] = (
    Feature("a KL term", lambda i: jnp.asarray(i.problem.kl_coefficient) > 0),
)


def _ranked_behind_another(instance: HittingTimeInstance, members: AnyArray) -> AnyArray:
    """Whether an output outside of the set is rewarded more than one of its members."""
    proxy = jnp.asarray(instance.problem.proxy_reward)
    lowest = jnp.min(jnp.where(members, proxy, jnp.inf), axis=-1)
    return jnp.max(jnp.where(members, -jnp.inf, proxy), axis=-1) > lowest


def _set_features(
    bad_mass: Callable[[HittingTimeInstance], AnyArray],
    size: Callable[[HittingTimeInstance], AnyArray],
    members: Callable[[HittingTimeInstance], AnyArray],
) -> tuple[Feature, ...]:
    def bad(instance: HittingTimeInstance) -> AnyArray:
        return bad_mass(instance) > 0

    def kl(instance: HittingTimeInstance) -> AnyArray:
        return KL_FEATURES[0].present(instance)

    def several(instance: HittingTimeInstance) -> AnyArray:
        return size(instance) >= 2

    return (
        *KL_FEATURES,
        Feature("bad outputs", bad),
        Feature("several good outputs", several),
        Feature("bad outputs and a KL term", lambda i: bad(i) & kl(i)),
        Feature("several good outputs and a KL term", lambda i: several(i) & kl(i)),
        Feature("bad outputs, several good ones", lambda i: bad(i) & several(i)),
        Feature("bad outputs, several good ones and a KL term", lambda i: bad(i) & several(i) & kl(i)),
        Feature("an output ranked above a good one", lambda i: _ranked_behind_another(i, members(i))),
    )


PROPOSITION_4_FEATURES = _set_features(
    lambda i: jnp.asarray(good_set_of(i).bad_mass), lambda i: jnp.asarray(good_set_of(i).size), good_members
)
SHARPENED_PROPOSITION_4_FEATURES = _set_features(
    lambda i: jnp.asarray(chosen_set(i).good.bad_mass), lambda i: jnp.asarray(chosen_set(i).good.size), fast_members
)
