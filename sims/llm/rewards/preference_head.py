"""A reward model learnt from preferences: a linear head on the hidden states of the frozen initial model."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Float64
from scipy.optimize import minimize

from sims.llm.rewards.scored_texts import ScoredTexts
from sims.reward_models.bradley_terry import bradley_terry_loss
from sims.reward_models.preference_pairs import PreferencePairs
from sims.reward_models.reward_model import LinearRewardModel
from theory.arguments.checks import as_float64, check_finite
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

GRADIENT_TOLERANCE = 1e-7
"""The largest gradient that training may end with, in nats per unit of a weight of standardised features."""


@dataclass(frozen=True, eq=False)
class PreferenceHead:
    """`w . (features - mean) / deviation`, with `w` learnt by `train_preference_head`.

    **Fields**: `weights`, `mean` and `deviation`, float64 of shape `(features,)`; `loss`, the mean negative
    log-likelihood of the training pairs in nats (`ln 2` for a head that knows nothing).

    **Returns** when called: float64 of shape `(completions,)`.

    **Raises** when called: `InvalidInputError` for texts without features, of another number or that are not finite.

    >>> import numpy as np
    >>> from sims.llm import PreferenceHead, ScoredTexts
    >>> head = PreferenceHead(np.array([2.0]), np.array([1.0]), np.array([0.5]), loss=0.3)
    >>> head(ScoredTexts(("Say hello.",), ("Hello!",), np.array([[1.5]], np.float32))).tolist()
    [2.0]
    """

    weights: Float64[np.ndarray, " features"]
    mean: Float64[np.ndarray, " features"]
    deviation: Float64[np.ndarray, " features"]
    loss: float
    name: str = "preference head"
    needs_features: bool = field(default=True, init=False)

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion."""
        features = np.asarray(texts.check_features(len(self.weights)), np.float64)
        check_finite("features", features)
        return ((features - self.mean) / self.deviation) @ self.weights


def train_preference_head(
    chosen: Float[AnyArray, "pairs features"],
    rejected: Float[AnyArray, "pairs features"],
    *,
    weight_decay: float = 0.01,
    name: str = "preference head",
) -> PreferenceHead:
    """The head of the largest penalised likelihood: it minimises a strictly convex function, so there is one only.

    Features are standardised by their mean and standard deviation over both sides of all pairs; those that do not vary
    get weight zero. The minimum of `-mean ln sigmoid(r(chosen) - r(rejected)) + weight_decay / 2 |w|^2` is found by
    Newton steps within a trust region in float64, from zero: the same pairs give the same head.

    **Arguments**

    - `chosen`, `rejected`: features of the completions of each pair, as `pair_features` gives them.
    - `weight_decay`: positive. Preferences that can be separated have no finite maximum of the likelihood.

    **Raises** `InvalidInputError` for arrays that do not fit or are not finite, no pair at all, another weight decay,
    or if the minimum is not reached.

    **Source**: R. A. Bradley and M. E. Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 39, 1952.

    >>> import numpy as np
    >>> from sims.llm import train_preference_head
    >>> head = train_preference_head(np.array([[1.0, 3.0], [2.0, 3.0]]), np.array([[0.0, 3.0], [1.0, 3.0]]))
    >>> bool(head.weights[0] > 0), float(head.weights[1])
    (True, 0.0)
    """
    sides = [_features("chosen", chosen), _features("rejected", rejected)]
    if sides[0].shape != sides[1].shape:
        raise InvalidInputError("rejected", f"shape {sides[1].shape}", f"It must be that of chosen, {sides[0].shape}.")
    if not 0 < weight_decay < math.inf:
        raise InvalidInputError("weight_decay", weight_decay, "Give a positive number.")
    both = np.concatenate(sides)
    varies = np.ptp(both, axis=0) > 0
    mean, deviation = both.mean(axis=0), np.where(varies, both.std(axis=0), 1.0)
    standardised = np.where(varies, (np.stack(sides, axis=1) - mean) / deviation, 0.0)
    weights = _minimum(standardised, weight_decay)
    count = len(standardised)
    with jax.enable_x64(True):
        loss = float(bradley_terry_loss(standardised @ weights, _ordered_pairs(count)))
    return PreferenceHead(weights, mean, deviation, loss, name)


def _minimum(features: Float64[np.ndarray, "pairs sides features"], weight_decay: float) -> np.ndarray:
    with jax.enable_x64(True):
        given = (LinearRewardModel(jnp.asarray(features)), _ordered_pairs(len(features)), jnp.asarray(weight_decay))
        found = minimize(
            lambda weights: _numpy(_value_and_slope(jnp.asarray(weights), *given)),
            np.zeros(features.shape[-1]),
            jac=True,
            hess=lambda weights: _numpy(_curvature(jnp.asarray(weights), *given)),
            method="trust-exact",
            options={"gtol": GRADIENT_TOLERANCE / 10},
        )
    # The gradient alone says whether the minimum is reached: near it, rounding may end the search early.
    last = np.abs(found.jac).max()
    if not last <= GRADIENT_TOLERANCE:
        remedy = "The minimum was not reached: give a larger one."
        raise InvalidInputError("weight_decay", f"{weight_decay}, ending with a gradient of {last:.3g}", remedy)
    return np.asarray(found.x, np.float64)


def _objective(
    weights: jax.Array, model: LinearRewardModel, pairs: PreferencePairs, weight_decay: jax.Array
) -> jax.Array:
    likelihood = jnp.asarray(bradley_terry_loss(model.rewards(weights), pairs))
    return likelihood + weight_decay / 2 * jnp.sum(weights**2)


_value_and_slope = jax.jit(jax.value_and_grad(_objective))
_curvature = jax.jit(jax.hessian(_objective))


def _numpy(tree: Any) -> Any:
    return jax.tree.map(np.asarray, tree)


def _ordered_pairs(count: int) -> PreferencePairs:
    """Pairs of which each is a prompt of its own, with the chosen completion first."""
    zeros = np.zeros(count, int)
    return PreferencePairs(np.arange(count), zeros, zeros + 1, np.ones(count, bool))


def _features(argument: str, values: object) -> np.ndarray:
    features = as_float64(argument, values)
    if features.ndim != 2 or 0 in features.shape:
        raise InvalidInputError(argument, f"shape {features.shape}", "Give one row of features for each pair.")
    check_finite(argument, features)
    return features
