"""Ascent by gradients: the steps that every adversarial search takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import optax

LEARNING_RATE = 0.1


def ascend(objective: Callable[[Any], jax.Array], start: Any, *, steps: int) -> tuple[Any, jax.Array]:
    """Where Adam leads from `start` in `steps`, at a rate that falls to zero, and the objective there.

    **Arguments**: `objective`, a differentiable function of a pytree of arrays like `start`. Steps that are not numbers
    are left out.
    """
    optimizer = optax.chain(
        optax.zero_nans(), optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(LEARNING_RATE, steps))
    )
    gradient = jax.grad(lambda free: -objective(free))

    def step(carry: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], None]:
        free, state = carry
        updates, state = optimizer.update(gradient(free), state)
        return (optax.apply_updates(free, updates), state), None

    (free, _), _ = jax.lax.scan(step, (start, optimizer.init(start)), None, length=steps)
    return free, objective(free)
