"""What training changes: low-rank changes of every matrix, or all parameters."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float32, Key

from sims.llm.decoder.adapted import AdaptedMatrix
from sims.llm.decoder.layers import with_layers_apart
from sims.llm.decoder.parameters import DecoderParameters, LayerParameters

from .settings import TrainingSettings

MATRICES = ("query", "key", "value", "attention_output", "gate", "up", "down")
"""The fields of `LayerParameters` that low-rank changes are for; those that the model has."""

SCALE = 2.0
"""What the product of the two factors is multiplied by: alpha over rank (Hu et al. 2021, section 4.1)."""


class LowRank(NamedTuple):
    """The factors of the change of one matrix, for all layers, float32."""

    down: Float32[Array, "layers rank inputs"]
    up: Float32[Array, "layers outputs rank"]


Trainable = dict[str, LowRank] | DecoderParameters
"""What is trained, always float32: low-rank changes by the matrix that they are for, or all parameters."""


def initial_trainable(frozen: DecoderParameters, settings: TrainingSettings) -> Trainable:
    """What is trained before the first step: the policy is the initial one exactly.

    Factors `down` are normal with variance `1 / inputs`, factors `up` are zero.
    """
    if settings.trained == "all":
        return jax.tree.map(lambda leaf: jnp.array(leaf, jnp.float32), frozen)
    assert isinstance(frozen.layers, LayerParameters)
    key = jax.random.fold_in(jax.random.key(settings.seed), 1 << 30)
    return {
        name: _low_rank(jax.random.fold_in(key, number), matrix, settings.rank)
        for number, name in enumerate(MATRICES)
        if (matrix := getattr(frozen.layers, name)) is not None
    }


def _low_rank(key: Key[Array, ""], matrix: Array, rank: int) -> LowRank:
    layers, outputs, inputs = matrix.shape
    down = jax.random.normal(key, (layers, rank, inputs), jnp.float32) / inputs**0.5
    return LowRank(down, jnp.zeros((layers, outputs, rank), jnp.float32))


def policy_parameters(frozen: DecoderParameters, trainable: Trainable) -> DecoderParameters:
    """The parameters of the policy that is trained, in the precision of the frozen ones."""
    dtype = frozen.embedding.dtype
    if isinstance(trainable, DecoderParameters):
        return jax.tree.map(lambda leaf: leaf.astype(dtype), trainable)
    assert isinstance(frozen.layers, LayerParameters)
    changed: dict[str, Any] = {
        name: AdaptedMatrix(getattr(frozen.layers, name), change.down.astype(dtype), (SCALE * change.up).astype(dtype))
        for name, change in trainable.items()
    }
    return frozen._replace(layers=frozen.layers._replace(**changed))


def sampling_parameters(frozen: DecoderParameters, trainable: Trainable) -> DecoderParameters:
    """The same as decoding wants them: layers one by one on a single CPU, without a copy of what is frozen."""
    return with_layers_apart(policy_parameters(frozen, trainable))
