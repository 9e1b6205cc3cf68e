"""The gradient of the surrogate objective, over as many passes as memory asks for, and Adam's step with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int32

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.forward import Saved
from sims.llm.decoder.parameters import DecoderParameters
from sims.llm.sampling.log_probability import token_log_probabilities

from .placement import Placement
from .rollout import Rollout
from .settings import TrainingSettings
from .trained_parameters import Trainable, policy_parameters


class TrainingState(NamedTuple):
    """What a step changes: what is trained, and Adam's moments of it."""

    trainable: Trainable
    optimizer: Any


def surrogate(
    trainable: Trainable,
    frozen: DecoderParameters,
    token_ids: Int32[Array, "rows length"],
    kept: Bool[Array, "rows length"],
    weights: Float[Array, " rows"],
    *,
    config: DecoderConfig,
    first: int,
    saved: Saved,
) -> Float[Array, ""]:
    """`sum_i w_i ln pi(y_i | x_i)`, whose gradient estimates that of the objective (paper, Section 2.2).

    **Arguments**: `weights`, the advantages over their number; `first`, the place of each completion's first token.
    """
    parameters = policy_parameters(frozen, trainable)
    found = token_log_probabilities(parameters, config, token_ids, kept, first=first, saved=saved)
    return jnp.sum(weights * jnp.sum(found, axis=1))


_gradient: Callable[..., Trainable] = partial(jax.jit, static_argnames=("config", "first", "saved"))(
    jax.grad(surrogate)
)


@partial(jax.jit, static_argnames=("config", "first", "saved"), donate_argnums=0)
def _add_gradient(total: Trainable, *arguments: Any, config: DecoderConfig, first: int, saved: Saved) -> Trainable:
    found = jax.grad(surrogate)(*arguments, config=config, first=first, saved=saved)
    return jax.tree.map(jnp.add, total, found)


def policy_gradient(
    trainable: Trainable,
    frozen: DecoderParameters,
    config: DecoderConfig,
    rollout: Rollout,
    weights: np.ndarray,
    *,
    prompt_length: int,
    settings: TrainingSettings,
    placement: Placement,
) -> Trainable:
    """The gradient of `surrogate` over all rows of a step, `settings.rows_at_once` at a time.

    **Returns** a pytree like what is trained. Memory is that of one pass, and a gradient more if there are several.
    """
    fixed: dict[str, Any] = {"config": config, "first": prompt_length, "saved": settings.saved}
    total: Trainable | None = None
    for start in range(0, settings.rows, settings.rows_at_once):
        block = slice(start, start + settings.rows_at_once)
        rows = [placement.rows(array[block]) for array in (rollout.token_ids, rollout.kept, weights.astype(np.float32))]
        if total is None:
            total = _gradient(trainable, frozen, *rows, **fixed)
        else:
            total = _add_gradient(total, trainable, frozen, *rows, **fixed)
    assert total is not None
    return total


def initial_state(trainable: Trainable) -> TrainingState:
    """Adam's moments at zero."""
    return TrainingState(trainable, optax.adam(1.0).init(trainable))


@partial(jax.jit, donate_argnums=0)
def ascend(state: TrainingState, gradient: Trainable, learning_rate: Float[Array, ""]) -> tuple[TrainingState, Array]:
    """One step of Adam upwards.

    **Returns** the state after it, and the gradient's length.
    """
    length = optax.tree.norm(gradient)
    downwards = jax.tree.map(jnp.negative, gradient)
    changes, optimizer = optax.adam(learning_rate).update(downwards, state.optimizer)
    return TrainingState(optax.apply_updates(state.trainable, changes), optimizer), length
