"""Best-of-N with the teachers of an experiment: order is all that counts."""

from __future__ import annotations

import numpy as np
import pytest

from sims.rlhf import TEACHERS, Setting, best_of_n_increases
from sims.rlhf.best_of_n import as_counts
from sims.rlhf.teachers import FLAT, TRUTH
from theory.errors import InvalidInputError

SETTING = Setting(prompts=100, batch_size=10)
COUNTS = (1, 2, 16)


def test_the_flat_model_chooses_like_the_truth_and_no_other_does_better() -> None:
    found = best_of_n_increases(SETTING, 0, COUNTS)
    gain = found.ground_truth_increase
    flat, truth = TEACHERS.index(FLAT), TEACHERS.index(TRUTH)
    np.testing.assert_allclose(gain[flat], gain[truth], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gain[:, 0], 0, atol=1e-12)
    assert (gain[:5, 1:] < gain[truth, 1:]).all()
    assert (np.diff(gain[truth]) > 0).all()


def test_the_divergence_is_at_most_what_it_would_be_without_ties() -> None:
    """`ln N - (N - 1) / N` (Beirami et al. 2024, Theorem 1) bounds the divergence for any finite set of outputs."""
    found = best_of_n_increases(SETTING, 1, COUNTS)
    counts = np.array(COUNTS)
    bound = np.log(counts) - (counts - 1) / counts
    assert (found.kl_divergence <= bound + 1e-12).all()
    assert (found.kl_divergence[:, 1:] > 0.3 * bound[1:]).all()


@pytest.mark.parametrize("counts", [(), (0, 2)])
def test_sample_sizes_are_at_least_one(counts: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInputError, match="counts"):
        best_of_n_increases(SETTING, 0, counts)


@pytest.mark.parametrize("number", [-1, 2**31])
def test_a_repetition_has_a_number(number: int) -> None:
    with pytest.raises(InvalidInputError, match="number"):
        best_of_n_increases(SETTING, number, (1,))


@pytest.mark.parametrize("counts", [[1, 2.5], [np.nan], [np.inf], 4, "two"])
def test_sample_sizes_are_whole(counts: object) -> None:
    with pytest.raises(InvalidInputError, match="counts"):
        as_counts(counts)
