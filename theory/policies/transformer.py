"""A small causal transformer that computes each context once and attends along its chain."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Float

from theory.arguments.precision import double_precision
from theory.arrays import AnyArray
from theory.policies.contexts import Contexts
from theory.policies.policy import Parameters

_SMALLEST_VARIANCE = 1e-6


@jax.tree_util.register_static
@dataclass(frozen=True)
class TransformerPolicy:
    """Pre-normalised blocks of causal attention and a GELU layer, on embeddings of prompt, token and position.

    **Fields**: `prompts`, `vocabulary`, `length`; `width`, `heads` (a divisor of the width), `blocks`; `scale`, a
    factor on the standard deviation of random initial weights.

    **Parameters**: a dictionary of arrays; those of the blocks are stacked along a first axis.
    """

    prompts: int
    vocabulary: int
    length: int
    width: int = 8
    heads: int = 2
    blocks: int = 2
    scale: float = 1.0

    def initial_parameters(self, key: jax.Array) -> Parameters:
        """Normal weights of variance `scale^2` over the number of inputs."""
        width, blocks = self.width, self.blocks
        keys = iter(jax.random.split(key, 8))

        def normal(*shape: int, inputs: int = width) -> jax.Array:
            return self.scale / inputs**0.5 * jax.random.normal(next(keys), shape)

        return {
            "prompt": normal(self.prompts, width, inputs=1),
            "token": normal(self.vocabulary + 1, width, inputs=1),
            "position": normal(self.length, width, inputs=1),
            "attention": normal(blocks, width, 3 * width),
            "projection": normal(blocks, width, width),
            "expand": normal(blocks, width, 4 * width),
            "contract": normal(blocks, 4 * width, width, inputs=4 * width),
            "output": normal(width, self.vocabulary),
        }

    @double_precision()
    def context_logits(self, parameters: Parameters, contexts: Contexts) -> Float[AnyArray, "contexts vocabulary"]:
        """The network's output."""
        hidden = (
            parameters["prompt"][contexts.prompt]
            + parameters["token"][contexts.token]
            + parameters["position"][contexts.depth]
        )
        visible = contexts.in_chain[:, None, :]
        for block in range(self.blocks):
            mixed = _normalised(hidden) @ parameters["attention"][block]
            query, key, value = (
                part.reshape(-1, self.heads, self.width // self.heads) for part in jnp.split(mixed, 3, axis=-1)
            )
            scores = jnp.einsum("nhd,nlhd->nhl", query, key[contexts.chain]) / (self.width / self.heads) ** 0.5
            attention = jax.nn.softmax(jnp.where(visible, scores, -jnp.inf), axis=-1)
            attended = jnp.einsum("nhl,nlhd->nhd", attention, value[contexts.chain]).reshape(-1, self.width)
            hidden = hidden + attended @ parameters["projection"][block]
            expanded = jax.nn.gelu(_normalised(hidden) @ parameters["expand"][block])
            hidden = hidden + expanded @ parameters["contract"][block]
        return _normalised(hidden) @ parameters["output"]


def _normalised(hidden: AnyArray) -> AnyArray:
    return hidden * jax.lax.rsqrt(jnp.mean(hidden**2, axis=-1, keepdims=True) + _SMALLEST_VARIANCE)
