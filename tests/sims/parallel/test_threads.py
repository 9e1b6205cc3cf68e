"""Computations side by side: every member once, in order, in the caller's precision; and what trains in several parts
ends where it ends in one."""

from __future__ import annotations

import threading

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sims.parallel import threads
from sims.policy_gradient import first_passage, rloo, train
from sims.policy_gradient.training import Training
from theory.policies.tabular_per_prefix import TabularPerPrefixPolicy


def use(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """As if `count` cores were there."""
    monkeypatch.setattr(threads, "computing_threads", lambda: count)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("cores", [1, 2, 3, 8])
def test_every_member_once_in_parts_of_one_size(monkeypatch: pytest.MonkeyPatch, count: int, cores: int) -> None:
    use(monkeypatch, cores)
    sizes = []

    def compute(part: np.ndarray) -> dict[str, jax.Array]:
        sizes.append(len(part))
        return {"number": jnp.asarray(part)[None], "square": jnp.stack([part**2, -(part**2)])}

    found = threads.side_by_side(compute, count, axis=1)
    np.testing.assert_array_equal(found["number"], [np.arange(count)])
    np.testing.assert_array_equal(found["square"], [np.arange(count) ** 2, -(np.arange(count) ** 2)])
    assert len(sizes) <= cores
    assert len(set(sizes)) == 1
    assert threads.work_in_parts(count) == sum(sizes) / count < 2


def test_every_thread_computes_if_there_is_a_part_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, parts, expected in ((1, 5, False), (2, 1, False), (2, 2, True), (8, 7, False), (8, 9, True)):
        use(monkeypatch, cores)
        assert threads.every_thread_computes(parts) is expected


@pytest.mark.parametrize("double", [False, True])
def test_threads_take_over_the_precision(monkeypatch: pytest.MonkeyPatch, double: bool) -> None:
    use(monkeypatch, 2)
    wait = threading.Barrier(2, timeout=60)

    def compute(number: int) -> tuple[int, str]:
        # Neither goes on without the other: both threads are at work.
        wait.wait()
        return number, str(jnp.asarray(0.1 * number).dtype)

    with jax.enable_x64(double):
        found = threads.in_threads(compute, range(4))
    assert found == [(number, "float64" if double else "float32") for number in range(4)]


def test_an_error_in_a_thread_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, 2)
    with pytest.raises(ZeroDivisionError):
        threads.in_threads(lambda number: 1 / number, range(3))


POLICY = TabularPerPrefixPolicy(2, 3, 1)
START = np.log([[[0.5, 0.3, 0.2]], [[0.2, 0.2, 0.6]]])
REWARDS = np.random.default_rng(0).uniform(-1, 1, (3, 2, 3))
SGD = optax.sgd(0.3)


def trained(models: int, seeds: int) -> Training:
    return train(
        POLICY,
        START,
        reward_models=REWARDS[:models],
        ground_truth_reward=REWARDS[0],
        optimizer=SGD,
        method=rloo(2),
        epochs=3,
        seeds=range(seeds),
    )


@pytest.mark.parametrize(("models", "seeds"), [(3, 2), (2, 3), (1, 1)], ids=["by seed", "by model", "alone"])
def test_training_in_parts_is_training(monkeypatch: pytest.MonkeyPatch, models: int, seeds: int) -> None:
    use(monkeypatch, 1)
    whole = trained(models, seeds)
    use(monkeypatch, 2)
    parts = trained(models, seeds)
    for one, other in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=1e-13)


def test_first_passages_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    def passages(cores: int) -> np.ndarray:
        use(monkeypatch, cores)
        return first_passage(
            POLICY,
            START,
            0.1,
            reward_model=REWARDS[0],
            ground_truth_reward=REWARDS[0],
            optimizer=SGD,
            method=rloo(2),
            horizon=400,
            seeds=range(5),
        ).steps

    one = passages(1)
    assert len(np.unique(one)) > 2
    np.testing.assert_array_equal(passages(2), one)
