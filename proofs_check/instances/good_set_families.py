"""Families at the limits of Proposition 4 and S-P4: any good set, bad outputs and a KL term, together and apart.

Both statements allow bad outputs and a KL term up to limits that depend on everything else; here they are shares of
those limits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from proofs_check.instances.chunks import in_chunks
from proofs_check.instances.good_set_draft import Draft, dimension, draft_of, limit_shares
from proofs_check.instances.tabular_families import Family
from theory.bounds import upper_bounds
from theory.compilation import compiled_for_one_run
from theory.instances.lower_bounds import good_set_of, proposition_4_kl_limit, proposition_4_mass_limit
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import chosen_set, log_inverse

LEAST_BAD_MASS = 1e-14

ROUNDS = 6
"""Both limits depend on the bad mass that they limit: so often they are computed anew."""


def _log_share(limit: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A bad mass: shares below nine tenths, which are log-uniform from 1e-3, run log-uniformly from 1e-14 instead."""
    low = np.minimum(LEAST_BAD_MASS, 1e-3 * limit)
    spread = limit * np.exp(np.log(np.maximum(limit, 1e-290) / np.maximum(low, 1e-293)) * np.log(share) / np.log(1e3))
    return np.where(share < 0.9, spread, limit * share)


@compiled_for_one_run()
def _paper_limits(instance: HittingTimeInstance) -> tuple[Any, ...]:
    return proposition_4_kl_limit(instance), proposition_4_mass_limit(instance), good_set_of(instance).margin


@compiled_for_one_run()
def _sharpened_quantities(instance: HittingTimeInstance) -> tuple[Any, ...]:
    good = chosen_set(instance).good
    return (*good, good.span, log_inverse(instance))


COMPUTED_AT_ONCE = 512
"""Rows of a batch: batches of all sizes share what is compiled for so many."""


def _computed(
    function: Callable[[HittingTimeInstance], tuple[Any, ...]],
    draft: Draft,
    bad_mass: np.ndarray,
    coefficient: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """A function of the problems with that mass and coefficient, for the draft's own sets: no others are looked for."""
    own = {"good_members": draft.good, "fast_members": draft.good}
    instance = replace(draft.instance(bad_mass, coefficient), shared=own)
    with jax.enable_x64(True):
        found: tuple[np.ndarray, ...] = in_chunks(function, instance, len(bad_mass), COMPUTED_AT_ONCE)
    return found


def _paper_rates(draft: Draft, kl_share: np.ndarray, bad_share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bad mass and coefficient at these shares of Proposition 4's limits."""
    any_bad = draft.any_bad
    bad_mass, coefficient = np.where(any_bad, LEAST_BAD_MASS, 0.0), np.zeros(len(any_bad))
    for _ in range(ROUNDS):
        kl_limit, mass_limit, margin = _computed(_paper_limits, draft, bad_mass, coefficient)
        usable = np.isfinite(kl_limit) & np.isfinite(mass_limit) & (margin > 0)
        bad_mass = np.where(any_bad, np.where(usable, _log_share(mass_limit, bad_share), LEAST_BAD_MASS), 0.0)
        bad_mass = np.clip(bad_mass, np.where(any_bad, 1e-250, 0.0), 0.5)
        coefficient = np.where(usable, kl_share * kl_limit, 0.0)
    return bad_mass, coefficient


def _sharpened_rates(draft: Draft, kl_share: np.ndarray, bad_share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bad mass and coefficient that take these shares of the loss that S-P4 allows, the former of what is left."""
    any_bad = draft.any_bad
    bad_mass, coefficient = np.where(any_bad, LEAST_BAD_MASS, 0.0), np.zeros(len(any_bad))
    for _ in range(ROUNDS):
        mass, _rise, shortfall, margin, size, _bad, span, log_low = _computed(
            _sharpened_quantities, draft, bad_mass, coefficient
        )
        usable = (margin > 0) & (shortfall > 0) & np.isfinite(span)
        margin, shortfall, span = (np.where(usable, x, 1.0) for x in (margin, shortfall, span))
        allowed = np.where(any_bad, upper_bounds.LARGEST_LOSS, 1.0)
        # With bad outputs both take part: then the KL term takes less than all of it, and they the rest.
        by_kl = allowed * np.where(any_bad, 0.9 * np.minimum(kl_share, 1.0), kl_share)
        coefficient = by_kl / np.asarray(upper_bounds.kl_loss(1.0, log_low, mass, shortfall, margin, size))
        coefficient = np.where(usable, coefficient, 0.0)
        room = np.maximum(np.where(bad_share < 0.9, 1.0, bad_share) * allowed - by_kl, 0.0)
        linear, square = 2 / (margin * shortfall), 2 * size / (margin * mass * shortfall**2)
        later = 2 * room / (linear + np.sqrt(linear**2 + 4 * square * room))
        rate = (upper_bounds.BAD_GROWTH_RATE + 2 * coefficient * log_low) * 2 * size / margin
        limit = later * np.exp(-np.minimum(rate * span, 500.0))
        share = np.where(bad_share < 0.9, bad_share, 1.0)
        bad_mass = np.where(any_bad, np.where(usable, _log_share(limit, share), LEAST_BAD_MASS), 0.0)
        bad_mass = np.clip(bad_mass, np.where(any_bad, 1e-250, 0.0), 0.5)
    return bad_mass, coefficient


def at_the_limits(draft: Draft, kl_share: np.ndarray, bad_share: np.ndarray, *, sharpened: bool) -> HittingTimeInstance:
    """The draft with a bad mass and a KL coefficient at these shares of what Proposition 4, or S-P4, allows."""
    rates = _sharpened_rates if sharpened else _paper_rates
    return draft.instance(*rates(draft, kl_share, bad_share))


def good_set_problems(
    rng: np.random.Generator, count: int, outputs: int, *, sharpened: bool = False, regularized: bool = False
) -> Family:
    """Problems at the limits of Proposition 4, or of S-P4 if `sharpened`, most of them with the `Y+` that is meant.

    A quarter of the rows leave the choice of `Y+` to the statement.
    """
    draft = draft_of(rng.random((count, dimension(outputs))), outputs, sharpened=sharpened)
    kl_share, bad_share = (limit_shares(rng.random(count), rng.random(count)) for _ in range(2))
    found = at_the_limits(draft, kl_share * regularized, bad_share, sharpened=sharpened)
    chosen = draft.good & (rng.random((count, 1)) < 0.75)
    return Family(f"at the limits of {'S-P4' if sharpened else 'Proposition 4'}", found.problem, draft.increase, chosen)
