"""A multilayer perceptron on an embedding of the prompt and the prefix."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Float

from theory.arguments.precision import double_precision
from theory.arrays import AnyArray
from theory.policies.contexts import Contexts
from theory.policies.policy import Parameters


@jax.tree_util.register_static
@dataclass(frozen=True)
class MultilayerPerceptronPolicy:
    """Sums an embedding of the prompt and one of each `(position, token)` of the prefix; then `layers` tanh layers.

    **Fields**: `prompts`, `vocabulary`, `length`; `width` of embeddings and layers; `layers`; `scale`, a factor on the
    standard deviation of random initial weights.

    **Parameters**: a dictionary of arrays.
    """

    prompts: int
    vocabulary: int
    length: int
    width: int = 16
    layers: int = 2
    scale: float = 1.0

    def initial_parameters(self, key: jax.Array) -> Parameters:
        """Normal weights of variance `scale^2` over the number of inputs; no biases at first."""
        keys = jax.random.split(key, self.layers + 3)
        spread = self.scale / self.width**0.5
        return {
            "prompt": self.scale * jax.random.normal(keys[0], (self.prompts, self.width)),
            "token": self.scale * jax.random.normal(keys[1], (self.length, self.vocabulary + 1, self.width)),
            "hidden": [spread * jax.random.normal(k, (self.width, self.width)) for k in keys[3:]],
            "bias": [jnp.zeros(self.width) for _ in range(self.layers)],
            "output": spread * jax.random.normal(keys[2], (self.width, self.vocabulary)),
            "output_bias": jnp.zeros(self.vocabulary),
        }

    @double_precision()
    def context_logits(self, parameters: Parameters, contexts: Contexts) -> Float[AnyArray, "contexts vocabulary"]:
        """The network's output."""
        tokens = jnp.asarray(contexts.token)[contexts.chain]
        positions = jnp.arange(self.length)
        embedded = parameters["token"][positions[None, :], tokens]
        hidden = jnp.sum(jnp.where(contexts.in_chain[..., None], embedded, 0.0), axis=1)
        hidden = hidden + parameters["prompt"][contexts.prompt]
        for weights, bias in zip(parameters["hidden"], parameters["bias"], strict=True):
            hidden = jnp.tanh(hidden @ weights + bias[None, :])
        return hidden @ parameters["output"] + parameters["output_bias"][None, :]
