from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.llm.decoder.forward import last_logits
from sims.llm.one_token.operator_norms import fisher_norm, squared_jacobian_norm
from sims.llm.one_token.score_norms import largest_score_norms
from theory.errors import InvalidInputError
from theory.parameter_space.spectral_estimate import SpectralEstimate

from .conftest import Case


def encloses(estimate: SpectralEstimate, truth: float, tolerance: float = 0.01) -> bool:
    """Whether the bounds hold and are as close as was asked for; float32 products may be off by a part in 1e5."""
    lower, upper = float(estimate.lower), float(estimate.upper)
    return lower <= truth * (1 + 1e-5) and truth * (1 - 1e-5) <= upper <= (1 + tolerance) * lower


def test_fisher_norm_of_one_prompt_and_of_their_mean(case: Case) -> None:
    rows = np.sqrt(case.policy)[:, :, None] * case.scores
    together = rows.reshape(-1, rows.shape[-1]) / 3**0.5
    mean = float(np.linalg.norm(together @ together.T, 2))
    assert encloses(fisher_norm(case.parameters, case.config, case.batch, jax.random.key(0)), mean)
    for prompt in range(3):
        alone = jax.tree.map(lambda leaf, k=prompt: leaf[k : k + 1], case.batch)
        truth = float(np.linalg.norm(rows[prompt] @ rows[prompt].T, 2))
        assert encloses(fisher_norm(case.parameters, case.config, alone, jax.random.key(prompt)), truth)


@pytest.mark.parametrize("centred", [False, True])
def test_jacobian_norm_of_logits(case: Case, centred: bool) -> None:
    alone = jax.tree.map(lambda leaf: leaf[:1], case.batch)
    found = jax.jacrev(lambda theta: last_logits(theta, case.config, *alone)[0])(case.parameters)
    flat = [np.asarray(leaf, np.float64).reshape(case.config.vocabulary_size, -1) for leaf in jax.tree.leaves(found)]
    jacobian = np.concatenate(flat, axis=1)
    jacobian -= centred * jacobian.mean(axis=0)
    gram = jacobian @ jacobian.T
    estimate = squared_jacobian_norm(case.parameters, case.config, alone, jax.random.key(1), centred=centred)
    assert encloses(estimate, float(np.linalg.norm(gram, 2)))
    if centred:
        # The contrast norm of S6: it is what the centred norm stands in for.
        lengths = np.diag(gram)
        contrast = np.max(lengths[:, None] + lengths - 2 * gram) / 2
        assert contrast <= float(estimate.upper)


@pytest.mark.parametrize("seed", range(5))
def test_no_score_is_longer_than_its_bound(case: Case, seed: int) -> None:
    longest = np.linalg.norm(case.scores, axis=-1).max(axis=-1)
    found = largest_score_norms(case.parameters, case.config, case.batch, seed=seed)
    assert (longest <= found.upper).all()
    # Neither is the bound idle: it is the estimate times a factor that 32 directions cost.
    assert (found.upper < 3.3 * found.estimate).all()
    assert (found.estimate < 2 * longest).all()


def test_more_directions_bring_the_bound_closer(case: Case) -> None:
    few, many = (
        largest_score_norms(case.parameters, case.config, case.batch, seed=0, directions=count).upper
        for count in (16, 128)
    )
    assert (many < few).all()


def test_refuses_no_directions_and_certainty(case: Case) -> None:
    with pytest.raises(InvalidInputError, match="directions"):
        largest_score_norms(case.parameters, case.config, case.batch, seed=0, directions=0)
    with pytest.raises(InvalidInputError, match="failure_probability"):
        largest_score_norms(case.parameters, case.config, case.batch, seed=0, failure_probability=0.0)
