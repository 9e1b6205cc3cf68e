"""Reward models trained on preferences by Bradley-Terry log-likelihood, all of them in one compiled program."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from sims.optimizer_rule import OPTIMIZER
from sims.reward_models.bradley_terry import bradley_terry_loss
from sims.reward_models.preference_pairs import PreferencePairs
from sims.reward_models.reward_model import RewardModel
from theory.arguments.checks import as_float64, check_nonnegative, check_whole
from theory.errors import InvalidInputError
from theory.policies.policy import Parameters


class TrainedRewardModels(NamedTuple):
    """**Fields**: `rewards` of every output, shape `(models, prompts, outputs)`; `loss`, the mean negative
    log-likelihood of a model's own pairs before every step and at the end, shape `(models, steps + 1)`; `parameters`,
    a pytree with a first axis of models."""

    rewards: Float[np.ndarray, "models prompts outputs"]
    loss: Float[np.ndarray, "models records"]
    parameters: Parameters


def train_reward_models(
    key: jax.Array,
    model: RewardModel,
    pairs: PreferencePairs,
    *,
    optimizer: optax.GradientTransformation,
    steps: int,
    weight_decay: float = 0.0,
) -> TrainedRewardModels:
    """One reward model for each row of `pairs`, from the same initial parameters, by full-batch steps.

    **Arguments**

    - `pairs`: as `sample_pairs` gives them, shape `(models, pairs)`.
    - `optimizer`: from optax, written for descent. A new object compiles anew.
    - `weight_decay`: a coefficient on half the squared norm of the parameters. Preferences that can be separated have
      no finite maximum of the likelihood: without it, rewards grow with the number of steps.

    **Raises** `InvalidInputError` for zero pairs or those of prompts and outputs that the model does not have, for what
    is no optimiser, or naming the first model that diverges:
    whose reward is no longer finite, or whose loss ends more than a hundredth above its start.

    >>> import jax, numpy as np, optax
    >>> from sims.reward_models import LinearRewardModel, PreferencePairs, train_reward_models
    >>> features = np.array([[[1.0, 0.0], [0.0, 1.0]]])  # one prompt, two outputs
    >>> pairs = PreferencePairs(*(np.array([[k]]) for k in (0, 1, 0)), on_policy=np.array([[True]]))
    >>> found = train_reward_models(
    ...     jax.random.key(0), LinearRewardModel(features), pairs, optimizer=optax.sgd(0.5), steps=10
    ... )
    >>> found.loss.shape, bool(found.rewards[0, 0, 1] > found.rewards[0, 0, 0])
    ((1, 11), True)
    """
    OPTIMIZER.check("optimizer", optimizer, {})
    check_whole("steps", steps, least=1)
    decay = as_float64("weight_decay", weight_decay)
    check_nonnegative("weight_decay", decay)
    if decay.ndim:
        raise InvalidInputError("weight_decay", f"shape {decay.shape}", "Give one number.")
    if np.ndim(pairs.prompt) != 2 or not np.size(pairs.prompt):
        raise InvalidInputError("pairs", f"shape {np.shape(pairs.prompt)}", "Give at least one pair for every model.")
    _check_pairs(model, pairs, key)
    start = jax.tree.map(lambda leaf: jnp.asarray(leaf, float), model.initial_parameters(key))
    parameters, rewards, loss = jax.tree.map(
        np.asarray, _train(optimizer, steps, model, start, pairs, jnp.asarray(weight_decay, float))
    )
    bad = ~np.isfinite(loss).all(axis=1) | ~np.isfinite(rewards).all(axis=(1, 2)) | (loss[:, -1] > 1.01 * loss[:, 0])
    if bad.any():
        worst = int(np.argmax(bad))
        raise InvalidInputError(
            "optimizer",
            f"reward model {worst} diverging: a loss of {loss[worst, 0]:.3g} became {loss[worst, -1]:.3g}",
            "Lower the learning rate.",
        )
    return TrainedRewardModels(rewards, loss, parameters)


def _check_pairs(model: RewardModel, pairs: PreferencePairs, key: jax.Array) -> None:
    # JAX reads the nearest entry for an index out of range, and another output's reward would answer.
    prompts, number = jax.eval_shape(lambda: model.rewards(model.initial_parameters(key))).shape
    for name, largest in (("prompt", prompts - 1), ("chosen", number - 1), ("rejected", number - 1)):
        index = np.asarray(getattr(pairs, name))
        if index.shape != np.shape(pairs.prompt) or index.dtype.kind not in "iu":
            raise InvalidInputError("pairs", f"{name} of shape {index.shape}", "Give pairs as sample_pairs does.")
        wrong = index[(index < 0) | (index > largest)]
        if wrong.size:
            raise InvalidInputError("pairs", f"{name} {int(wrong[0])}", f"The model has rewards for 0 to {largest}.")


@partial(jax.jit, static_argnums=(0, 1))
def _train(
    optimizer: optax.GradientTransformation,
    steps: int,
    model: RewardModel,
    start: Parameters,
    pairs: PreferencePairs,
    weight_decay: jax.Array,
) -> tuple[Parameters, jax.Array, jax.Array]:
    def one(pairs: PreferencePairs) -> tuple[Parameters, jax.Array, jax.Array]:
        def penalised(parameters: Parameters) -> tuple[jax.Array, jax.Array]:
            loss = jnp.asarray(bradley_terry_loss(model.rewards(parameters), pairs))
            return loss + weight_decay / 2 * optax.tree.norm(parameters, squared=True), loss

        def step(carry: tuple[Parameters, optax.OptState], _: None) -> tuple[tuple, jax.Array]:
            parameters, state = carry
            slope, loss = jax.grad(penalised, has_aux=True)(parameters)
            updates, state = optimizer.update(slope, state, parameters)
            return (optax.apply_updates(parameters, updates), state), loss

        (end, _), path = jax.lax.scan(step, (start, optimizer.init(start)), None, length=steps)
        rewards = jnp.asarray(model.rewards(end))
        return end, rewards, jnp.append(path, bradley_terry_loss(rewards, pairs))

    return jax.vmap(one)(pairs)
