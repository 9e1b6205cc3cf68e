"""Theorem 6: reward models that single out one output, and the initial policies for which each is the better teacher.

For outputs `y_g` (the favoured one) and `y'_g` (the other one), the set of policies is
`Pi = { pi : E_pi r_G = V0, pi(y'_g) <= 1 / T^2, pi(y_g) >= c }`; `Pi'` is the same with the two outputs exchanged.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.arguments.checking import checked_input
from theory.arguments.checks import (
    as_float64,
    as_reward,
    check_outputs,
    check_positive,
    check_reward,
)
from theory.arguments.index_checks import as_output_index, per_problem
from theory.arguments.number_rules import between
from theory.arguments.object_rules import of_kind
from theory.arguments.rules import Single, Whole
from theory.bounds import upper_bounds
from theory.errors import InvalidInputError

TILT_LIMIT = 30.0
"""The largest log-odds that tilting puts between two outputs; mixing does the rest, and no probability vanishes."""

TILT_STEPS = 60
"""Bisections of the tilt; what they leave of the error is removed exactly by mixing."""

TRUTH_TOLERANCE = 1e-12
"""How far from `V0` the expected reward of a member may be."""


class Theorem6Policies(NamedTuple):
    """Members of `Pi`, with what the bounds of Theorem 6 need.

    **Fields**: `probabilities`, shape `(*batch, outputs)`; and, of shape `(*batch)`, `required_share` (`rho`, from the
    favoured output), `kl_limit` (the largest KL coefficient for which the fast bound is claimed, at the given `c`).
    """

    probabilities: Float64[np.ndarray, "*batch outputs"]
    required_share: Float64[np.ndarray, "*batch"]
    kl_limit: Float64[np.ndarray, "*batch"]


@checked_input(outputs=Whole(2))
def theorem6_reward(rewarded_output: object, outputs: int) -> Float64[np.ndarray, "*batch outputs"]:
    """`r_RM`: +1 on one output, -1 on all others (paper, Theorem 6).

    **Arguments**: `rewarded_output`, an index or an array of indices of shape `(*batch)`; `outputs`, their number.

    **Example**

    >>> import theory
    >>> theory.theorem6_reward(1, 3).tolist()
    [-1.0, 1.0, -1.0]
    """
    index = as_output_index(
        "rewarded_output", rewarded_output, np.shape(as_float64("rewarded_output", rewarded_output)), outputs
    )
    return np.where(np.arange(outputs) == index[..., None], 1.0, -1.0)


@checked_input(
    random=of_kind(np.random.Generator, "Give what numpy.random.default_rng(0) gives."),
    weight_spread=Single(between(0.0, np.inf, infinite=False)),
)
def theorem6_policies(
    random: np.random.Generator,
    *,
    ground_truth_reward: object,
    favoured_output: object,
    other_output: object,
    initial_truth: object,
    increase: object,
    inverse_root_mass: object,
    favoured_mass: object,
    favoured_fraction: object | None = None,
    other_fraction: object | None = None,
    weight_spread: float = 1.0,
) -> Theorem6Policies:
    """One random member of `Pi` for each problem of a batch (paper, Theorem 6); exchange the outputs for `Pi'`.

    `pi(y'_g)` and `pi(y_g)` are drawn first, from the intervals for which a member exists. The other outputs get random
    weights, tilted exponentially along `r_G` (and mixed with the lowest or highest of them) until `E_pi r_G = V0`.

    **Arguments**

    - `ground_truth_reward`: shape `(*batch, outputs)`, at least three outputs.
    - `favoured_output`, `other_output`: `y_g` and `y'_g`, indices or shape `(*batch)`.
    - `initial_truth` (`V0`), `increase` (`gamma > 0`), `inverse_root_mass` (`T >= 1`), `favoured_mass` (`c` in (0, 1)):
      numbers or shape `(*batch)`.
    - `favoured_fraction`, `other_fraction`: where in its interval the mass of the output lies, in (0, 1), numbers or
      shape `(*batch)`; near 0 is `pi(y_g)` near its least, near 1 is `pi(y'_g)` near its most. None draws them.
    - `weight_spread`: the standard deviation of the logarithms of the random weights.

    **Returns** float64; `E_pi r_G` equals `V0` to 1e-12.

    **Raises** `InvalidInputError` for bad input, unless both outputs have `r_G > V0 + gamma`, and where `Pi` is empty.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> policies = theory.theorem6_policies(
    ...     np.random.default_rng(0),
    ...     ground_truth_reward=[1.0, 0.9, -1.0],
    ...     favoured_output=0,
    ...     other_output=1,
    ...     initial_truth=0.0,
    ...     increase=0.5,
    ...     inverse_root_mass=10.0,
    ...     favoured_mass=0.1,
    ... )
    >>> bool(policies.probabilities[1] <= 0.01 <= 0.1 <= policies.probabilities[0])
    True
    """
    wanted = _checked(
        ground_truth_reward, favoured_output, other_output, initial_truth, increase, inverse_root_mass, favoured_mass
    )
    truth, favoured, other, value, least_mass = wanted[:5]
    batch_shape, outputs = wanted.batch_shape, truth.shape[-1]
    favoured_truth, other_truth = _at(truth, favoured), _at(truth, other)
    places = np.arange(outputs)
    rest = (places != favoured[..., None]) & (places != other[..., None])
    worst = np.min(truth, axis=-1, where=rest, initial=np.inf)
    best = np.max(truth, axis=-1, where=rest, initial=-np.inf)
    room = value - least_mass * favoured_truth - (1 - least_mass) * worst
    _check_not_empty(room, value, least_mass, favoured_truth, worst)
    # The remaining outputs must be able to lower the mean to V0 ...
    other_limit = np.minimum(wanted.largest_other, room / (other_truth - worst))
    other_mass = other_limit * _fraction("other_fraction", other_fraction, random, batch_shape)
    most = (value - other_mass * other_truth - (1 - other_mass) * worst) / (favoured_truth - worst)
    # ... and, where all of them are below V0, y_g must have enough mass to raise it.
    too_low = best <= value
    needed = value - other_mass * other_truth - (1 - other_mass) * best
    least = np.where(too_low, needed / np.where(too_low, favoured_truth - best, 1.0), least_mass)
    least = np.minimum(np.maximum(least, least_mass), most)
    fraction = _fraction("favoured_fraction", favoured_fraction, random, batch_shape)
    mass = np.where(worst == best, most, least + fraction * (most - least))

    rest_mass = 1 - mass - other_mass
    rest_mean = (value - mass * favoured_truth - other_mass * other_truth) / rest_mass
    log_weights = np.where(rest, weight_spread * random.standard_normal(truth.shape), -np.inf)
    conditional = _tilt(log_weights, truth, np.clip(rest_mean, worst, best), rest)
    probabilities = conditional * rest_mass[..., None]
    np.put_along_axis(probabilities, favoured[..., None], mass[..., None], axis=-1)
    np.put_along_axis(probabilities, other[..., None], other_mass[..., None], axis=-1)
    _check_result(probabilities, truth, value)
    share = upper_bounds.required_share(wanted.increase, value, favoured_truth)
    kl_limit = upper_bounds.theorem_6_fast_kl_limit(share, least_mass, np.log(probabilities.min(axis=-1)))
    return Theorem6Policies(
        probabilities=probabilities.reshape(*batch_shape, outputs),
        required_share=np.asarray(share).reshape(batch_shape),
        kl_limit=np.asarray(kl_limit).reshape(batch_shape),
    )


class _Wanted(NamedTuple):
    """Checked input, one entry per problem of a flattened batch: rewards, the two outputs, `V0`, `c` and the most that
    the other output may have."""

    truth: np.ndarray
    favoured: np.ndarray
    other: np.ndarray
    value: np.ndarray
    least_mass: np.ndarray
    increase: np.ndarray
    largest_other: np.ndarray
    batch_shape: tuple[int, ...]


def _checked(
    ground_truth_reward: object,
    favoured_output: object,
    other_output: object,
    initial_truth: object,
    increase: object,
    inverse_root_mass: object,
    favoured_mass: object,
) -> _Wanted:
    truth = as_reward("ground_truth_reward", ground_truth_reward)
    check_outputs("ground_truth_reward", truth)
    check_reward("ground_truth_reward", truth)
    batch_shape, outputs = truth.shape[:-1], truth.shape[-1]
    if outputs < 3:
        raise InvalidInputError("ground_truth_reward", f"{outputs} outputs", "Theorem 6 needs a third, worse output.")
    favoured = as_output_index("favoured_output", favoured_output, batch_shape, outputs).reshape(-1)
    other = as_output_index("other_output", other_output, batch_shape, outputs).reshape(-1)
    if (favoured == other).any():
        raise InvalidInputError(
            "other_output", other[favoured == other].flat[0], "It must differ from favoured_output."
        )
    value = per_problem("initial_truth", initial_truth, batch_shape).reshape(-1)
    gamma = per_problem("increase", increase, batch_shape).reshape(-1)
    check_positive("increase", gamma)
    least_mass = _between("favoured_mass", favoured_mass, batch_shape)
    largest_other = _largest_other_mass(inverse_root_mass, batch_shape)
    truth = truth.reshape(-1, outputs)
    _check_good("favoured_output", _at(truth, favoured), value + gamma)
    _check_good("other_output", _at(truth, other), value + gamma)
    return _Wanted(truth, favoured, other, value, least_mass, gamma, largest_other, batch_shape)


def _tilt(log_weights: np.ndarray, truth: np.ndarray, wanted: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """A distribution on the outputs `rest`, from the weights times `exp(tilt * r_G)`, with mean reward `wanted`."""
    reward = np.where(rest, truth, 0.0)
    highest = np.max(truth, axis=-1, where=rest, initial=-1.0)
    lowest = np.min(truth, axis=-1, where=rest, initial=1.0)

    def tilted(tilt: np.ndarray) -> np.ndarray:
        exponent = log_weights + tilt[..., None] * reward
        weights = np.exp(exponent - exponent.max(axis=-1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))

    spread = np.where(highest > lowest, highest - lowest, 1.0)
    low, high = -TILT_LIMIT / spread, TILT_LIMIT / spread
    for _ in range(TILT_STEPS):
        middle = (low + high) / 2
        under = np.sum(tilted(middle) * reward, axis=-1) < wanted
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    conditional = tilted((low + high) / 2)
    mean = np.sum(conditional * reward, axis=-1)
    target = np.where(wanted < mean, lowest, highest)
    gap = target - mean
    share = np.where(gap == 0, 0.0, (wanted - mean) / np.where(gap == 0, 1.0, gap))
    # Spread over all outputs at that extreme, so that ties stay alike.
    extreme = rest & (truth == target[..., None])
    extreme_distribution = extreme / extreme.sum(axis=-1, keepdims=True)
    return np.asarray((1 - share[..., None]) * conditional + share[..., None] * extreme_distribution)


def _at(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, index[..., None], axis=-1)[..., 0]


def _between(argument: str, value: object, batch_shape: tuple[int, ...]) -> np.ndarray:
    numbers = per_problem(argument, value, batch_shape).reshape(-1)
    if not ((numbers > 0) & (numbers < 1)).all():
        raise InvalidInputError(argument, f"{numbers.min():.17g} to {numbers.max():.17g}", "Give a number in (0, 1).")
    return numbers


def _fraction(
    argument: str, value: object | None, random: np.random.Generator, batch_shape: tuple[int, ...]
) -> np.ndarray:
    if value is None:
        return random.uniform(0.01, 0.99, math.prod(batch_shape))
    return _between(argument, value, batch_shape)


def _largest_other_mass(value: object, batch_shape: tuple[int, ...]) -> np.ndarray:
    numbers = per_problem("inverse_root_mass", value, batch_shape).reshape(-1)
    if (numbers < 1).any():
        raise InvalidInputError(
            "inverse_root_mass", f"{numbers.min():.17g}", "Theorem 6 takes T >= 1: other_output has at most mass 1/T^2."
        )
    return np.asarray(numbers**-2.0)


def _check_good(argument: str, reward: np.ndarray, goal: np.ndarray) -> None:
    short = ~(reward > goal)
    if short.any():
        raise InvalidInputError(
            argument,
            f"an output of ground-truth reward {reward[short].flat[0]:.6g}, where initial_truth plus increase is "
            f"{goal[short].flat[0]:.6g}",
            "Choose an output whose reward is greater than that, or a smaller increase.",
        )


def _check_not_empty(
    room: np.ndarray, value: np.ndarray, least_mass: np.ndarray, favoured_truth: np.ndarray, worst: np.ndarray
) -> None:
    empty = ~(room > 0)
    if empty.any():
        # With c on y_g and all else on the worst output the mean is still not below V0.
        limit = ((value - worst) / (favoured_truth - worst))[empty].flat[0]
        remedy = f"Give a number below {limit:.6g}." if limit > 0 else "Raise initial_truth above the worst reward."
        raise InvalidInputError(
            "favoured_mass",
            f"{least_mass[empty].flat[0]:.6g}, for which no policy with positive probabilities has the expected reward "
            f"{value[empty].flat[0]:.6g}",
            remedy,
        )


def _check_result(probabilities: np.ndarray, truth: np.ndarray, value: np.ndarray) -> None:
    positive = probabilities.min(axis=-1) > np.finfo(np.float64).tiny
    accurate = np.abs(np.sum(probabilities * truth, axis=-1) - value) <= TRUTH_TOLERANCE
    if not (positive & accurate).all():
        raise InvalidInputError(
            "favoured_mass / initial_truth",
            "a set of policies too thin for float64",
            "Give a smaller favoured_mass, or an initial_truth farther from the extreme rewards.",
        )
