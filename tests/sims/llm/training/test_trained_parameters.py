"""Low-rank changes and all parameters: the policy at the start, the sum formed by hand, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import (
    LanguageModel,
    SamplingSettings,
    completion_log_probabilities,
    load_language_model,
    sample_completions,
)
from sims.llm.decoder.adapted import AdaptedMatrix
from sims.llm.decoder.parameters import DecoderParameters, LayerParameters
from sims.llm.sampling.log_probability import token_log_probabilities
from sims.llm.training.settings import TrainingSettings
from sims.llm.training.trained_parameters import (
    MATRICES,
    SCALE,
    LowRank,
    initial_trainable,
    policy_parameters,
    sampling_parameters,
)

ARCHITECTURES = ["llama-biases", "gpt_neox-tied", "qwen3-untied", "gemma2-tied"]
"""Among them one without a gate, with biases, with norms of heads and after each half, tied and not."""

IDS = jnp.array([[0, 0, 5, 17, 3, 9, 41, 8], [2, 30, 4, 4, 61, 7, 0, 0]], jnp.int32)
KEPT = jnp.array([[False] * 2 + [True] * 6, [True] * 6 + [False] * 2])
LORA = TrainingSettings(rank=3, seed=5)

score = jax.jit(token_log_probabilities, static_argnames=("config", "first"))


@pytest.fixture(params=ARCHITECTURES)
def model(checkpoint: Callable[[str], Path], request: pytest.FixtureRequest) -> LanguageModel:
    return load_language_model(checkpoint(request.param))


def changed(frozen: DecoderParameters, seed: int = 0) -> dict[str, LowRank]:
    """Low-rank changes that are as large as what they change."""
    random = np.random.default_rng(seed)
    trainable = initial_trainable(frozen, LORA)
    assert isinstance(trainable, dict)
    return {
        name: LowRank(factors.down, jnp.asarray(random.normal(size=factors.up.shape).astype(np.float32) * 0.05))
        for name, factors in trainable.items()
    }


def merged(frozen: DecoderParameters, trainable: dict[str, LowRank]) -> DecoderParameters:
    """`frozen + SCALE up down`, layer by layer in NumPy and double precision."""
    assert isinstance(frozen.layers, LayerParameters)
    layers = frozen.layers._asdict()
    for name, factors in trainable.items():
        up, down = (np.asarray(part, np.float64) for part in (factors.up, factors.down))
        products = np.stack([up[layer] @ down[layer] for layer in range(len(up))])
        layers[name] = jnp.asarray((np.asarray(layers[name], np.float64) + SCALE * products).astype(np.float32))
    return frozen._replace(layers=LayerParameters(**layers))


def test_the_initial_policy_is_the_frozen_one_exactly(model: LanguageModel) -> None:
    plain = score(model.parameters, model.config, IDS, KEPT)
    for trained in ("lora", "all"):
        trainable = initial_trainable(model.parameters, TrainingSettings(trained=trained, rank=3))
        policy = policy_parameters(model.parameters, trainable)
        np.testing.assert_array_equal(score(policy, model.config, IDS, KEPT), plain)


def test_every_matrix_that_the_model_has_is_changed(model: LanguageModel) -> None:
    trainable = initial_trainable(model.parameters, LORA)
    assert isinstance(trainable, dict)
    assert set(trainable) == set(MATRICES) - (set() if model.config.gated else {"gate"})
    for name, factors in trainable.items():
        layers, outputs, inputs = getattr(model.parameters.layers, name).shape
        assert (factors.down.shape, factors.up.shape) == ((layers, 3, inputs), (layers, outputs, 3))
        assert float(factors.down.std()) == pytest.approx(inputs**-0.5, rel=0.35)
    downs = [np.asarray(factors.down).ravel()[:8] for factors in trainable.values()]
    assert len({tuple(values) for values in downs}) == len(downs), "each matrix has random numbers of its own"


def test_the_sum_formed_by_hand_is_the_same_policy(model: LanguageModel) -> None:
    frozen = model.parameters
    trainable = changed(frozen)
    by_hand = score(merged(frozen, trainable), model.config, IDS, KEPT)
    assert float(jnp.abs(by_hand - score(frozen, model.config, IDS, KEPT)).max()) > 0.05
    found = score(policy_parameters(frozen, trainable), model.config, IDS, KEPT)
    np.testing.assert_allclose(found, by_hand, atol=2e-5)


@pytest.mark.parametrize("name", ["llama-biases", "gpt_neox-tied"])
def test_the_gradient_is_that_of_the_sum_by_the_chain_rule(checkpoint: Callable[[str], Path], name: str) -> None:
    model = load_language_model(checkpoint(name))
    frozen, trainable = model.parameters, changed(model.parameters)
    weights = jnp.asarray(np.random.default_rng(1).normal(size=IDS.shape).astype(np.float32))

    @jax.jit
    def of_parameters(parameters: DecoderParameters) -> jax.Array:
        return jnp.sum(weights * token_log_probabilities(parameters, model.config, IDS, KEPT))

    full = jax.grad(of_parameters)(merged(frozen, trainable)).layers
    found = jax.grad(lambda factors: of_parameters(policy_parameters(frozen, factors)))(trainable)
    for matrix, factors in trainable.items():
        slope = np.asarray(getattr(full, matrix), np.float64)
        down = SCALE * np.einsum("lor,loi->lri", factors.up, slope)
        up = SCALE * np.einsum("loi,lri->lor", slope, factors.down)
        scale = max(np.abs(down).max(), np.abs(up).max())
        np.testing.assert_allclose(found[matrix].down, down, atol=2e-4 * scale)
        np.testing.assert_allclose(found[matrix].up, up, atol=2e-4 * scale)


@pytest.mark.parametrize("name", ["llama-biases", "gpt_neox-tied"])
def test_what_is_drawn_has_the_log_probabilities_of_the_sum(checkpoint: Callable[[str], Path], name: str) -> None:
    model = load_language_model(checkpoint(name))
    trainable = changed(model.parameters)
    apart: Any = sampling_parameters(model.parameters, trainable)
    assert isinstance(apart.layers, tuple)
    assert isinstance(apart.layers[0].query, AdaptedMatrix)
    prompts = [[5, 17, 3], [11]]
    policy = model._replace(parameters=policy_parameters(model.parameters, trainable))
    drawn = sample_completions(policy, prompts, 3, SamplingSettings(6, stop_tokens=(4,)), devices=jax.devices()[:1])
    by_hand = model._replace(parameters=merged(model.parameters, trainable))
    every = [(prompt, completion) for prompt, row in zip(prompts, drawn, strict=True) for completion in row]
    expected = completion_log_probabilities(by_hand, [p for p, _ in every], [c.tokens for _, c in every])
    for (_, completion), values in zip(every, expected, strict=True):
        np.testing.assert_allclose(completion.log_probabilities, values, atol=3e-5)


def test_the_policy_has_the_precision_of_the_frozen_one(checkpoint: Callable[[str], Path]) -> None:
    model = load_language_model(checkpoint("llama-tied"), dtype="bfloat16")
    for trained in ("lora", "all"):
        trainable = initial_trainable(model.parameters, TrainingSettings(trained=trained, rank=2))
        assert {leaf.dtype.name for leaf in jax.tree.leaves(trainable)} == {"float32"}
        policy = policy_parameters(model.parameters, trainable)
        assert {leaf.dtype.name for leaf in jax.tree.leaves(policy)} == {"bfloat16"}
        plain = score(model.parameters, model.config, IDS, KEPT)
        np.testing.assert_array_equal(score(policy, model.config, IDS, KEPT), plain)
