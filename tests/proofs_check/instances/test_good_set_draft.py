"""Drafts of problems with a chosen good set: inside all ranges, whatever the numbers, and as hard as they promise."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.instances.good_set_draft import LARGEST_SET, Draft, dimension, draft_of, limit_shares

COUNT = 400
cases = pytest.mark.parametrize(("outputs", "sharpened"), [(2, False), (3, True), (5, False), (8, True)])


def draft(outputs: int, sharpened: bool, seed: int = 0) -> Draft:
    numbers = np.random.default_rng(seed).random((COUNT, dimension(outputs)))
    return draft_of(numbers, outputs, sharpened=sharpened)


@cases
def test_ranges(outputs, sharpened):
    made = draft(outputs, sharpened)
    bad = made.bad_parts > 0
    np.testing.assert_allclose(made.policy.sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(made.bad_parts.sum(axis=-1), made.any_bad, rtol=1e-12)
    assert (made.policy[~bad] > 0).all()
    assert (made.policy[bad] == 0).all()
    assert not (bad & made.good).any()
    assert np.abs(made.proxy).max() <= 1
    assert np.abs(made.truth).max() <= 1
    assert (made.increase > 0).all()
    assert set(made.prompts) <= set(range(1, 20))
    size = made.good.sum(axis=-1)
    assert set(size) == set(range(1, min(LARGEST_SET, outputs - 1) + 1))
    # At least one output is neither good nor bad.
    assert (size + bad.sum(axis=-1) < outputs).all()
    assert made.any_bad.any() == (outputs > 2)


@cases
@pytest.mark.parametrize("number", [0.0, 1.0])
def test_numbers_at_the_ends_of_their_interval(outputs, sharpened, number):
    """Adversarial search goes there: an expit may round to one."""
    made = draft_of(np.full((3, dimension(outputs)), number), outputs, sharpened=sharpened)
    for field in made:
        assert np.isfinite(field).all()
    assert np.abs(made.proxy).max() <= 1
    assert np.abs(made.truth).max() <= 1


@cases
def test_who_is_above_the_average(outputs, sharpened):
    """Good and bad outputs are, the rest is not; and a good mass of `P0 + rise` is enough for `gamma`."""
    made = draft(outputs, sharpened)
    mean = np.sum(made.policy * made.proxy, axis=-1, keepdims=True)
    bad = made.bad_parts > 0
    assert (made.proxy >= mean)[bad].all()
    assert (made.proxy <= mean + 1e-12)[~bad & ~made.good].all()
    assert (made.proxy > mean)[made.good].mean() > 0.9
    assert (made.truth[made.good] >= made.truth.min(axis=-1)[np.nonzero(made.good)[0]]).all()


def test_good_outputs_are_not_always_ranked_first():
    made = draft(8, True)
    lowest_good = np.min(np.where(made.good, made.proxy, np.inf), axis=-1)
    above = np.max(np.where(made.good, -np.inf, made.proxy), axis=-1) > lowest_good
    assert 0.2 < above.mean() < 0.8
    # Some of those that are left out would be good themselves.
    least = np.min(np.where(made.good, made.truth, np.inf), axis=-1, keepdims=True)
    assert ((made.bad_parts > 0) & (made.truth >= least)).any(axis=-1).mean() > 0.1


def test_shares_of_a_limit():
    rng = np.random.default_rng(1)
    shares = limit_shares(rng.random(10_000), rng.random(10_000))
    assert shares.min() == pytest.approx(1e-3, rel=0.02)
    assert shares.max() == pytest.approx(1.1, rel=1e-3)
    assert np.mean(shares > 1) == pytest.approx(0.15, abs=0.02)
    assert np.mean((shares > 0.9) & (shares <= 1)) == pytest.approx(0.36, abs=0.02)
