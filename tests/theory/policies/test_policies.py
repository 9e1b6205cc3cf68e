"""Each kind of policy against a forward pass on whole sequences, written out again in NumPy without the tree."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import jax
import numpy as np
import pytest

from tests.small_policies import KINDS, flattened, log_softmax, plain_logits, random_parameters, small_policy
from theory.errors import InvalidInputError
from theory.policies import (
    LogLinearPolicy,
    MultilayerPerceptronPolicy,
    Policy,
    TabularPerPrefixPolicy,
    TransformerPolicy,
    log_linear_policy,
)
from theory.policies.policy import (
    output_log_probabilities,
    outputs,
    prefix_logits,
    sequence_log_probabilities,
    sequence_logits,
    token_log_probabilities,
)
from theory.tabular.policy import log_probabilities

LOG_PROBABILITIES = jax.jit(output_log_probabilities)
LOGITS = jax.jit(sequence_logits)


def all_sequences(policy):
    """Prompts and tokens of every output, prompt by prompt, alphabetically."""
    pairs = [(x, y) for x in range(policy.prompts) for y in product(range(policy.vocabulary), repeat=policy.length)]
    return np.array([x for x, _ in pairs]), np.array([y for _, y in pairs])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 3])
def test_probabilities_are_those_of_a_forward_pass_on_each_sequence(kind, length):
    policy = small_policy(kind, length=length)
    if isinstance(policy, TransformerPolicy):
        policy = replace(policy, blocks=2)
    assert isinstance(policy, Policy)
    parameters = random_parameters(policy, 1)
    found = np.asarray(LOG_PROBABILITIES(policy, parameters))
    prompts, tokens = all_sequences(policy)
    expected = []
    for prompt, sequence in zip(prompts, tokens, strict=True):
        logits = plain_logits(policy, parameters, prompt, tuple(int(k) for k in sequence))
        expected.append(sum(log_softmax(row)[token] for row, token in zip(logits, sequence, strict=True)))
    assert found.shape == (2, outputs(policy)) == (2, 3**length)
    np.testing.assert_allclose(found.reshape(-1), expected, atol=1e-12)
    np.testing.assert_allclose(np.exp(found).sum(axis=-1), 1.0, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_given_sequences_have_the_probabilities_of_the_enumerated_ones(kind):
    policy = small_policy(kind, length=3)
    parameters = random_parameters(policy, 2)
    prompts, tokens = all_sequences(policy)
    order = np.random.default_rng(0).permutation(len(prompts))
    scored = jax.jit(sequence_log_probabilities)(policy, parameters, prompts[order], tokens[order])
    enumerated = np.asarray(LOG_PROBABILITIES(policy, parameters)).reshape(-1)
    np.testing.assert_allclose(scored, enumerated[order], atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_logits_do_not_see_what_comes_later(kind):
    policy = small_policy(kind, length=3)
    parameters = random_parameters(policy, 3)
    tokens = np.array([[0, 1, 2], [0, 1, 0], [0, 2, 2], [1, 1, 2]])
    logits = np.asarray(LOGITS(policy, parameters, np.zeros(4, int), tokens))
    same = lambda one, other: np.abs(one - other).max() < 1e-14  # noqa: E731
    assert same(logits[0], logits[1])
    assert same(logits[0, :2], logits[2, :2])
    assert not same(logits[0, 2], logits[2, 2])
    assert same(logits[0, :1], logits[3, :1])
    assert not same(logits[0, 1], logits[3, 1])
    other = np.asarray(LOGITS(policy, parameters, np.ones(4, int), tokens))
    assert not same(logits[:, 0], other[:, 0])


def test_one_token_of_a_table_is_the_tabular_policy_of_the_paper():
    policy = TabularPerPrefixPolicy(prompts=3, vocabulary=5, length=1)
    table = np.asarray(random_parameters(policy))
    found = output_log_probabilities(policy, table)
    np.testing.assert_array_equal(found, log_probabilities(table[:, 0, :]))


def test_probabilities_of_tokens_come_level_by_level():
    policy = small_policy("transformer", length=3)
    parameters = random_parameters(policy, 4)
    levels = jax.jit(token_log_probabilities)(policy, parameters)
    assert [level.shape for level in levels] == [(2, 1, 3), (2, 3, 3), (2, 9, 3)]
    assert jax.eval_shape(prefix_logits, policy, parameters).shape == (2, 13, 3)
    for level in levels:
        np.testing.assert_allclose(np.exp(level).sum(axis=-1), 1.0, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_stacks_of_parameters_go_through_vmap(kind):
    policy = small_policy(kind)
    several = [random_parameters(policy, seed) for seed in range(3)]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    batch = jax.jit(jax.vmap(output_log_probabilities, in_axes=(None, 0)))(policy, stacked)
    for k in range(3):
        np.testing.assert_allclose(batch[k], LOG_PROBABILITIES(policy, several[k]), atol=1e-13)


@pytest.mark.parametrize("kind", ["perceptron", "transformer"])
def test_initial_parameters_are_random_and_in_proportion_to_their_scale(kind):
    half, whole = (replace(small_policy(kind), scale=scale) for scale in (0.5, 1.0))
    drawn, other = (flattened(whole.initial_parameters(jax.random.key(seed))) for seed in (0, 1))
    assert drawn.dtype == np.float64
    np.testing.assert_allclose(2 * flattened(half.initial_parameters(jax.random.key(0))), drawn, rtol=1e-14)
    weights = drawn != 0
    assert np.all(drawn[weights] != other[weights])
    assert 0.3 < np.std(drawn[weights]) < 1.6


MANY_FEATURES = np.zeros((2, 200_000))
LARGE = {
    "table": TabularPerPrefixPolicy(prompts=100, vocabulary=2000, length=1),
    "features": log_linear_policy(MANY_FEATURES),
    "features, unchecked": LogLinearPolicy(MANY_FEATURES[None, None]),
    "perceptron": MultilayerPerceptronPolicy(prompts=300, vocabulary=300, length=2, width=256),
    "transformer": TransformerPolicy(prompts=300, vocabulary=300, length=200, width=256),
}
INPUTS = {"hidden": 256, "output": 256, "attention": 256, "projection": 256, "expand": 256, "contract": 1024}
"""Of the layers whose weights are smaller the more they add up."""


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("scale", [None, 0.5])
def test_initial_weights_are_independent_normal_numbers_of_the_spread_that_is_documented(kind, scale):
    """Of `scale`, one if not given, over the root of the number of inputs; with so many, to less than a hundredth."""
    policy = LARGE[kind] if scale is None else replace(LARGE[kind], scale=scale)
    found = policy.initial_parameters(jax.random.key(7))
    leaves = jax.tree_util.tree_flatten_with_path(found)[0]
    weights = {}
    for path, leaf in leaves:
        name = str(path[0].key) if path else "table"
        if "bias" in name:
            assert not np.any(leaf)
            continue
        spread = (scale or 1.0) / np.sqrt(INPUTS.get(name, 1))
        weights[jax.tree_util.keystr(path)] = np.asarray(leaf).reshape(-1) / spread
    for name, numbers in weights.items():
        error = 1 / np.sqrt(len(numbers))
        assert len(numbers) > 50_000
        assert abs(np.mean(numbers)) < 4 * error, name
        assert abs(np.std(numbers) - 1) < 2 * error, name
        assert abs(np.mean(np.abs(numbers) < 1) - 0.6827) < 2 * error, name
    for one, other in combinations(weights.values(), 2):
        several = min(len(one), len(other))
        assert abs(np.mean(one[:several] * other[:several])) < 5 / np.sqrt(several)


def test_log_linear_features_of_one_token_may_leave_axes_out():
    features = np.random.default_rng(0).normal(size=(4, 3))
    for given in (features, features[None], features[None, None]):
        policy = log_linear_policy(given)
        assert (policy.prompts, policy.vocabulary, policy.length) == (1, 4, 1)
        np.testing.assert_allclose(prefix_logits(policy, np.ones(3))[0, 0], features.sum(axis=1))


@pytest.mark.parametrize(
    ("features", "length", "message"),
    [
        ([[1.0, np.nan], [0.0, 1.0]], 1, r"features: got nan at index \[0, 1\]"),
        ([1.0, 2.0], 1, r"features: got shape \(2,\)"),
        (np.ones((2, 3)), 2, r"features: got shape \(2, 3\).*prefixes"),
        (np.ones((1, 2, 3, 0)), 2, "features: got shape"),
        ([[1.0, 2.0]], 1, "a vocabulary of 1"),
        (np.ones((1, 3, 3, 2)), 2, "features: got 3 prefixes.*have 4 prefixes"),
        ([["a", "b"]], 1, "features: got"),
    ],
)
def test_bad_features_are_named(features, length, message):
    with pytest.raises(InvalidInputError, match=message):
        log_linear_policy(features, length=length)


def test_policies_too_large_to_enumerate_still_score_sequences():
    policy = TransformerPolicy(prompts=1, vocabulary=300, length=4)
    parameters = random_parameters(policy, 0)
    with pytest.raises(InvalidInputError, match=r"1 prompts x 300\^4 outputs.*sequence_log_probabilities"):
        output_log_probabilities(policy, parameters)
    tokens = np.array([[299, 0, 7, 299]])
    found = float(jax.jit(sequence_log_probabilities)(policy, parameters, np.array([0]), tokens)[0])
    logits = plain_logits(policy, parameters, 0, (299, 0, 7, 299))
    expected = sum(log_softmax(row)[token] for row, token in zip(logits, tokens[0], strict=True))
    assert found == pytest.approx(expected, abs=1e-12)


def test_sequences_of_another_length_are_refused():
    policy = small_policy("tabular")
    parameters = random_parameters(policy, 0)
    with pytest.raises(InvalidInputError, match=r"tokens: got 3 tokens\. Give 2 tokens"):
        sequence_log_probabilities(policy, parameters, np.zeros(1, int), np.zeros((1, 3), int))
