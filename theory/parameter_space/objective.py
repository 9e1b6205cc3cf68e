"""The objective of a policy in parameter space, its gradient, and how reward variance moves (paper, Section 2).

Functions of one `PolicyProblem`, exact by enumeration; a batch goes through `jax.vmap`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from theory.arguments.names import ARRAYS
from theory.arguments.number_rules import finite, log_distribution
from theory.arguments.object_rules import numeric_leaves
from theory.arguments.precision import double_precision
from theory.arguments.rules import Described, Shaped
from theory.arguments.shape_rules import rewards_of_problem
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.moments import advantage, expectation, variance
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import Parameters, output_log_probabilities, token_log_probabilities
from theory.tabular.policy import kl_regularized_reward

PerPrompt = Float[AnyArray, " prompts"]


@double_precision(log_policy=Shaped(log_distribution, rewards_of_problem))
def regularized_reward(problem: PolicyProblem, log_policy: AnyArray) -> Float[AnyArray, "prompts outputs"]:
    """`r_KL(x, y; theta)` (paper, Section 2); exactly `r_RM` where `lambda = 0`."""
    return kl_regularized_reward(
        log_policy,
        jnp.asarray(problem.log_reference),
        jnp.asarray(problem.proxy_reward),
        jnp.broadcast_to(jnp.asarray(problem.kl_coefficient), log_policy.shape[:1]),
    )


@double_precision()
def prompt_objectives(problem: PolicyProblem, parameters: Parameters) -> PerPrompt:
    """`phi(theta; x)` of every prompt."""
    log_policy = output_log_probabilities(problem.policy, parameters)
    return expectation(jnp.exp(log_policy), regularized_reward(problem, log_policy))


@double_precision()
def objective_gradient(problem: PolicyProblem, parameters: Parameters) -> Parameters:
    """`grad phi(theta)`, the mean over the prompts (paper, Eq (1)): the velocity of gradient flow (Eq (4)).

    As `E[A grad ln pi]`: equal to differentiating the objective, since the score has mean zero, and free of the
    cancellation that the constant part of the reward brings. It may be differentiated again.
    """
    weights, pull_back = _weighted_score(problem, parameters)
    return pull_back(weights / weights.shape[0])[0]


@double_precision()
def prompt_gradients(problem: PolicyProblem, parameters: Parameters) -> Parameters:
    """`grad phi(theta; x)` for every prompt: the parameters' pytree with a first axis of prompts."""
    weights, pull_back = _weighted_score(problem, parameters)
    return jax.vmap(lambda own: pull_back(own[:, None] * weights)[0])(jnp.eye(weights.shape[0]))


def _weighted_score(problem: PolicyProblem, parameters: Parameters) -> tuple[jax.Array, Callable[..., Any]]:
    """`pi * A`, shape `(prompts, outputs)`, and what takes such weights to the weighted sum of `grad ln pi`."""
    log_policy, pull_back = jax.vjp(lambda theta: output_log_probabilities(problem.policy, theta), parameters)
    policy = jnp.exp(log_policy)
    return policy * advantage(policy, regularized_reward(problem, log_policy)), pull_back


@double_precision(reward=Shaped(finite, rewards_of_problem))
def expected_reward(problem: PolicyProblem, parameters: Parameters, reward: AnyArray) -> PerPrompt:
    """`E_{y ~ pi(.|x)}[reward]` for every prompt; `reward` of shape `(prompts, outputs)`."""
    return expectation(jnp.exp(output_log_probabilities(problem.policy, parameters)), jnp.asarray(reward))


@double_precision()
def regularized_variance(problem: PolicyProblem, parameters: Parameters) -> PerPrompt:
    """`Var_{pi(.|x)}[r_KL]` for every prompt."""
    log_policy = output_log_probabilities(problem.policy, parameters)
    return variance(jnp.exp(log_policy), regularized_reward(problem, log_policy))


class VarianceMotion(NamedTuple):
    """**Fields**: `variance`, the mean of `Var[r_KL]` over the prompts; `rate`, its derivative along the flow."""

    variance: jax.Array
    rate: jax.Array


@double_precision()
def variance_motion(problem: PolicyProblem, parameters: Parameters, velocity: Parameters) -> VarianceMotion:
    """`E_x Var[r_KL]` and its time derivative when the parameters move with `velocity` (paper, Lemma 5)."""
    return VarianceMotion(
        *jax.jvp(lambda theta: jnp.mean(regularized_variance(problem, theta)), (parameters,), (velocity,))
    )


@double_precision()
def martingale_variance(problem: PolicyProblem, parameters: Parameters) -> Float[AnyArray, "prompts length"]:
    """`E Var_{v ~ pi(.|x, y_{<l})}[Q_l]` with `Q_l = E[r_KL | y_{<=l}]`, for every prompt and position `l` (ours).

    `Q_l` is a Doob martingale, so these add up to `Var[r_KL]`; computed level by level, without that identity.
    """
    by_length = token_log_probabilities(problem.policy, parameters)
    log_policy = output_log_probabilities(problem.policy, parameters)
    prompts = log_policy.shape[0]
    # Centred first: the mean would cost the digits of a variance far below the reward.
    value = advantage(jnp.exp(log_policy), regularized_reward(problem, log_policy))
    log_prefix = [jnp.zeros((prompts, 1))]
    for logs in by_length[:-1]:
        log_prefix.append((log_prefix[-1][:, :, None] + logs).reshape(prompts, -1))
    parts = []
    for logs, prefix in zip(reversed(by_length), reversed(log_prefix), strict=True):
        following = value.reshape(logs.shape)
        parts.append(jnp.sum(jnp.exp(prefix) * variance(jnp.exp(logs), following), axis=-1))
        value = expectation(jnp.exp(logs), following)
    return jnp.stack(parts[::-1], axis=-1)


@double_precision(tree=ARRAYS)
def squared_norm(tree: Parameters) -> jax.Array:
    """The squared Euclidean norm over all leaves of a pytree."""
    return jnp.sum(jnp.stack([jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)]))


def _have_rows(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    numeric_leaves(argument, value, given)
    rows = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(value)}
    if len(rows) > 1 or () in rows:
        raise InvalidInputError(argument, f"first axes {sorted(rows)}", "Give arrays with one first axis of rows.")


@double_precision(tree=Described(_have_rows))
def squared_norms(tree: Parameters) -> Float[AnyArray, " rows"]:
    """The squared Euclidean norm for each entry of the leaves' first axis."""
    return jax.vmap(squared_norm)(tree)
