"""Reward models over features of prompts and outputs: linear ones, and perceptrons of one layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Float

from theory.arrays import AnyArray
from theory.policies.policy import Parameters


@runtime_checkable
class RewardModel(Protocol):
    """A function of prompt and output with parameters to be learnt: a pytree description."""

    def initial_parameters(self, key: jax.Array) -> Parameters:
        """Random parameters."""

    def rewards(self, parameters: Parameters) -> Float[AnyArray, "prompts outputs"]:
        """The reward of every output of every prompt."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class LinearRewardModel:
    """`r(x, y) = features[x, y] . w`, starting at zero.

    **Fields**: `features`, shape `(prompts, outputs, dimension)`. **Parameters**: `w`, shape `(dimension,)`.
    """

    features: Float[AnyArray, "prompts outputs dimension"]

    def initial_parameters(self, key: jax.Array) -> jax.Array:
        """Zeros: the likelihood is concave, so that nothing depends on the start but how long it takes."""
        return jnp.zeros(self.features.shape[-1:])

    def rewards(self, parameters: AnyArray) -> Float[AnyArray, "prompts outputs"]:
        """The features times the parameters."""
        return jnp.asarray(self.features) @ parameters


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class PerceptronRewardModel:
    """`r(x, y) = v . tanh(W features[x, y] + b)`.

    **Fields**: `features`, shape `(prompts, outputs, dimension)`; `width`, the number of hidden units.
    **Parameters**: a dictionary of arrays.
    """

    features: Float[AnyArray, "prompts outputs dimension"]
    width: int = field(default=16, metadata={"static": True})

    def initial_parameters(self, key: jax.Array) -> Parameters:
        """Normal weights of variance one over the number of inputs, no biases."""
        first, second = jax.random.split(key)
        dimension = self.features.shape[-1]
        return {
            "hidden": jax.random.normal(first, (dimension, self.width)) / dimension**0.5,
            "bias": jnp.zeros(self.width),
            "output": jax.random.normal(second, (self.width,)) / self.width**0.5,
        }

    def rewards(self, parameters: Parameters) -> Float[AnyArray, "prompts outputs"]:
        """The network's output."""
        hidden = jnp.tanh(jnp.asarray(self.features) @ parameters["hidden"] + parameters["bias"][None, None, :])
        return hidden @ parameters["output"]
