"""Accuracy of a reward model: how many pairs of outputs it orders as the ground truth does (paper, Definition 1).

A pair is ordered correctly when `sign(r_RM(y) - r_RM(y')) = sign(r_G(y) - r_G(y'))` with `sign : R -> {-1, 0, 1}`: a
tie is correct only against a tie. Two routes: `pair_accuracy` compares all pairs, for any distribution over them;
`uniform_accuracy` counts them by sorting, for the uniform distribution and as many outputs as a vocabulary has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int64

from theory.arguments.checking import checked_input
from theory.arguments.checks import (
    PROBABILITY_SUM_TOLERANCE,
    as_float64,
    as_reward,
    check_finite,
    check_outputs,
    check_same_shape,
)
from theory.arguments.number_rules import ROUGHLY_NORMALISED
from theory.arguments.precision import double_precision
from theory.arguments.rules import Described, Whole
from theory.arrays import AnyArray, OutputVector, Scalars
from theory.errors import InvalidInputError


class PairCounts(NamedTuple):
    """Exact numbers of unordered pairs of outputs, each an int64 array of shape `(*batch)`.

    **Fields**: `pairs` (all of them), `concordant` (strictly ordered by both rewards, alike), `discordant` (strictly
    ordered by both, oppositely), `tied_in_both`, `tied_in_proxy` and `tied_in_truth` (these two include
    `tied_in_both`).
    """

    pairs: Int64[np.ndarray, "*batch"]
    concordant: Int64[np.ndarray, "*batch"]
    discordant: Int64[np.ndarray, "*batch"]
    tied_in_both: Int64[np.ndarray, "*batch"]
    tied_in_proxy: Int64[np.ndarray, "*batch"]
    tied_in_truth: Int64[np.ndarray, "*batch"]

    @property
    def correct(self) -> Int64[np.ndarray, "*batch"]:
        """The number of pairs that Definition 1 calls correct."""
        return np.asarray(self.concordant + self.tied_in_both)


@checked_input(outputs=Whole(2))
def check_pair_distribution(pair_distribution: object, outputs: int) -> Float[np.ndarray, "*batch outputs outputs"]:
    """A distribution over unordered pairs as `pair_accuracy` takes it, in float64.

    **Arguments**

    - `pair_distribution`: shape `(*batch, outputs, outputs)`, strictly upper triangular: the entry in row `i`, column
      `j > i` is the probability of the pair of outputs `i` and `j`. All others are zero, and the sum is one.
    - `outputs`: the number of outputs it must be for.

    **Raises** `InvalidInputError` for another shape, NaN, a negative entry, an entry on or below the diagonal, or a
    sum that differs from one by more than 1e-9.

    **Example**

    >>> import theory
    >>> theory.check_pair_distribution([[0, 1], [0, 0]], 2).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    name = "pair_distribution"
    weights = as_float64(name, pair_distribution)
    if weights.ndim < 2 or weights.shape[-2:] != (outputs, outputs) or weights.size == 0:
        raise InvalidInputError(
            name, f"shape {weights.shape}", f"Give one weight per pair: a matrix of shape ({outputs}, {outputs})."
        )
    check_finite(name, weights)
    if (weights < 0).any():
        raise InvalidInputError(name, f"a weight of {weights.min():.17g}", "Probabilities must not be negative.")
    if np.tril(weights).any():
        raise InvalidInputError(
            name,
            "a weight on or below the diagonal",
            "Put the weight of the pair {i, j}, i < j, in row i and column j only (for a symmetric matrix W that sums "
            "to one, give numpy.triu(2 * W, 1)).",
        )
    total = weights.sum(axis=(-2, -1))
    # What was rounded to float32 sums to one no better.
    tolerance = ROUGHLY_NORMALISED if np.asarray(pair_distribution).dtype.itemsize < 8 else PROBABILITY_SUM_TOLERANCE
    if (np.abs(total - 1) > tolerance).any():
        worst = total.flat[np.argmax(np.abs(total - 1))]
        raise InvalidInputError(name, f"a sum of {worst:.17g}", "Probabilities must sum to 1: normalise them.")
    return weights


def _fits_the_rewards(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    proxy = as_reward("proxy_reward", given.get("proxy_reward"))
    check_outputs("proxy_reward", proxy)
    check_pair_distribution(value, proxy.shape[-1])


@double_precision(pair_distribution=Described(_fits_the_rewards))
def pair_accuracy(
    proxy_reward: OutputVector,
    ground_truth_reward: OutputVector,
    pair_distribution: Float[AnyArray, "*pair_batch outputs outputs"] | None = None,
) -> Scalars:
    """Accuracy `acc_{x,D}(r_RM)` of each prompt (paper, Definition 1), by comparing all pairs: cost `outputs ** 2`.

    **Arguments**

    - `proxy_reward`, `ground_truth_reward`: shape `(*batch, outputs)`; only their order matters.
    - `pair_distribution`: `D`, strictly upper triangular, of shape `(outputs, outputs)` for all prompts or
      `(*batch, outputs, outputs)`; see `check_pair_distribution`. None means uniform.

    **Returns** shape `(*batch)`, a probability. Over a set of prompts the accuracy is the mean of these.

    **Example**

    >>> import theory
    >>> round(float(theory.pair_accuracy([0.1, 0.2, 0.3], [0.5, 0.9, 0.7])), 4)
    0.6667
    """
    proxy, truth = jnp.asarray(proxy_reward), jnp.asarray(ground_truth_reward)
    # Comparisons, not the signs of differences: a difference of tiny rewards may be flushed to zero.
    agree = _above(_ordered(proxy)) == _above(_ordered(truth))
    agree &= jnp.swapaxes(agree, -1, -2)
    if pair_distribution is None:
        outputs = proxy.shape[-1]
        return (jnp.sum(agree, axis=(-2, -1)) - outputs) / (outputs * (outputs - 1))
    weights = jnp.broadcast_to(jnp.asarray(pair_distribution), agree.shape)
    return jnp.sum(jnp.where(agree, weights, 0.0), axis=(-2, -1))


def _ordered(rewards: jax.Array) -> jax.Array:
    """Integers in the order of the rewards: XLA takes floating-point numbers below the normal range for zero."""
    if not jnp.issubdtype(rewards.dtype, jnp.floating):
        return rewards
    bits = jax.lax.bitcast_convert_type(rewards, jnp.dtype(f"int{8 * rewards.dtype.itemsize}"))
    limits = jnp.iinfo(bits.dtype)
    # Sign and magnitude, of which minus zero is the one number with two patterns.
    return jnp.where(bits == limits.min, 0, jnp.where(bits < 0, bits ^ limits.max, bits))


def _above(rewards: AnyArray) -> AnyArray:
    return rewards[..., :, None] > rewards[..., None, :]


def uniform_accuracy(proxy_reward: object, ground_truth_reward: object) -> Float[np.ndarray, "*batch"]:
    """Accuracy `acc_x(r_RM)` of each prompt under uniformly drawn pairs (paper, Definition 1), on the host.

    The same number as `pair_accuracy` from exact integer counts, at a cost of `outputs * log(outputs)`.

    **Arguments** as in `count_pairs`.

    **Returns** float64, shape `(*batch)`. Over a set of prompts the accuracy is the mean of these.

    **Raises** `InvalidInputError` for NaN, infinity, fewer than two outputs or unequal shapes.

    **Example**

    >>> import theory
    >>> round(float(theory.uniform_accuracy([0.1, 0.2, 0.3], [0.5, 0.9, 0.7])), 4)
    0.6667
    """
    counts = count_pairs(proxy_reward, ground_truth_reward)
    return np.asarray(counts.correct / counts.pairs)


def count_pairs(proxy_reward: object, ground_truth_reward: object) -> PairCounts:
    """The number of pairs of outputs of each kind, exact, at a cost of `outputs * log(outputs)`.

    **Arguments**

    - `proxy_reward`, `ground_truth_reward`: real numbers of shape `(*batch, outputs)`; only their order matters.

    **Raises** `InvalidInputError` for NaN, infinity, fewer than two outputs or unequal shapes.

    **Example**

    >>> import theory
    >>> counts = theory.count_pairs([0.1, 0.2, 0.3], [0.5, 0.9, 0.7])
    >>> int(counts.concordant), int(counts.discordant)
    (2, 1)
    """
    proxy, truth = as_reward("proxy_reward", proxy_reward), as_reward("ground_truth_reward", ground_truth_reward)
    check_outputs("proxy_reward", proxy)
    check_same_shape([("proxy_reward", proxy), ("ground_truth_reward", truth)])
    check_finite("proxy_reward", proxy)
    check_finite("ground_truth_reward", truth)
    batch_shape, outputs = proxy.shape[:-1], proxy.shape[-1]
    proxy, truth = proxy.reshape(-1, outputs), truth.reshape(-1, outputs)

    # Ascending in truth, and in proxy where truth ties, so that no tie in truth looks like an inversion.
    order = np.lexsort((proxy, truth), axis=-1)
    truth_sorted = np.take_along_axis(truth, order, axis=-1)
    proxy_along_truth = np.take_along_axis(proxy, order, axis=-1)
    new_truth = truth_sorted[:, 1:] != truth_sorted[:, :-1]
    new_both = new_truth | (proxy_along_truth[:, 1:] != proxy_along_truth[:, :-1])
    ascending = np.argsort(proxy_along_truth, axis=-1, kind="stable")
    proxy_sorted = np.take_along_axis(proxy_along_truth, ascending, axis=-1)
    position = np.empty_like(ascending)
    np.put_along_axis(position, ascending, np.broadcast_to(np.arange(outputs), ascending.shape), axis=-1)

    pairs = np.full(len(proxy), outputs * (outputs - 1) // 2, dtype=np.int64)
    tied_in_truth = _pairs_within_runs(new_truth)
    tied_in_both = _pairs_within_runs(new_both)
    tied_in_proxy = _pairs_within_runs(proxy_sorted[:, 1:] != proxy_sorted[:, :-1])
    discordant = _count_inversions(position)
    concordant = pairs - tied_in_truth - tied_in_proxy + tied_in_both - discordant
    counts = (pairs, concordant, discordant, tied_in_both, tied_in_proxy, tied_in_truth)
    return PairCounts(*(count.reshape(batch_shape) for count in counts))


def _pairs_within_runs(starts: np.ndarray) -> np.ndarray:
    """The number of pairs that lie in the same run; `starts` says which entries after the first begin a run."""
    places = np.arange(1, starts.shape[-1] + 1)
    run_start = np.maximum.accumulate(np.where(starts, places, 0), axis=-1)
    return np.asarray(np.sum(places - run_start, axis=-1, dtype=np.int64))


def _count_inversions(permutations: np.ndarray) -> np.ndarray:
    """The number of inversions of each row, a permutation of `0 .. length - 1`.

    From the highest bit down, every row is stably partitioned so that numbers of equal higher bits stay together: as
    a row is a permutation, such a group starts at the place that equals its smallest member. Inside a group, a
    number whose bit is 0 forms one inversion with each earlier number whose bit is 1; deeper bits settle the rest.
    """
    values = permutations.astype(np.int64)
    length = values.shape[-1]
    places = np.arange(length, dtype=np.int64)
    inversions = np.zeros(len(values), dtype=np.int64)
    for bit in reversed(range((length - 1).bit_length())):
        low = (values >> bit) & 1 == 0
        group_start = (values >> (bit + 1)) << (bit + 1)
        low_before = np.cumsum(low, axis=-1) - low
        low_before -= np.take_along_axis(low_before, group_start, axis=-1)
        high_before = places - group_start - low_before
        inversions += np.sum(np.where(low, high_before, 0), axis=-1)
        target = group_start + np.where(low, low_before, (1 << bit) + high_before)
        partitioned = np.empty_like(values)
        np.put_along_axis(partitioned, target, values, axis=-1)
        values = partitioned
    return inversions
