"""Problems with a chosen good set, from numbers in (0, 1): random ones for sampling, free ones for adversarial search.

The good set `Y+` comes first, with one to three members that need not be ranked first; then a target that leaves room
for bad outputs of 1e-14 and more. Their mass and the KL coefficient are left open (`good_set_families`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from theory.bounds import upper_bounds
from theory.bounds import upper_bounds as bounds
from theory.instances.tabular import HittingTimeInstance
from theory.tabular.problem import make_problem

LARGEST_SET, MOST_BAD = 3, 4
LARGEST_EXPONENT = 25.0
"""The limit to the bad mass is `exp(-exponent)` times a power of the good mass: 1e-11 at this one."""

LEAST_RISE = 1e-9
"""Of the probability of the good set."""

HALVINGS = 40

NUMBERS = 6, 24
"""How many numbers in (0, 1) make one problem: so many per output, and so many besides."""


def dimension(outputs: int) -> int:
    """How many numbers in (0, 1) make one problem."""
    return NUMBERS[0] * outputs + NUMBERS[1]


class _Numbers:
    """Deals out numbers in (0, 1), each once.

    **Arguments**: `numbers`: shape `(count, dimension(outputs))`.
    """

    def __init__(self, numbers: np.ndarray, outputs: int) -> None:
        self._numbers, self._outputs, self._place = np.clip(numbers, 1e-9, 1 - 1e-9), outputs, 0

    def one(self, low: float | int = 0, high: float | int = 1) -> np.ndarray:
        """A number between the two for each problem, shape `(count,)`."""
        self._place += 1
        return low + (high - low) * self._numbers[:, self._place - 1]

    def each(self) -> np.ndarray:
        """A number in (0, 1) for each output, shape `(count, outputs)`."""
        self._place += self._outputs
        return self._numbers[:, self._place - self._outputs : self._place]

    def logarithmic(self, low: float | np.ndarray, high: float | np.ndarray) -> np.ndarray:
        """A log-uniform number between the two, shape `(count,)`."""
        return low * (high / low) ** self.one()

    def share(self) -> np.ndarray:
        """Of a limit: half of them log-uniform from 1e-3, most others in the last tenth, some up to a tenth beyond."""
        return limit_shares(self.one(), self.one())


def limit_shares(kind: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Shares of a limit from two numbers in (0, 1): half of them log-uniform from 1e-3, most others in the last tenth,
    some up to a tenth beyond."""
    return np.select([kind < 0.5, kind < 0.85], [1e-3 ** (1 - place), 0.9 + 0.1 * place], 1 + 0.1 * place)


class Draft(NamedTuple):
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

    @property
    def any_bad(self) -> np.ndarray:
        """Whether there are bad outputs, boolean, shape `(count,)`."""
        return np.asarray(self.bad_parts.any(axis=-1))

    def instance(self, bad_mass: np.ndarray, coefficient: np.ndarray) -> HittingTimeInstance:
        """The problems with that mass and coefficient, each of shape `(count,)`."""
        policy = self.policy * (1 - bad_mass[:, None]) + self.bad_parts * bad_mass[:, None]
        problem = make_problem(
            initial_logits=np.log(policy),
            proxy_reward=self.proxy,
            ground_truth_reward=self.truth,
            kl_coefficient=coefficient,
            prompts=self.prompts,
        )
        return HittingTimeInstance(problem=problem, increase=self.increase, good_set=self.good)


def _parts(numbers: np.ndarray, where: np.ndarray, spread: float) -> np.ndarray:
    """Log-normal shares of one, of the outputs in `where`; zeros in rows without any."""
    weights = np.where(where, np.exp(spread * ndtri(numbers)), 0.0)
    return weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-300)


def _from_least(numbers: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The numbers above the least of those in `where`; zero elsewhere."""
    return np.where(where, numbers - np.min(np.where(where, numbers, np.inf), axis=-1, keepdims=True), 0.0)


def _proxy_rewards(
    numbers: _Numbers,
    good: np.ndarray,
    bad: np.ndarray,
    policy: np.ndarray,
    best: np.ndarray,
    low: np.ndarray,
    spread: np.ndarray,
) -> np.ndarray:
    """The good outputs from `R - spread (R - h)` to `R`, the rest up to `h` below the average, bad ones above it.

    **Arguments**: `best`, `low`, `spread`: `R`, `h` and the share, each of shape `(count, 1)`.
    """
    # The first good output has the best reward, the last one the worst.
    rank = np.cumsum(good, axis=-1)
    place = np.select([rank == 1, rank == good.sum(axis=-1, keepdims=True)], [0.0, 1.0], numbers.each())
    of_good = best - spread * (best - low) * place
    mass = np.sum(policy * good, axis=-1, keepdims=True)
    mean_good = np.sum(policy * np.where(good, of_good, 0.0), axis=-1, keepdims=True) / mass
    # So far below `h` the rest may be for the average to stay above `h`.
    room = np.minimum(mass * (mean_good - low) / (1 - mass), low + 1) * numbers.one(0, 0.98)[:, None]
    number = numbers.each()
    proxy = np.where(good, of_good, low - room * _from_least(number, ~good & ~bad))
    mean = np.sum(policy * np.where(bad, 0.0, proxy), axis=-1, keepdims=True)
    # Above the average, or above every good output.
    least = np.where(numbers.one()[:, None] < 0.5, mean, np.maximum(best, mean))
    return np.where(bad, least + (1 - least) * np.maximum(number, 0.02), proxy)


def _roles(numbers: _Numbers, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Which outputs are good and which are bad, at least one being neither."""
    rank = np.argsort(numbers.each(), axis=-1)
    size = np.floor(numbers.one(1, min(LARGEST_SET, outputs - 1) + 1))
    most_bad = np.minimum(MOST_BAD, outputs - 1 - size)
    number_bad = np.where(numbers.one() < 0.2, 0, np.floor((most_bad + 1) * numbers.one()))
    return rank < size[:, None], (rank >= size[:, None]) & (rank < (size + number_bad)[:, None])


def _exponent(end: np.ndarray, mass: np.ndarray, size: np.ndarray, margin: np.ndarray, sharpened: bool) -> np.ndarray:
    """The limit to the bad mass is about `exp(-exponent)`, if the good mass has to rise from `mass` to `end`.

    **Arguments**: `margin`: `kappa`; for Proposition 4, `delta` over `1 - end`, about.
    """
    if not sharpened:
        return upper_bounds.PROPOSITION_4_MASS_EXPONENT * size * (end - mass) / (margin * (1 - end) ** 2 * mass * end)
    span = np.asarray(bounds.logistic_span(mass, end - mass, 1 - end))
    return 2 * size * bounds.BAD_GROWTH_RATE * span / margin


def _with_exponent(
    exponent: np.ndarray, mass: np.ndarray, size: np.ndarray, margin: np.ndarray, sharpened: bool
) -> np.ndarray:
    """`rho - P0` at which `_exponent` is that, which increases with it; by bisection of its logarithm."""
    low, high = np.full(mass.shape, np.log(LEAST_RISE)), np.log(0.9 * (1 - mass))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_small = _exponent(mass + np.exp(middle), mass, size, margin, sharpened) < exponent
        low, high = np.where(too_small, middle, low), np.where(too_small, high, middle)
    return np.exp(low)


def draft_of(values: np.ndarray, outputs: int, *, sharpened: bool) -> Draft:
    """The draft that numbers in (0, 1) of shape `(count, dimension(outputs))` make."""
    numbers = _Numbers(values, outputs)
    good, bad = _roles(numbers, outputs)
    rest, size = ~good & ~bad, good.sum(axis=-1, dtype=np.float64)
    mass = 1 / (1 + np.exp(numbers.one(-3, 6)))
    weights = numbers.each()
    policy = mass[:, None] * _parts(weights, good, 1.0) + (1 - mass)[:, None] * _parts(weights, rest, 1.5)
    spread = np.where(numbers.one() < 0.6, numbers.one(0, 0.6), numbers.share()) * (size > 1)
    best = np.where(numbers.one() < 0.4, 1.0, numbers.one(0.2, 0.98))
    gap = numbers.logarithmic(0.1, 0.97 * (best + 1))
    largest = gap if sharpened else gap * (1 - mass)
    # With bad outputs, what leaves their limit at `exp(-exponent)`; without, anything: beyond `1 - mass` none is good.
    exponent, margin = numbers.one(0.05, LARGEST_EXPONENT), largest * np.maximum(1 - spread, 1e-3)
    anything = (1 - mass) * np.where(numbers.one() < 0.8, numbers.logarithmic(1e-3, 1.0), numbers.one(0.9, 1.02))
    rise = np.where(bad.any(axis=-1), _with_exponent(exponent, mass, size, margin, sharpened), anything)
    # The rewards of the set are so far apart that a margin of `1 - spread` times the largest one is left.
    apart = np.clip(spread * (1 - mass - rise) * largest / gap, 0, 1)
    proxy = _proxy_rewards(numbers, good, bad, policy, *(x[:, None] for x in (best, best - gap, apart)))
    worst = np.where((numbers.one() < 0.5) & sharpened, numbers.one(-1, 0.5), -1.0)
    height = numbers.logarithmic(0.1, 1.0) * (1 - worst)
    truth, increase = _ground_truth(numbers, policy, good, rest, rise, worst, height)
    # A bad output may be as good as any: it is left out of the set all the same.
    value = np.where(numbers.one()[:, None] < 0.5, numbers.each(), 1.0)
    truth = np.where(bad, worst[:, None] + value * height[:, None], truth)
    return Draft(policy, _parts(weights, bad, 1.0), good, proxy, truth, increase, np.floor(numbers.one(1, 20)))


def _ground_truth(
    numbers: _Numbers,
    policy: np.ndarray,
    good: np.ndarray,
    rest: np.ndarray,
    rise: np.ndarray,
    worst: np.ndarray,
    height: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rewards of at least `worst + height` on the good set and about `worst` elsewhere, and the `gamma` for which the
    good mass has to rise by `rise`: what the rewards have above their levels is a share of `rise height`."""
    budget, each = rise * height, numbers.each()
    above = np.zeros(policy.shape)
    for where in (good, rest):
        # One of them is at the level.
        value = _from_least(each, where)
        mean = np.sum(policy * value, axis=-1)
        share = numbers.one(0, 0.4)
        above += value * np.where(mean > 0, share * budget / np.where(mean > 0, mean, 1.0), 0.0)[:, None]
    level = worst[:, None] + np.where(good, height[:, None], 0.0)
    truth = np.clip(level + above, -1, 1)
    increase = budget - np.sum(np.where(good | rest, policy * (truth - level), 0.0), axis=-1)
    return truth, np.maximum(increase, 0.1 * budget)
