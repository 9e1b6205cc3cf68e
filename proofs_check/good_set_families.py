"""Families at the limits of Proposition 4 and S-P4: any good set, bad outputs and a KL term, together and apart.

Both statements allow bad outputs and a KL term up to limits that depend on everything else. Here the good set `Y+` is
drawn first, with one to three members that need not be ranked first; then a target that leaves room for bad outputs of
1e-14 and more; then their mass and the KL coefficient, as shares of what the statement allows.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from proofs_check.problem_families import Family
from theory import fast_bounds
from theory.fast_teacher import chosen_set, log_inverse
from theory.hitting_time_bounds import good_set_of, proposition_4_kl_limit, proposition_4_mass_limit
from theory.instance import Instance
from theory.problem import make_problem

LARGEST_SET, MOST_BAD = 3, 4
LEAST_BAD_MASS = 1e-14
LARGEST_EXPONENT = 25.0
"""The limit to the bad mass is `exp(-exponent)` times a power of the good mass: 1e-11 at this one."""

LEAST_RISE = 1e-9
"""Of the probability of the good set."""

ROUNDS = 6
"""Both limits depend on the bad mass that they limit: so often they are computed anew."""


def shares(rng: np.random.Generator, count: int) -> np.ndarray:
    """Of a limit: half of them log-uniform from 1e-3, most others in the last tenth, some up to a tenth beyond."""
    kind = rng.random(count)
    small = np.exp(rng.uniform(np.log(1e-3), 0, count))
    return np.select([kind < 0.5, kind < 0.85], [small, rng.uniform(0.9, 1, count)], rng.uniform(1, 1.1, count))


class _Draft(NamedTuple):
    """Problems whose bad mass and KL coefficient are still to be found.

    **Fields** of shape `(count, outputs)`: `policy` without bad outputs, `bad_parts` of their mass, `good` (`Y+`),
    `proxy`, `truth`; of shape `(count,)`: `increase`, `prompts`.
    """

    policy: np.ndarray
    bad_parts: np.ndarray
    good: np.ndarray
    proxy: np.ndarray
    truth: np.ndarray
    increase: np.ndarray
    prompts: np.ndarray

    def instance(self, bad_mass: np.ndarray, coefficient: np.ndarray) -> Instance:
        """The problems with that mass and coefficient, each of shape `(count,)`."""
        policy = self.policy * (1 - bad_mass[:, None]) + self.bad_parts * bad_mass[:, None]
        problem = make_problem(initial_logits=np.log(policy), proxy_reward=self.proxy, ground_truth_reward=self.truth,
                               kl_coefficient=coefficient, prompts=self.prompts)  # fmt: skip
        return Instance(problem=problem, increase=self.increase, good_set=self.good)


def _parts(rng: np.random.Generator, where: np.ndarray, spread: float) -> np.ndarray:
    """Random shares of one, of the outputs in `where`; zeros in rows without any."""
    weights = np.where(where, np.exp(spread * rng.standard_normal(where.shape)), 0.0)
    return weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-300)


def _proxy_rewards(
    rng: np.random.Generator, good: np.ndarray, bad: np.ndarray, policy: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """The good outputs from `R - spread (R - h)` to `R`, the rest up to `h` below the average, bad ones above it."""
    count, outputs = good.shape
    rest = ~good & ~bad
    best = np.where(rng.random(count) < 0.4, 1.0, rng.uniform(0.2, 0.98, count))[:, None]
    low = best - np.exp(rng.uniform(np.log(0.1), np.log(0.97 * (best + 1))))
    place = rng.random((count, outputs))
    # The first good output has the best reward, the last one the worst.
    rank = np.cumsum(good, axis=-1)
    place = np.where(rank == 1, 0.0, np.where(rank == good.sum(axis=-1, keepdims=True), 1.0, place))
    of_good = best - spread[:, None] * (best - low) * place
    mass = np.sum(policy * good, axis=-1, keepdims=True)
    mean_good = np.sum(policy * np.where(good, of_good, 0.0), axis=-1, keepdims=True) / mass
    # So far below `h` the rest may be for the average to stay above `h`.
    room = np.minimum(mass * (mean_good - low) / (1 - mass), low + 1) * rng.uniform(0, 0.98, (count, 1))
    below = np.where(rest, rng.random((count, outputs)), np.inf)
    below = np.where(rest, below - below.min(axis=-1, keepdims=True), 0.0)
    proxy = np.where(good, of_good, low - room * below)
    mean = np.sum(policy * np.where(bad, 0.0, proxy), axis=-1, keepdims=True)
    above = np.where(rng.random((count, outputs)) < 0.5, mean, np.maximum(best, mean))
    return np.where(bad, above + (1 - above) * rng.uniform(0.02, 1, (count, outputs)), proxy)


def _draft(rng: np.random.Generator, count: int, outputs: int, *, sharpened: bool) -> _Draft:
    rank = np.argsort(rng.random((count, outputs)), axis=-1)
    size = rng.integers(1, min(LARGEST_SET, outputs - 1) + 1, count)[:, None]
    most_bad = np.minimum(MOST_BAD, outputs - 1 - size)
    number_bad = np.where(rng.random((count, 1)) < 0.25, 0, rng.integers(0, most_bad + 1))
    good, bad = rank < size, (rank >= size) & (rank < size + number_bad)
    rest, any_bad = ~good & ~bad, bad.any(axis=-1)
    mass = 1 / (1 + np.exp(rng.uniform(-3, 6, count)))
    policy = mass[:, None] * _parts(rng, good, 1.0) + (1 - mass)[:, None] * _parts(rng, rest, 1.5)

    spread_share = np.where(rng.random(count) < 0.6, 0.6 * rng.random(count), shares(rng, count))
    exponent = rng.uniform(0.05, LARGEST_EXPONENT, count)
    number, left = size[:, 0].astype(np.float64), np.maximum(1 - spread_share, 1e-3)
    # How far the good mass has to rise for the exponent of the statement's limit to be that, about.
    with_bad = (
        exponent * left * mass**2 * (1 - mass) ** 2 / (2 * number * fast_bounds.BAD_GROWTH_RATE)
        if sharpened
        else exponent * left * (1 - mass) ** 3 * mass**2 / (20 * number)
    )
    # Without bad outputs the statement allows any rise; beyond `1 - mass` no set is good.
    anywhere = (1 - mass) * np.where(rng.random(count) < 0.8, np.exp(rng.uniform(np.log(1e-3), 0, count)),
                                     rng.uniform(0.9, 1.02, count))  # fmt: skip
    rise = np.where(any_bad, np.minimum(with_bad, 0.9 * (1 - mass)), anywhere)
    rise = np.maximum(rise, LEAST_RISE)
    spread = spread_share * (1 - mass - rise) * (1.0 if sharpened else 1 - mass)
    proxy = _proxy_rewards(rng, good, bad, policy, np.where(size[:, 0] > 1, np.clip(spread, 0, 1), 0.0))

    worst = np.where(sharpened & (rng.random(count) < 0.5), rng.uniform(-1, 0.5, count), -1.0)
    height = np.exp(rng.uniform(np.log(0.1), 0, count)) * (1 - worst)
    truth, increase = _ground_truth(rng, policy, good, rest, rise, worst, height)
    value = np.where(rng.random((count, outputs)) < 0.5, rng.random((count, outputs)), 1.0)
    truth = np.where(bad, worst[:, None] + value * height[:, None], truth)
    return _Draft(policy, _parts(rng, bad, 1.0), good, proxy, truth, increase, rng.integers(1, 20, count))


def _ground_truth(
    rng: np.random.Generator, policy: np.ndarray, good: np.ndarray, rest: np.ndarray, rise: np.ndarray,
    worst: np.ndarray, height: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Rewards of at least `worst + height` on the good set and about `worst` elsewhere, and the `gamma` for which the
    good mass has to rise by `rise`: what the rewards have above their levels is a share of `rise height`."""
    budget = rise * height
    above = np.zeros(policy.shape)
    for where, share in ((good, rng.uniform(0, 0.4, rise.shape)), (rest, rng.uniform(0, 0.4, rise.shape))):
        value = np.where(where, rng.random(policy.shape), np.inf)
        # One of them is at the level.
        value = np.where(where, value - value.min(axis=-1, keepdims=True), 0.0)
        mean = np.sum(policy * value, axis=-1)
        above += value * np.where(mean > 0, share * budget / np.where(mean > 0, mean, 1.0), 0.0)[:, None]
    level = worst[:, None] + np.where(good, height[:, None], 0.0)
    truth = np.clip(level + above, -1, 1)
    increase = budget - np.sum(np.where(good | rest, policy * (truth - level), 0.0), axis=-1)
    return truth, np.maximum(increase, 0.1 * budget)


def _log_share(limit: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A bad mass: shares below nine tenths, which are log-uniform from 1e-3, run log-uniformly from 1e-14 instead."""
    low = np.minimum(LEAST_BAD_MASS, 1e-3 * limit)
    spread = limit * np.exp(np.log(np.maximum(limit, 1e-290) / np.maximum(low, 1e-293)) * np.log(share) / np.log(1e3))
    return np.where(share < 0.9, spread, limit * share)


@jax.jit
def _paper_limits(instance: Instance) -> tuple[jax.Array, ...]:
    return proposition_4_kl_limit(instance), proposition_4_mass_limit(instance), good_set_of(instance).margin


@jax.jit
def _sharpened_quantities(instance: Instance) -> tuple[jax.Array, ...]:
    good = chosen_set(instance).good
    return (*good, good.span, log_inverse(instance))


def _paper_rates(
    draft: _Draft, kl_share: np.ndarray, bad_share: np.ndarray, any_bad: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bad mass and coefficient at these shares of Proposition 4's limits."""
    bad_mass, coefficient = np.where(any_bad, LEAST_BAD_MASS, 0.0), np.zeros(len(any_bad))
    for _ in range(ROUNDS):
        kl_limit, mass_limit, margin = map(np.asarray, _paper_limits(draft.instance(bad_mass, coefficient)))
        usable = np.isfinite(kl_limit) & np.isfinite(mass_limit) & (margin > 0)
        bad_mass = np.where(any_bad, np.where(usable, _log_share(mass_limit, bad_share), LEAST_BAD_MASS), 0.0)
        bad_mass = np.clip(bad_mass, np.where(any_bad, 1e-250, 0.0), 0.5)
        coefficient = np.where(usable, kl_share * kl_limit, 0.0)
    return bad_mass, coefficient


def _sharpened_rates(
    draft: _Draft, kl_share: np.ndarray, bad_share: np.ndarray, any_bad: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bad mass and coefficient that take these shares of the loss that S-P4 allows, the former of what is left."""
    bad_mass, coefficient = np.where(any_bad, LEAST_BAD_MASS, 0.0), np.zeros(len(any_bad))
    for _ in range(ROUNDS):
        mass, _rise, shortfall, margin, size, _bad, span, log_low = map(
            np.asarray, _sharpened_quantities(draft.instance(bad_mass, coefficient))
        )
        usable = (margin > 0) & (shortfall > 0) & np.isfinite(span)
        margin, shortfall, span = (np.where(usable, x, 1.0) for x in (margin, shortfall, span))
        allowed = np.where(any_bad, fast_bounds.LARGEST_LOSS, 1.0)
        # With bad outputs both take part: then the KL term takes less than all of it, and they the rest.
        by_kl = allowed * np.where(any_bad, 0.9 * np.minimum(kl_share, 1.0), kl_share)
        coefficient = by_kl / np.asarray(fast_bounds.kl_loss(1.0, log_low, mass, shortfall, margin, size))
        coefficient = np.where(usable, coefficient, 0.0)
        room = np.maximum(np.where(bad_share < 0.9, 1.0, bad_share) * allowed - by_kl, 0.0)
        linear, square = 2 / (margin * shortfall), 2 * size / (margin * mass * shortfall**2)
        later = 2 * room / (linear + np.sqrt(linear**2 + 4 * square * room))
        rate = (fast_bounds.BAD_GROWTH_RATE + 2 * coefficient * log_low) * 2 * size / margin
        limit = later * np.exp(-np.minimum(rate * span, 500.0))
        share = np.where(bad_share < 0.9, bad_share, 1.0)
        bad_mass = np.where(any_bad, np.where(usable, _log_share(limit, share), LEAST_BAD_MASS), 0.0)
        bad_mass = np.clip(bad_mass, np.where(any_bad, 1e-250, 0.0), 0.5)
    return bad_mass, coefficient


def good_set_problems(
    rng: np.random.Generator, count: int, outputs: int, *, sharpened: bool = False, regularized: bool = False
) -> Family:
    """Problems at the limits of Proposition 4, or of S-P4 if `sharpened`, most of them with the `Y+` that is meant.

    A quarter of the rows leave the choice of `Y+` to the statement.
    """
    draft = _draft(rng, count, outputs, sharpened=sharpened)
    any_bad = draft.bad_parts.any(axis=-1)
    kl_share, bad_share = shares(rng, count) * regularized, shares(rng, count)
    rates = _sharpened_rates if sharpened else _paper_rates
    bad_mass, coefficient = rates(draft, kl_share, bad_share, any_bad)
    found = draft.instance(bad_mass, coefficient)
    chosen = draft.good & (rng.random((count, 1)) < 0.75)
    name = f"at the limits of {'S-P4' if sharpened else 'Proposition 4'}"
    return Family(name, found.problem, draft.increase, chosen)
