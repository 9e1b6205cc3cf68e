"""The exact reduction against a direct integration of the logits, and the bound behind `never`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from theory.tabular.integrable import (
    curve_factors,
    curve_invariant,
    curve_policy,
    curve_weight,
    eventual_reward_bound,
    overtaking_clock,
)


def _problem(seed: int, outputs: int = 5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.ones(outputs)), generator.uniform(-1, 1, outputs)


def _height(p: np.ndarray, r: np.ndarray, clock: float) -> float:
    lowest = np.max(r * clock - 1 / p)
    return brentq(
        lambda b: float(curve_invariant(curve_factors(p, r, clock, b))), lowest + 1e-12, 10 + 9 * clock, xtol=1e-14
    )


def _integrate(p: np.ndarray, r: np.ndarray, time: float, power: int = 1) -> np.ndarray:
    """The logits at `time`; `power` other than 1 corrupts the flow."""

    def velocity(_: float, theta: np.ndarray) -> np.ndarray:
        policy = np.exp(theta - theta.max())
        policy /= policy.sum()
        return policy**power * (r - policy @ r)

    return solve_ivp(velocity, (0, time), np.log(p), method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("clock", [0.3, 2.0, 8.0])
def test_policy_on_the_curve_is_the_policy_of_the_flow(seed: int, clock: float) -> None:
    p, r = _problem(seed)
    height = _height(p, r, clock)
    time, _ = quad(
        lambda s: float(curve_weight(p, curve_factors(p, r, s, _height(p, r, s)))), 0, clock, epsabs=1e-12, epsrel=1e-11
    )
    logits = _integrate(p, r, time)
    policy = np.exp(logits - logits.max())
    policy /= policy.sum()
    factors = curve_factors(p, r, clock, height)
    np.testing.assert_allclose(curve_policy(p, factors), policy, rtol=1e-8)
    np.testing.assert_allclose(np.exp(-logits), factors / p, rtol=1e-8)

    wrong = _integrate(p, r, time, power=2)
    assert np.abs(np.exp(wrong) / np.exp(wrong).sum() - policy).max() > 1e-3


@pytest.mark.parametrize("shift", [-0.7, 0.4])
def test_a_constant_in_the_reward_only_moves_the_height(shift: float) -> None:
    p, r = _problem(3)
    clock, height = 1.7, _height(*_problem(3), 1.7)
    moved = curve_factors(p, r + shift, clock, height + shift * clock)
    np.testing.assert_allclose(moved, curve_factors(p, r, clock, height), rtol=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_overtaking_is_exact(seed: int) -> None:
    p, r = _problem(seed)
    most_likely = int(np.argmax(p))
    for k, clock in enumerate(np.asarray(overtaking_clock(p, r))):
        if not np.isfinite(clock):
            assert r[k] <= r[most_likely]
            continue
        policy = np.asarray(curve_policy(p, curve_factors(p, r, clock, _height(p, r, clock))))
        assert policy[k] == pytest.approx(policy[most_likely], rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_eventual_bound_holds_at_every_later_time(seed: int) -> None:
    p, r = _problem(seed)
    r = np.linspace(-1, 1, p.size)[np.argsort(r)]
    reward = np.random.default_rng(100 + seed).uniform(-1, 1, p.size)
    winner = int(np.argmax(r))
    lowest = np.inf
    checked = 0
    for clock in np.concatenate([[0.0], np.geomspace(1, 400, 40)]):
        policy = np.asarray(curve_policy(p, curve_factors(p, r, clock, _height(p, r, clock))))
        assert policy @ reward <= lowest + 1e-12
        if policy.argmax() == winner:
            lowest = min(lowest, float(eventual_reward_bound(policy[winner], 1.0, reward[winner], reward.max())))
            checked += 1
    assert checked > 2
    # The bound comes down to the limit.
    assert lowest < reward[winner] + 0.1
