"""Products without held scores are those of explicit ones, and the theory's estimates of them are exact on average."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from sims.llm.decoder.parameters import count_parameters
from sims.llm.sequences import gram_products as module
from sims.llm.sequences.gram_products import gram_products, held_scores, inner_products
from theory.estimators.scores.fisher_norm import fisher_norm_from_below, sample_fisher_norm
from theory.estimators.scores.mean_reward_variance import reward_variances
from theory.estimators.scores.squared_gradient_norm import squared_gradient_norm

from .conftest import Listed

ALL = range(25)


@pytest.fixture(scope="module")
def gram(listed: Listed) -> np.ndarray:
    return gram_products(listed.parameters, listed.config, listed.batch, ALL, ALL)


def test_products_are_those_of_explicit_gradients(listed: Listed, gram: np.ndarray) -> None:
    explicit = listed.scores @ listed.scores.T
    np.testing.assert_allclose(gram, explicit, atol=2e-5 * explicit.max())
    assert listed.scores.shape == (25, count_parameters(listed.parameters))
    # The score has mean zero: nothing of a completion is left out, and nothing else is in it.
    assert np.abs(listed.probabilities @ gram).max() < 1e-4 * gram.max()


def test_blocks_are_parts_of_the_whole(listed: Listed, gram: np.ndarray) -> None:
    for rows, columns in ((range(3, 6), range(3, 10)), (range(1), range(25)), (range(20, 25), range(22, 25))):
        found = gram_products(listed.parameters, listed.config, listed.batch, rows, columns)
        np.testing.assert_allclose(found, gram[rows][:, columns], rtol=1e-5, atol=1e-6 * gram.max())


def test_memory_tells_how_many_are_held(listed: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 4 * count_parameters(listed.parameters)
    for memory, held in ((size - 1, 1), (size, 1), (3 * size, 3)):
        monkeypatch.setattr(module, "HELD_BYTES", memory)
        assert held_scores(listed.parameters) == held


def test_long_rows_are_summed_in_double_precision() -> None:
    random = np.random.default_rng(0)
    first, second = (random.normal(size=(k, 300_000)).astype(np.float32) for k in (2, 3))
    exact = first.astype(np.float64) @ second.T.astype(np.float64)
    np.testing.assert_allclose(inner_products(first, second), exact, atol=1e-6 * 300_000**0.5 * 30)


def mean_over_samples(listed: Listed, draws: int, statistic: Callable[[list[int]], float]) -> float:
    """The exact expectation of a symmetric statistic over samples of completions, given by their numbers."""
    total = 0.0
    for sample in itertools.combinations_with_replacement(ALL, draws):
        orders = math.factorial(draws) // math.prod(math.factorial(count) for count in Counter(sample).values())
        total += orders * math.prod(listed.probabilities[list(sample)].tolist()) * statistic(list(sample))
    return total


def part(gram: np.ndarray, sample: list[int]) -> np.ndarray:
    return gram[sample][:, sample][None, :, None, :]


def test_estimates_are_exact_on_average_over_all_samples(listed: Listed, gram: np.ndarray) -> None:
    def squared(sample: list[int]) -> float:
        return squared_gradient_norm(listed.rewards[sample][None], part(gram, sample))

    assert mean_over_samples(listed, 4, squared) == pytest.approx(listed.squared_gradient, rel=2e-4)
    spread = mean_over_samples(listed, 2, lambda sample: float(reward_variances(listed.rewards[sample][None])[0]))
    assert spread == pytest.approx(listed.variance, rel=1e-6)


def test_the_plug_in_estimate_is_found_out(listed: Listed, gram: np.ndarray) -> None:
    """A control: the squared length of the mean of advantage times score is no estimate of the squared gradient."""

    def plug_in(sample: list[int]) -> float:
        advantages = (listed.rewards[sample] - listed.rewards[sample].mean()) / (len(sample) - 1)
        return float(advantages @ gram[sample][:, sample] @ advantages)

    assert mean_over_samples(listed, 3, plug_in) > 1.5 * listed.squared_gradient


def test_sampled_fisher_norms_enclose_the_exact_one(listed: Listed, gram: np.ndarray) -> None:
    above = [mean_over_samples(listed, n, lambda sample: sample_fisher_norm(part(gram, sample))) for n in (1, 2, 3)]
    assert above == sorted(above, reverse=True)
    assert above[-1] > listed.fisher_norm

    def below(first: list[int]) -> float:
        # Linear in the second half: its mean needs one completion at a time.
        found = [fisher_norm_from_below(part(gram, [*first, k, k])).estimate for k in ALL]
        return float(listed.probabilities @ found)

    assert 0 < mean_over_samples(listed, 2, below) < listed.fisher_norm
