"""The gradient of a step: in blocks and in one pass, against differences and enumeration; and Adam's step."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sims.llm import DecoderConfig, DecoderParameters, RotaryEmbedding, last_logits, random_parameters
from sims.llm.training.group_advantages import group_advantages
from sims.llm.training.placement import placement
from sims.llm.training.rollout import Rollout, Sampler
from sims.llm.training.settings import TrainingSettings
from sims.llm.training.trained_parameters import LowRank, Trainable, initial_trainable, policy_parameters
from sims.llm.training.update import ascend, initial_state, policy_gradient, surrogate
from tests.small_training import SMALL, small_model

ROWS = replace(SMALL, prompts_per_step=2, group=3, rows_at_once=6)
PROMPTS = [[2, 40, 7], [50, 51]]
WEIGHTS = np.array([0.5, -0.2, -0.3, 0.1, 0.7, -0.8])


def away_from_start(frozen: DecoderParameters, settings: TrainingSettings, seed: int = 0) -> Trainable:
    """What is trained, changed at random, so that no gradient is zero."""
    random = np.random.default_rng(seed)
    return jax.tree.map(
        lambda leaf: leaf + jnp.asarray(0.05 * random.normal(size=leaf.shape).astype(np.float32)),
        initial_trainable(frozen, settings),
    )


@cache
def drawn() -> tuple[Rollout, int]:
    sampler = Sampler(small_model(), PROMPTS, SMALL.max_tokens, placement())
    return sampler.draw(small_model().parameters, [0, 1], 3, seed=1, first_number=0), sampler.prompt_length


def gradient(trained: str, **changes: Any) -> Trainable:
    settings = replace(ROWS, **(changes | {"trained": trained}))
    model, (rollout, length) = small_model(), drawn()
    return policy_gradient(
        away_from_start(model.parameters, settings),
        model.parameters,
        model.config,
        rollout,
        WEIGHTS,
        prompt_length=length,
        settings=settings,
        placement=placement(),
    )


def assert_close(found: Trainable, wanted: Trainable, relative: float) -> None:
    for left, right in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(left, right, atol=relative * float(jnp.abs(right).max()))


@pytest.mark.parametrize(("trained", "rows_at_once"), [("lora", 1), ("lora", 3), ("all", 2)])
def test_blocks_add_up_to_one_pass(trained, rows_at_once):
    assert_close(gradient(trained, rows_at_once=rows_at_once), gradient(trained), 1e-5)


def test_more_rows_at_once_than_there_are_is_one_pass():
    whole, more = gradient("lora"), gradient("lora", rows_at_once=64)
    assert all(map(np.array_equal, jax.tree.leaves(more), jax.tree.leaves(whole)))


@pytest.mark.parametrize("trained", ["lora", "all"])
def test_what_is_saved_does_not_matter(trained):
    assert_close(gradient(trained, saved="layers"), gradient(trained, saved="products"), 1e-5)


@pytest.mark.parametrize("trained", ["lora", "all"])
def test_the_gradient_is_that_of_differences(trained):
    """In a few coordinates, and in the direction of the gradient itself; the surrogate is computed in float32."""
    model, (rollout, length) = small_model(), drawn()
    start, found = away_from_start(model.parameters, replace(ROWS, trained=trained)), gradient(trained)
    flat, restored = jax.flatten_util.ravel_pytree(start)
    slope, _ = jax.flatten_util.ravel_pytree(found)

    @jax.jit
    def value(at: jax.Array) -> jax.Array:
        rows = (jnp.asarray(rollout.token_ids), jnp.asarray(rollout.kept), jnp.asarray(WEIGHTS, jnp.float32))
        trainable = restored(at)
        return surrogate(trainable, model.parameters, *rows, config=model.config, first=length, saved="products")

    def difference(direction: jax.Array, step: float) -> float:
        sides = [float(value(flat + sign * jnp.float32(step) * direction)) for sign in (1.0, -1.0)]
        return (sides[0] - sides[1]) / (2 * step)

    largest = np.argsort(-np.abs(np.asarray(slope)))
    for place in largest[:4]:
        unit = jnp.zeros_like(flat).at[int(place)].set(1.0)
        assert difference(unit, 1e-2) == pytest.approx(float(slope[place]), rel=2e-2)
    norm = float(jnp.linalg.norm(slope))
    assert difference(slope / norm, 1e-2) == pytest.approx(norm, rel=5e-3)


FEW = DecoderConfig(
    layers=1,
    embedding_size=8,
    feed_forward_size=8,
    query_heads=2,
    key_value_heads=1,
    head_size=4,
    vocabulary_size=3,
    context_length=16,
    rotary=RotaryEmbedding(10_000.0, 4),
    norm_epsilon=1e-5,
)
"""A policy whose completions of one token are three: all groups of two prompts are 81."""

FEW_PROMPTS = np.array([[0, 2], [1, 1]], np.int32)
FEW_REWARDS = np.array([[0.3, -1.0, 2.0], [1.0, 0.0, 0.5]])
COEFFICIENT = 0.4


@pytest.mark.parametrize("trained", ["lora", "all"])
def test_the_estimate_is_on_average_the_gradient_of_the_objective(trained):
    """RLOO over all groups that there are, with the KL penalty in the reward (paper, Eq (1) and Section 2.2)."""
    settings = replace(SMALL, trained=trained, prompts_per_step=2, group=2, rows_at_once=2, max_tokens=1)
    frozen = jax.tree.map(lambda leaf: 3 * leaf, random_parameters(FEW, seed=1))
    start = away_from_start(frozen, settings, seed=2)
    kept = jnp.ones((2, 2), bool)

    def log_policy(trainable: Trainable) -> jax.Array:
        policy = policy_parameters(frozen, trainable)
        return jax.nn.log_softmax(last_logits(policy, FEW, jnp.asarray(FEW_PROMPTS), kept), axis=-1)

    reference = log_policy(initial_trainable(frozen, settings))

    @jax.jit
    def objective(trainable: Trainable) -> jax.Array:
        found = log_policy(trainable)
        reward = jnp.asarray(FEW_REWARDS, jnp.float32) - COEFFICIENT * (found - reference)
        return jnp.mean(jnp.sum(jnp.exp(found) * reward, axis=1))

    wanted = jax.grad(objective)(start)
    logs = np.asarray(log_policy(start), np.float64)
    rewards = FEW_REWARDS - COEFFICIENT * (logs - np.asarray(reference, np.float64))
    total = jax.tree.map(jnp.zeros_like, start)
    chance = 0.0
    for tokens in itertools.product(range(3), repeat=4):
        drawn_tokens = np.array(tokens).reshape(2, 2)
        weights = group_advantages(np.take_along_axis(rewards, drawn_tokens, axis=1), "rloo")
        ids = np.concatenate([np.repeat(FEW_PROMPTS, 2, axis=0), drawn_tokens.reshape(4, 1)], axis=1).astype(np.int32)
        rollout = Rollout(ids, np.ones((4, 3), bool), np.ones(4, np.int32), np.zeros(4, np.float32), ("",) * 4)
        probability = float(np.exp(np.take_along_axis(logs, drawn_tokens, axis=1).sum()))
        estimate = policy_gradient(
            start,
            frozen,
            FEW,
            rollout,
            weights.ravel(),
            prompt_length=2,
            settings=settings,
            placement=placement(),
        )
        total = jax.tree.map(lambda sum_, part, p=probability: sum_ + p * part, total, estimate)
        chance += probability
    assert chance == pytest.approx(1, abs=1e-5)
    assert float(optax.tree.norm(wanted)) > 0.05
    scale = max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(wanted))
    for found, expected in zip(jax.tree.leaves(total), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-5 * scale)


def test_steps_are_those_of_adam():
    """Against optax itself and against the formulas of Kingma and Ba 2015, Algorithm 1, upwards."""
    random = np.random.default_rng(4)

    def drawn_like(shape: tuple[int, ...]) -> jax.Array:
        return jnp.asarray(random.normal(size=shape).astype(np.float32))

    start: dict[str, LowRank] = {"query": LowRank(drawn_like((2, 3, 4)), drawn_like((2, 5, 3)))}
    slopes = [jax.tree.map(lambda leaf: drawn_like(leaf.shape), start) for _ in range(3)]
    state, rates = initial_state(jax.tree.map(jnp.copy, start)), (0.1, 0.05, 0.1)
    theirs = jax.tree.map(jnp.copy, start)
    by_hand = [np.asarray(leaf, np.float64) for leaf in start["query"]]
    moments = optax.adam(1.0).init(theirs)
    first, second = ([np.zeros_like(leaf) for leaf in by_hand] for _ in range(2))
    for count, (slope, rate) in enumerate(zip(slopes, rates, strict=True), 1):
        state, length = ascend(state, slope, np.float32(rate))
        assert float(length) == pytest.approx(float(optax.tree.norm(slope)), rel=1e-6)
        changes, moments = optax.adam(rate).update(jax.tree.map(jnp.negative, slope), moments)
        theirs = optax.apply_updates(theirs, changes)
        for place, value in enumerate(np.asarray(leaf, np.float64) for leaf in slope["query"]):
            first[place] = 0.9 * first[place] + 0.1 * value
            second[place] = 0.999 * second[place] + 0.001 * value**2
            means = first[place] / (1 - 0.9**count), second[place] / (1 - 0.999**count)
            by_hand[place] = by_hand[place] + rate * means[0] / (np.sqrt(means[1]) + 1e-8)
    assert isinstance(state.trainable, dict)
    for ours, optaxs, formula in zip(state.trainable["query"], theirs["query"], by_hand, strict=True):
        np.testing.assert_allclose(ours, optaxs, rtol=1e-6)
        np.testing.assert_allclose(ours, formula, rtol=2e-5)
