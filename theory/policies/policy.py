"""The interface of a policy: logits at contexts, and from them the probabilities of outputs (paper, Eq (2))."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Protocol, TypeAlias, runtime_checkable

import jax
import jax.numpy as jnp
from jax.nn import log_softmax
from jaxtyping import Float, Int

from theory.arguments.precision import double_precision
from theory.arguments.rules import Indices
from theory.arguments.shape_rules import one_per_sequence, prompts_of, tokens_of, two_axes
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.policies.contexts import Contexts, contexts_of_sequences, enumerate_contexts, prefix_count

Parameters: TypeAlias = Any
"""A pytree of float arrays; `theta` of the paper."""


@runtime_checkable
class Policy(Protocol):
    """An autoregressive softmax policy `f_theta(x, y_{<l})` (paper, Eq (2)): a hashable or pytree description.

    **Attributes**: `prompts` (how many share the parameters), `vocabulary` (`V`), `length` (`L`).
    """

    @property
    def prompts(self) -> int:
        """How many prompts share the parameters."""

    @property
    def vocabulary(self) -> int:
        """`V`, the number of tokens."""

    @property
    def length(self) -> int:
        """`L`, the number of tokens of an output."""

    def initial_parameters(self, key: jax.Array) -> Parameters:
        """Random parameters, float64 where JAX's double precision is on."""

    def context_logits(self, parameters: Parameters, contexts: Contexts) -> Float[AnyArray, "contexts vocabulary"]:
        """The logits of the next token at each context."""


def outputs(policy: Policy) -> int:
    """`|Y| = V^L`."""
    return int(policy.vocabulary**policy.length)


@double_precision()
def prefix_logits(policy: Policy, parameters: Parameters) -> Float[AnyArray, "prompts prefixes vocabulary"]:
    """The logits at every context, prefixes ordered by length and then alphabetically.

    **Raises** `InvalidInputError` if there are too many contexts to hold in memory.
    """
    contexts = enumerate_contexts(policy.prompts, policy.vocabulary, policy.length)
    logits = policy.context_logits(parameters, contexts)
    return logits.reshape(policy.prompts, -1, policy.vocabulary)


@double_precision()
def token_log_probabilities(
    policy: Policy, parameters: Parameters
) -> tuple[Float[AnyArray, "prompts prefixes_of_one_length vocabulary"], ...]:
    """`ln pi(y_l | x, y_{<l})` of all prefixes of length 0, 1, ..., `length - 1`, an array for each length."""
    logs = log_softmax(prefix_logits(policy, parameters), axis=-1)
    starts = [prefix_count(policy.vocabulary, depth) for depth in range(policy.length + 1)]
    return tuple(logs[:, first:last] for first, last in pairwise(starts))


@double_precision()
def output_log_probabilities(policy: Policy, parameters: Parameters) -> Float[AnyArray, "prompts outputs"]:
    """`ln pi_theta(y | x)` of all `V^L` outputs in alphabetical order: the first token is the leading digit.

    **Raises** `InvalidInputError` if there are too many contexts to hold in memory.
    """
    total = jnp.zeros((policy.prompts, 1))
    for logs in token_log_probabilities(policy, parameters):
        total = (total[:, :, None] + logs).reshape(policy.prompts, -1)
    return total


@double_precision(prompt=Indices(prompts_of, one_per_sequence), tokens=Indices(tokens_of, two_axes))
def sequence_logits(
    policy: Policy,
    parameters: Parameters,
    prompt: Int[AnyArray, " sequences"],
    tokens: Int[AnyArray, "sequences length"],
) -> Float[AnyArray, "sequences length vocabulary"]:
    """The logits that given sequences meet at each of their positions, without enumerating any others.

    **Raises** `InvalidInputError` for sequences of another length than the policy's.
    """
    if tokens.shape[1] != policy.length:
        raise InvalidInputError("tokens", f"{tokens.shape[1]} tokens", f"Give {policy.length} tokens per sequence.")
    contexts = contexts_of_sequences(prompt, tokens, policy.vocabulary)
    return policy.context_logits(parameters, contexts).reshape(*tokens.shape, policy.vocabulary)


@double_precision(prompt=Indices(prompts_of, one_per_sequence), tokens=Indices(tokens_of, two_axes))
def sequence_log_probabilities(
    policy: Policy,
    parameters: Parameters,
    prompt: Int[AnyArray, " sequences"],
    tokens: Int[AnyArray, "sequences length"],
) -> Float[AnyArray, " sequences"]:
    """`ln pi_theta(y | x)` of given sequences; arguments and errors as `sequence_logits`."""
    logs = log_softmax(sequence_logits(policy, parameters, prompt, tokens), axis=-1)
    return jnp.take_along_axis(logs, jnp.asarray(tokens)[..., None], axis=-1)[..., 0].sum(axis=-1)
