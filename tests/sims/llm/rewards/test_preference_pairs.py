from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sims.llm import pair_features, preference_pairs
from theory.errors import InvalidInputError

LEVELS = st.sampled_from([0.0, 0.25, 1.0, np.nan])


@given(
    on=arrays(np.float64, (6, 3), elements=LEVELS),
    off=arrays(np.float64, (6, 4), elements=LEVELS),
    share=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    seed=st.integers(0, 100),
)
def test_one_pair_for_each_prompt_that_has_one_in_both_sources(on, off, share, seed):
    have = [p for p in range(6) if all(len(np.unique(row[~np.isnan(row)])) > 1 for row in (on[p], off[p]))]
    if not have:
        with pytest.raises(InvalidInputError, match="no prompt with a pair"):
            preference_pairs(on, off, on_policy_share=share, seed=seed)
        return
    pairs = preference_pairs(on, off, on_policy_share=share, seed=seed)
    assert pairs.prompt.tolist() == have
    assert pairs.on_policy.sum() == round(share * len(have))
    for prompt, chosen, rejected, own in zip(*pairs, strict=True):
        source = on if own else off
        assert source[prompt, chosen] > source[prompt, rejected]


def many() -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(0)
    return draws.random((40, 5)), draws.random((40, 6))


def test_pairs_of_larger_shares_contain_those_of_smaller_ones():
    on, off = many()
    found = [preference_pairs(on, off, on_policy_share=share, seed=3) for share in (0.0, 0.25, 0.75, 1.0)]
    for fewer, more in itertools.pairwise(found):
        assert (fewer.on_policy <= more.on_policy).all()
        same = fewer.on_policy == more.on_policy
        assert (fewer.chosen == more.chosen)[same].all()
        assert (fewer.rejected == more.rejected)[same].all()


def test_the_seed_draws():
    on, off = many()
    one, same, other = (preference_pairs(on, off, on_policy_share=0.5, seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one.chosen, other.chosen)


def test_pairs_are_drawn_uniformly_from_those_that_differ():
    on = np.tile([0.0, 0.0, 1.0, 2.0], (6000, 1))
    pairs = preference_pairs(on, on, on_policy_share=1.0, seed=0)
    drawn, counts = np.unique(pairs.chosen * 4 + pairs.rejected, return_counts=True)
    assert drawn.tolist() == [8, 9, 12, 13, 14]
    assert (np.abs(counts - 1200) < 5 * np.sqrt(1200)).all()


def test_what_does_not_fit_is_refused():
    on, off = many()
    for wrong, name in (
        ((on, off[:3]), "off_policy"),
        ((on[0], off), "on_policy"),
        ((np.full((40, 5), np.inf), off), "on_policy"),
    ):
        with pytest.raises((InvalidInputError, TypeError), match=name):
            preference_pairs(*wrong, on_policy_share=0.5, seed=0)
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidInputError, match="on_policy_share"):
            preference_pairs(on, off, on_policy_share=share, seed=0)
    with pytest.raises(InvalidInputError, match="seed"):
        preference_pairs(on, off, on_policy_share=0.5, seed=-1)


def test_features_come_from_the_source_of_the_pair():
    on, off = many()
    pairs = preference_pairs(on, off, on_policy_share=0.5, seed=0)
    chosen, rejected = pair_features(pairs, on[..., None], off[..., None])
    for k, (prompt, better, worse, own) in enumerate(zip(*pairs, strict=True)):
        source = on if own else off
        assert (chosen[k, 0], rejected[k, 0]) == (source[prompt, better], source[prompt, worse])


def test_features_of_unequal_number_are_refused():
    on, off = many()
    pairs = preference_pairs(on, off, on_policy_share=0.5, seed=0)
    with pytest.raises((InvalidInputError, TypeError)):
        pair_features(pairs, np.zeros((40, 5, 2)), np.zeros((40, 6, 3)))
