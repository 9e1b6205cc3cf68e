"""`hitting_times` inside JAX's transformations: the same times, and derivatives that are those of the host."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.flow_hitting_times import hitting_times
from sims.hitting import Status
from theory.tabular.problem import Problem, make_problem

PROBLEM = make_problem(
    initial_logits=[[0.0, 1.0, -1.5], [0.5, 0.0, 1.0]],
    proxy_reward=[[0.75, -0.5, 0.875], [1.0, 0.0, -1.0]],
    ground_truth_reward=[[0.5, -0.75, 0.875], [1.0, -0.5, 0.25]],
    kl_coefficient=[0.0, 0.1],
)
GAMMA = 0.25


def test_times_are_the_same() -> None:
    plain = hitting_times(PROBLEM, GAMMA)
    compiled = jax.jit(hitting_times)(PROBLEM, GAMMA)
    mapped = jax.vmap(lambda problem: hitting_times(problem, GAMMA))(PROBLEM)
    for found in (compiled, mapped):
        np.testing.assert_array_equal(found.time, plain.time)
        np.testing.assert_array_equal(found.status, plain.status)
        np.testing.assert_array_equal(found.relative_error, plain.relative_error)
        assert found.time.dtype == np.float64


def time_of(problem: Problem, gamma: float) -> jax.Array:
    return jnp.sum(jnp.asarray(hitting_times(problem, gamma).time))


def test_gradients_are_differences() -> None:
    by_problem, by_gamma = jax.grad(time_of, argnums=(0, 1))(PROBLEM, GAMMA)
    for name in ("initial_log_probabilities", "proxy_reward", "ground_truth_reward", "kl_coefficient", "prompts"):
        given, found = np.asarray(getattr(PROBLEM, name)), np.asarray(getattr(by_problem, name))
        direction = np.cos(np.arange(given.size, dtype=np.float64)).reshape(given.shape)
        # The coefficient of the first problem is zero, and moves upwards only.
        direction = direction * (given > 0) if name == "kl_coefficient" else direction

        def along(h: float, name: str = name, given: np.ndarray = given, d: np.ndarray = direction) -> float:
            moved = given + h * d
            if name == "initial_log_probabilities":
                moved = np.asarray(jax.nn.log_softmax(moved))
            return float(np.sum(hitting_times(replace(PROBLEM, **{name: moved}), GAMMA).time))

        wanted = (along(1e-4) - along(-1e-4)) / 2e-4
        assert np.sum(found * direction) == pytest.approx(wanted, rel=1e-5), name
    by_difference = (time_of(PROBLEM, GAMMA + 1e-4) - time_of(PROBLEM, GAMMA - 1e-4)) / 2e-4
    assert float(by_gamma) == pytest.approx(float(by_difference), rel=1e-5)


def test_all_transformations_at_once() -> None:
    def gradient(problem: Problem) -> Problem:
        return jax.grad(time_of)(problem, GAMMA)

    plain = gradient(PROBLEM)
    together = jax.jit(jax.vmap(gradient))(PROBLEM)
    for one, other in zip(jax.tree.leaves(together), jax.tree.leaves(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    _, forwards = jax.jvp(lambda gamma: hitting_times(PROBLEM, gamma).time, (GAMMA,), (1.0,))
    backwards = jax.jacrev(lambda gamma: hitting_times(PROBLEM, gamma).time)(GAMMA)
    np.testing.assert_allclose(forwards, backwards, rtol=1e-12)


def test_the_coefficient_from_above_at_zero() -> None:
    single = PROBLEM[0]
    found = jax.grad(lambda c: time_of(replace(single, kl_coefficient=c), GAMMA))(0.0)
    h = 1e-5
    ahead = [time_of(replace(single, kl_coefficient=np.float64(k * h)), GAMMA) for k in range(3)]
    wanted = float((4 * ahead[1] - ahead[2] - 3 * ahead[0]) / (2 * h))
    assert float(found) == pytest.approx(wanted, rel=1e-4)


def test_a_target_that_is_never_reached_has_no_derivative() -> None:
    single = PROBLEM[0]
    found = jax.jit(hitting_times)(single, 1.9)
    assert int(found.status) == Status.NEVER
    assert np.isinf(found.time)
    assert np.isnan(jax.grad(lambda gamma: time_of(single, gamma))(1.9))


def test_watched_rewards_and_logits() -> None:
    single, watched = PROBLEM[0], np.array([1.0, 0.0, 0.5])
    found = jax.grad(lambda r: jnp.sum(hitting_times(single, 0.1, watched_reward=r).time))(watched)
    assert found.shape == (3,)
    shifted = replace(single, initial_log_probabilities=jnp.asarray(single.initial_log_probabilities) + 3.0)
    np.testing.assert_allclose(
        jax.jit(lambda p: hitting_times(p, GAMMA).time)(shifted), hitting_times(single, GAMMA).time, rtol=1e-12
    )


def test_bad_input_is_named_inside_too() -> None:
    with pytest.raises(Exception, match="increase: got"):
        jax.jit(lambda gamma: hitting_times(PROBLEM, gamma).time)(-1.0).block_until_ready()
    with pytest.raises(ValueError, match="horizon: got a value that JAX is tracing"):
        jax.jit(lambda h: hitting_times(PROBLEM, h, horizon=h).time)(1.0)
