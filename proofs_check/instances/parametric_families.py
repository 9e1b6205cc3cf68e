"""Families of random problems in parameter space: policies of every kind, rewards of every shape, shared prompts."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from scipy.special import log_softmax

from proofs_check.instances.chunks import in_chunks
from proofs_check.instances.draws import log_uniform
from proofs_check.instances.tabular_families import random_rewards
from theory.arrays import AnyArray
from theory.compilation import compiled_for_one_run
from theory.parameter_space.problem import PolicyProblem
from theory.policies.contexts import prefix_count
from theory.policies.log_linear import LogLinearPolicy
from theory.policies.multilayer_perceptron import MultilayerPerceptronPolicy
from theory.policies.policy import Policy, output_log_probabilities, outputs
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy
from theory.policies.transformer import TransformerPolicy


class PolicyFamily(NamedTuple):
    """A batch of problems of one kind of policy.

    **Fields**: `name`; `problem` (batch shape `(count,)`); `prompt` and `increase` (`(count,)`): whose ground-truth
    reward is watched, and the `gamma` it is to rise by.
    """

    name: str
    problem: PolicyProblem
    prompt: np.ndarray
    increase: np.ndarray


KINDS: dict[str, Policy] = {
    "table": TabularPerPrefixPolicy(prompts=2, vocabulary=2, length=4),
    "log-linear": LogLinearPolicy(np.zeros((2, prefix_count(3, 2), 3, 4)), length=2),
    "log-linear, one token": LogLinearPolicy(np.zeros((3, 1, 5, 3)), length=1),
    "perceptron": MultilayerPerceptronPolicy(prompts=2, vocabulary=3, length=2, width=6),
    "transformer": TransformerPolicy(prompts=2, vocabulary=3, length=3, width=4, heads=2, blocks=2),
}
"""Kinds of policies by name, each small enough to be enumerated thousands of times; features are drawn anew."""

QUICK_KINDS: dict[str, Policy] = {
    "table": KINDS["table"],
    "log-linear": KINDS["log-linear"],
    "small transformer": TransformerPolicy(prompts=2, vocabulary=2, length=3, width=4, heads=2, blocks=1),
}
"""Fewer and smaller ones: a program for each kind has to be compiled, which outlasts a few thousand policies."""

LARGER_KINDS: dict[str, Policy] = KINDS | {
    "table": TabularPerPrefixPolicy(prompts=3, vocabulary=4, length=4),
    "perceptron": MultilayerPerceptronPolicy(prompts=3, vocabulary=4, length=3, width=16),
    "transformer": TransformerPolicy(prompts=3, vocabulary=4, length=4, width=8, heads=2, blocks=2),
}
"""The same kinds with up to 256 outputs and three prompts."""


def _features(rng: np.random.Generator, count: int, policy: LogLinearPolicy) -> np.ndarray:
    """Independent features; the same at every prefix and prompt; or with a shift that all tokens of a context share."""
    shape = (count, *policy.features.shape)
    independent = rng.standard_normal(shape)
    shared = np.broadcast_to(independent[:, :1, :1], shape)
    shifted = independent + 3 * rng.standard_normal((*shape[:3], 1, shape[4]))
    kind = rng.integers(0, 3, (count, 1, 1, 1, 1))
    size = log_uniform(rng, 0.1, 3.0, (count, 1, 1, 1, 1))
    return size * np.select([kind == 0, kind == 1], [independent, shared], shifted)


DRAWN_AT_ONCE = 128
"""Policies drawn by one compiled computation: families of any size share its compilation."""


@compiled_for_one_run()
def _initial_parameters(policy: Policy, seed: AnyArray | int) -> Any:
    # This generator compiles in a fraction of the default one's time.
    keys = jax.random.split(jax.random.key(seed, impl="rbg"), DRAWN_AT_ONCE)
    return jax.vmap(policy.initial_parameters)(keys)


def _policies(rng: np.random.Generator, count: int, policy: Policy) -> tuple[Policy, Any]:
    """A batch of policies (features included) and of parameters, from nearly uniform to nearly deterministic ones."""
    draws = [_initial_parameters(policy, int(rng.integers(2**31))) for _ in range(0, count, DRAWN_AT_ONCE)]
    parameters = jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *draws)
    size = log_uniform(rng, 0.05, 3.0, count)
    scaled = jax.tree.map(lambda leaf: np.asarray(leaf) * size.reshape(-1, *(1,) * (leaf.ndim - 1)), parameters)
    if isinstance(policy, LogLinearPolicy):
        policy = LogLinearPolicy(_features(rng, count, policy), policy.length)
    return policy, scaled


def _rewards(rng: np.random.Generator, count: int, policy: Policy) -> np.ndarray:
    """Rewards in [-1, 1]: any, near each other, one output against the rest, or a sum over positions."""
    prompts, number = policy.prompts, outputs(policy)
    any_reward = random_rewards(rng, count * prompts, number).reshape(count, prompts, number)
    single = np.where(np.arange(number) == rng.integers(0, number, (count, prompts, 1)), 1.0, -1.0)
    tokens = np.stack(np.unravel_index(np.arange(number), (policy.vocabulary,) * policy.length), axis=-1)
    of_token = rng.uniform(-1, 1, (count, prompts, policy.vocabulary))
    additive = of_token[..., tokens].mean(axis=-1)
    kind = rng.integers(0, 4, (count, 1, 1))
    return np.select([kind <= 1, kind == 2], [any_reward, single], additive)


@compiled_for_one_run()
def _log_probabilities(described: tuple[Policy, Any]) -> AnyArray:
    return jax.vmap(output_log_probabilities)(*described)


def policy_family(
    rng: np.random.Generator, count: int, name: str, policy: Policy, *, own_reference: bool
) -> PolicyFamily:
    """Random problems of one kind of policy; the KL coefficient is zero in half of them.

    **Arguments**

    - `own_reference`: whether the policy at the parameters is its own reference (for a flow that starts there), or the
      reference is another policy, near or far (for statements about any policy).
    """
    batched, parameters = _policies(rng, count, policy)
    own = in_chunks(_log_probabilities, (batched, parameters), count, DRAWN_AT_ONCE)
    proxy = _rewards(rng, count, policy)
    agreement = rng.random((count, 1, 1))
    truth = np.clip(
        agreement * proxy / np.abs(proxy).max(axis=-1, keepdims=True) + (1 - agreement) * _rewards(rng, count, policy),
        -1,
        1,
    )
    size = np.ptp(proxy, axis=(-2, -1)) + 1e-12
    coefficient = rng.integers(0, 2, count) * size * log_uniform(rng, 1e-4, 1.0, count)
    reference = own
    if not own_reference:
        noise = log_uniform(rng, 0.01, 3.0, (count, 1, 1)) * rng.standard_normal(own.shape)
        reference = log_softmax(np.maximum(own + noise, -30.0), axis=-1)
    prompt = rng.integers(0, policy.prompts, count)
    rows = np.arange(count)
    start = np.sum(np.exp(own[rows, prompt]) * truth[rows, prompt], axis=-1)
    room = np.maximum(truth[rows, prompt].max(axis=-1) - start, 1e-6)
    increase = room * log_uniform(rng, 1e-3, 0.9, count)
    problem = PolicyProblem(batched, parameters, reference, proxy, truth, coefficient)
    return PolicyFamily(name, problem, prompt, increase)
