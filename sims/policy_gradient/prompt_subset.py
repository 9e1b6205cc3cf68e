"""A policy restricted to some of its prompts, so that a minibatch costs no more than itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
from jaxtyping import Float, Int

from theory.arrays import AnyArray
from theory.policies.contexts import Contexts
from theory.policies.policy import Parameters, Policy


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class PromptSubset:
    """The policy `whole` at the prompts numbered `numbers`, in that order, with the same parameters.

    **Fields**: `whole`, a policy; `numbers`, shape `(chosen,)`, which may be traced and may repeat.
    """

    whole: Policy
    numbers: Int[AnyArray, " chosen"]

    @property
    def prompts(self) -> int:
        """How many prompts were chosen."""
        return int(self.numbers.shape[0])

    @property
    def vocabulary(self) -> int:
        """`V`."""
        return self.whole.vocabulary

    @property
    def length(self) -> int:
        """`L`."""
        return self.whole.length

    def initial_parameters(self, key: jax.Array) -> Parameters:
        """Those of the whole policy."""
        return self.whole.initial_parameters(key)

    def context_logits(self, parameters: Parameters, contexts: Contexts) -> Float[AnyArray, "contexts vocabulary"]:
        """The logits of the whole policy at the chosen prompts' contexts."""
        chosen = jnp.asarray(self.numbers)[jnp.asarray(contexts.prompt)]
        return self.whole.context_logits(parameters, replace(contexts, prompt=chosen))
