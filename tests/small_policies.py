"""One small policy of each kind, and forward passes in plain NumPy that know nothing of a tree of prefixes."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.parameter_space.problem import PolicyProblem, make_policy_problem
from theory.policies import (
    LogLinearPolicy,
    MultilayerPerceptronPolicy,
    TabularPerPrefixPolicy,
    TransformerPolicy,
    log_linear_policy,
)

KINDS = ("tabular", "log-linear", "perceptron", "transformer")


def small_policy(kind: str, *, prompts: int = 2, vocabulary: int = 3, length: int = 2, seed: int = 0) -> Any:
    """A policy of that kind with few parameters."""
    if kind == "tabular":
        return TabularPerPrefixPolicy(prompts, vocabulary, length)
    if kind == "log-linear":
        prefixes = sum(vocabulary**depth for depth in range(length))
        features = np.random.default_rng(seed).normal(size=(prompts, prefixes, vocabulary, 4))
        return log_linear_policy(features, length=length)
    if kind == "perceptron":
        return MultilayerPerceptronPolicy(prompts, vocabulary, length, width=5)
    return TransformerPolicy(prompts, vocabulary, length, width=4, heads=2, blocks=1)


def random_parameters(policy: Any, seed: int = 0, scale: float = 1.0) -> Any:
    """Independent normal numbers in the places of the policy's own initial parameters; compiles nothing."""
    rng = np.random.default_rng(seed)
    shapes = jax.eval_shape(policy.initial_parameters, jax.random.key(0))
    return jax.tree.map(lambda leaf: jnp.asarray(scale * rng.normal(size=leaf.shape)), shapes)


@cache
def small_problem(kind: str, *, seed: int = 0, kl_coefficient: float = 0.0, **sizes: int) -> PolicyProblem:
    """A random problem; with KL, the reference is another policy than the one at the parameters."""
    policy = small_policy(kind, seed=seed, **sizes)
    rng = np.random.default_rng(seed)
    shape = (policy.prompts, policy.vocabulary**policy.length)
    reference = np.log(rng.dirichlet(np.ones(shape[1]), shape[0])) if kl_coefficient else None
    return make_policy_problem(
        policy,
        random_parameters(policy, seed),
        proxy_reward=rng.uniform(-1, 1, shape),
        ground_truth_reward=rng.uniform(-1, 1, shape),
        kl_coefficient=kl_coefficient,
        log_reference=reference,
    )


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """By the textbook formula."""
    return logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max()


def plain_logits(policy: Any, parameters: Any, prompt: int, tokens: tuple[int, ...]) -> np.ndarray:
    """The logits of one sequence at each of its positions, shape `(length, vocabulary)`."""
    parameters = jax.tree.map(np.asarray, parameters)
    if isinstance(policy, TabularPerPrefixPolicy | LogLinearPolicy):
        table = parameters if isinstance(policy, TabularPerPrefixPolicy) else np.asarray(policy.features) @ parameters
        return np.stack([table[prompt, prefix_place(tokens[:k], policy.vocabulary)] for k in range(len(tokens))])
    inputs = [0, *(1 + token for token in tokens[:-1])]
    forward = _perceptron if isinstance(policy, MultilayerPerceptronPolicy) else _transformer
    return forward(policy, parameters, prompt, inputs)


def prefix_place(prefix: tuple[int, ...], vocabulary: int) -> int:
    """How many prefixes come before, shorter ones first."""
    number = sum(token * vocabulary**power for power, token in enumerate(reversed(prefix)))
    return sum(vocabulary**depth for depth in range(len(prefix))) + number


def _perceptron(policy: Any, parameters: Any, prompt: int, inputs: list[int]) -> np.ndarray:
    rows = []
    for last in range(len(inputs)):
        hidden = parameters["prompt"][prompt].copy()
        for position, token in enumerate(inputs[: last + 1]):
            hidden += parameters["token"][position][token]
        for layer in range(policy.layers):
            hidden = np.tanh(parameters["hidden"][layer].T @ hidden + parameters["bias"][layer])
        rows.append(parameters["output"].T @ hidden + parameters["output_bias"])
    return np.stack(rows)


def _transformer(policy: Any, parameters: Any, prompt: int, inputs: list[int]) -> np.ndarray:
    def normalised(rows: np.ndarray) -> np.ndarray:
        return np.stack([row / math.sqrt(np.mean(row**2) + 1e-6) for row in rows])

    def gelu(x: np.ndarray) -> np.ndarray:
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    width, count = policy.width, len(inputs)
    size = width // policy.heads
    hidden = parameters["prompt"][prompt] + parameters["token"][inputs] + parameters["position"][:count]
    for block in range(policy.blocks):
        query, key, value = np.split(normalised(hidden) @ parameters["attention"][block], 3, axis=1)
        attended = np.zeros_like(hidden)
        for head in range(policy.heads):
            part = slice(head * size, (head + 1) * size)
            for row in range(count):
                scores = key[: row + 1, part] @ query[row, part] / math.sqrt(size)
                attended[row, part] = np.exp(log_softmax(scores)) @ value[: row + 1, part]
        hidden = hidden + attended @ parameters["projection"][block]
        hidden = hidden + gelu(normalised(hidden) @ parameters["expand"][block]) @ parameters["contract"][block]
    return normalised(hidden) @ parameters["output"]


def flattened(tree: Any, axes: int = 0) -> np.ndarray:
    """All leaves side by side as one array, keeping the first `axes` axes."""
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]
    return np.concatenate([leaf.reshape(*leaf.shape[:axes], -1) for leaf in leaves], axis=-1)
