"""A table with one row of logits for every context: the autoregressive policy that can do anything (`J = 1`)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Float

from theory.arguments.precision import double_precision
from theory.arrays import AnyArray
from theory.policies.contexts import Contexts, prefix_count


@jax.tree_util.register_static
@dataclass(frozen=True)
class TabularPerPrefixPolicy:
    """`f_theta(x, y_{<l}) = theta[x, y_{<l}]`; with `length = 1` the paper's tabular policy (Eq (3)).

    **Fields**: `prompts`, `vocabulary`, `length`; `scale`, the standard deviation of random initial logits.

    **Parameters**: a table of shape `(prompts, prefixes, vocabulary)`.
    """

    prompts: int
    vocabulary: int
    length: int
    scale: float = 1.0

    def initial_parameters(self, key: jax.Array) -> jax.Array:
        """A table of independent normal logits."""
        prefixes = prefix_count(self.vocabulary, self.length)
        return self.scale * jax.random.normal(key, (self.prompts, prefixes, self.vocabulary))

    @double_precision()
    def context_logits(self, parameters: AnyArray, contexts: Contexts) -> Float[AnyArray, "contexts vocabulary"]:
        """The rows of the table."""
        return jnp.asarray(parameters)[contexts.prompt, contexts.prefix]
