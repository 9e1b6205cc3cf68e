"""Best-of-N (Proposition 1): against all tuples, simulation, fifty-digit arithmetic, and its two limits."""

from __future__ import annotations

import itertools

import jax
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.errors import InvalidInputError
from theory.tabular.best_of_n import best_of_n_policy, best_of_n_reward, check_best_of_n

seeds = st.integers(0, 2**32 - 1)


def random_problem(random, outputs, *, levels=None):
    policy = random.dirichlet(np.ones(outputs))
    truth = random.uniform(-1, 1, outputs)
    proxy = random.uniform(-1, 1, outputs) if levels is None else random.integers(0, levels, outputs) / levels
    return policy, proxy, truth


# The formula is that of any real power; a person who asks for two and a half samples has made a mistake.
in_jit = jax.jit(best_of_n_reward)


def of_any_power(policy, proxy, truth, samples):
    return in_jit(policy, proxy, truth, np.full(policy.shape[:-1], float(samples)))


def reward_by_all_tuples(policy, proxy, truth, samples):
    total = 0.0
    for drawn in itertools.product(range(len(policy)), repeat=samples):
        highest = max(proxy[k] for k in drawn)
        winners = [truth[k] for k in drawn if proxy[k] == highest]  # a repeated output counts each time
        total += np.prod(policy[list(drawn)]) * np.mean(winners)
    return total


def policy_in_fifty_digits(policy, proxy, samples):
    with mpmath.workdps(50):
        chances = [mpmath.mpf(float(p)) for p in policy]
        whole = mpmath.fsum(chances)
        kept = []
        for k, chance in enumerate(chances):
            below = mpmath.fsum(c for c, r in zip(chances, proxy, strict=True) if r < proxy[k]) / whole
            level = mpmath.fsum(c for c, r in zip(chances, proxy, strict=True) if r == proxy[k]) / whole
            above = mpmath.fsum(c for c, r in zip(chances, proxy, strict=True) if r > proxy[k]) / whole
            wins = (1 - above) ** mpmath.mpf(samples) - (below**samples if below else 0)
            kept.append(wins * chance / whole / level)
        return kept


@pytest.mark.parametrize(("outputs", "samples"), [(2, 1), (2, 6), (3, 4), (4, 3), (5, 4), (6, 2)])
@pytest.mark.parametrize("levels", [None, 2, 3])
def test_against_all_tuples(outputs, samples, levels):
    random = np.random.default_rng([outputs, samples, levels or 0])
    policy, proxy, truth = random_problem(random, outputs, levels=levels)
    assert float(best_of_n_reward(policy, proxy, truth, samples)) == pytest.approx(
        reward_by_all_tuples(policy, proxy, truth, samples), abs=1e-14
    )


@pytest.mark.parametrize("samples", [3, 16])
def test_against_simulation(samples):
    random = np.random.default_rng(samples)
    policy, proxy, truth = random_problem(random, 8, levels=4)
    drawn = random.choice(8, p=policy, size=(100_000, samples))
    # Ties broken by an independent random number for each sample.
    kept = np.argmax(proxy[drawn] + 1e-3 * random.random(drawn.shape), axis=1)
    rewards = truth[drawn[np.arange(len(drawn)), kept]]
    error = rewards.std() / len(rewards) ** 0.5
    assert abs(best_of_n_reward(policy, proxy, truth, samples) - rewards.mean()) < 5 * error


@given(seeds, st.sampled_from([1.0, 2.0, 7.0, 1e3, 1e6, 1e9]))
def test_every_probability_is_accurate_in_itself(seed, samples):
    random = np.random.default_rng(seed)
    logits = random.uniform(-30, 0, 9)
    policy = np.exp(logits) / np.exp(logits).sum()
    proxy = random.integers(0, 6, 9) / 6
    expected = policy_in_fifty_digits(policy, proxy, samples)
    found = np.asarray(best_of_n_policy(policy, proxy, samples))
    for chance, exact in zip(found, expected, strict=True):
        # F^N is only known as well as N ln F: an exponent of size e costs e rounding errors.
        exponent = abs(float(mpmath.log(exact))) if exact > 0 else np.inf
        if exponent < 700:
            assert abs(chance - exact) <= 1e-14 * (1 + exponent) * exact
        else:
            assert chance < 1e-290
    assert found.sum() == pytest.approx(1, abs=1e-14)


@given(seeds, st.sampled_from([None, 3]))
def test_one_sample_is_the_policy(seed, levels):
    policy, proxy, truth = random_problem(np.random.default_rng(seed), 7, levels=levels)
    np.testing.assert_allclose(best_of_n_policy(policy, proxy, 1), policy, rtol=1e-14)
    assert float(best_of_n_reward(policy, proxy, truth, 1.0)) == pytest.approx(policy @ truth, abs=1e-15)


@given(seeds, st.sampled_from([None, 3]))
def test_many_samples_give_the_highest_level(seed, levels):
    policy, proxy, truth = random_problem(np.random.default_rng(seed), 7, levels=levels)
    highest = proxy == proxy.max()
    samples = np.ceil(40 / policy[highest].sum())
    conditional = policy[highest] @ truth[highest] / policy[highest].sum()
    assert float(of_any_power(policy, proxy, truth, samples)) == pytest.approx(conditional, abs=1e-14)


@given(seeds, st.sampled_from([1.0, 2.0, 3.5, 10.0, 1e4, 1e9]))
def test_proposition_1(seed, samples):
    random = np.random.default_rng(seed)
    policy = random.dirichlet(np.full(6, 0.5), size=64) + 1e-15
    truth = random.integers(-3, 4, (64, 6)) / 3
    proxy = np.where(random.random((64, 1)) < 0.5, random.uniform(-1, 1, (64, 6)), random.integers(0, 3, (64, 6)) / 3)
    best = of_any_power(policy, truth, truth, samples)
    assert (of_any_power(policy, proxy, truth, samples) <= best + 1e-14).all()
    increasing = np.arctan(3 * truth) / 2
    np.testing.assert_allclose(of_any_power(policy, increasing, truth, samples), best, atol=1e-14)


def test_the_worst_reward_model_refutes_the_reversed_claim():
    policy, truth = np.array([0.2, 0.3, 0.5]), np.array([1.0, 0.0, -1.0])
    assert best_of_n_reward(policy, -truth, truth, 4) < best_of_n_reward(policy, truth, truth, 4) - 1


def test_breaking_the_ties_of_the_ground_truth_costs_nothing():
    policy, truth = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.5, 0.5, -0.5, -0.5])
    refined = np.array([0.2, 0.1, -0.2, -0.1])
    assert float(best_of_n_reward(policy, refined, truth, 5)) == pytest.approx(
        float(best_of_n_reward(policy, truth, truth, 5)), abs=1e-15
    )


def test_batches_under_jit():
    random = np.random.default_rng(5)
    policy = random.dirichlet(np.ones(5), size=(3, 4))
    proxy, truth = random.integers(0, 3, (2, 3, 4, 5)) / 3
    samples = random.integers(1, 50, (3, 4))
    together = jax.jit(best_of_n_reward)(policy, proxy, truth, samples)
    assert together.shape == (3, 4)
    for k in np.ndindex(3, 4):
        assert float(together[k]) == pytest.approx(
            float(best_of_n_reward(policy[k], proxy[k], truth[k], int(samples[k]))), abs=1e-14
        )


def test_no_undefined_operation_on_the_way():
    with jax.debug_nans(True):
        kept = best_of_n_policy(np.array([0.25, 0.25, 0.5]), np.zeros(3), 1e9)
    np.testing.assert_allclose(kept, [0.25, 0.25, 0.5])


GOOD = {
    "probabilities": [0.5, 0.5],
    "proxy_reward": [0.0, 1.0],
    "ground_truth_reward": [0.0, 1.0],
    "samples": 2,
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": 0.5}, "samples: got 0.5"),
        ({"samples": 2.5}, r"samples: got 2\.5.*whole"),
        ({"samples": np.inf}, "samples: got inf"),
        ({"samples": [1, 2]}, "samples: got shape"),
        ({"probabilities": [0.5, 0.6]}, "a sum of 1.1"),
        ({"probabilities": [0.0, 1.0]}, "probabilities: got 0"),
        ({"proxy_reward": [0.0, 1.5]}, "proxy_reward: got 1.5"),
        ({"ground_truth_reward": [0.0, np.nan]}, "ground_truth_reward: got nan"),
        ({"proxy_reward": [0.0, 1.0, 0.0]}, "proxy_reward: got shape"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InvalidInputError, match=message):
        check_best_of_n(**(GOOD | change))


def test_good_input_passes():
    checked = check_best_of_n(**GOOD)
    assert best_of_n_reward(*checked) == 0.75
