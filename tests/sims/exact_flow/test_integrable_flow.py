"""Hitting times of the exact reduction: oracles, invariances, first crossings, and every outcome."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sims.exact_flow.integrable_flow import integrable_hitting_times, integrable_log_probabilities
from sims.hitting import Hitting, Status
from tests.compiling import on_devices
from tests.sims.exact_flow import curve_reference
from theory.tabular.exact_solutions import one_against_equals_policy, one_against_equals_time


def _random_problems(batch: int, outputs: int, seed: int) -> tuple[np.ndarray, ...]:
    """Logits of varied spread, proxies of deviations over six decades, targets below the limit if it is higher."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(batch, outputs)) * generator.uniform(0.5, 4, (batch, 1))
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    proxy = generator.uniform(-1, 1, (batch, outputs)) * 10.0 ** -generator.uniform(0, 6, (batch, 1))
    reward = generator.uniform(-1, 1, (batch, outputs))
    gain = reward[np.arange(batch), proxy.argmax(axis=1)] - (np.exp(log_p) * reward).sum(axis=1)
    increase = np.where(gain > 0, gain * generator.uniform(0.05, 0.9, batch), generator.uniform(0.01, 0.3, batch))
    return log_p, proxy, reward, increase, np.ones(batch)


@pytest.mark.parametrize(("outputs", "compared"), [(8, 8), (20, 3)])
def test_against_extended_precision_reference(outputs: int, compared: int) -> None:
    problems = _random_problems(32, outputs, seed=outputs)
    result = integrable_hitting_times(*problems)
    assert np.isin(result.status, [Status.REACHED, Status.NEVER]).all()
    chosen = np.flatnonzero(result.reached)[:compared]
    exact = [curve_reference.reference_hitting_time(*(array[k] for array in problems[:4]), panels=300) for k in chosen]
    np.testing.assert_allclose(result.time[chosen], exact, rtol=1e-10)
    true_error = np.abs(result.time[chosen] / np.array(exact) - 1)
    assert (true_error <= result.relative_error[chosen]).mean() >= 0.9
    assert result.relative_error[result.reached].max() < 1e-8


@pytest.mark.parametrize("outputs", [2, 8, 64, 150_000])
def test_against_exact_solution(outputs: int) -> None:
    start = np.array([1e-12, 1e-6, 1e-3, 0.3])
    increase = np.array([0.4, 1e-3, 1.9, 1.0])
    pairs = [one_against_equals_policy(p, outputs) for p in start]
    log_p, reward = np.log([p for p, _ in pairs]), np.array([r for _, r in pairs])
    result = integrable_hitting_times(log_p, reward, reward, increase, np.full(4, 3.0))
    exact = one_against_equals_time(start, start + increase / 2, outputs, prompts=3.0)
    assert result.reached.all()
    np.testing.assert_allclose(result.time, exact, rtol=1e-10)
    # The oracle can tell: the same formula with K in the place of K - 1 disagrees (by 1 / K).
    if outputs <= 64:
        assert np.abs(result.time / (exact * outputs / (outputs - 1)) - 1).min() > 1e-2


def _logits_at_crossing(log_p: np.ndarray, proxy: np.ndarray, reward: np.ndarray, increase: float, power: int) -> float:
    target = np.exp(log_p) @ reward + increase

    def policy(theta: np.ndarray) -> np.ndarray:
        weights = np.exp(theta - theta.max())
        return weights / weights.sum()

    def velocity(_: float, theta: np.ndarray) -> np.ndarray:
        p = policy(theta)
        return p**power * (proxy - p @ proxy)

    def crossing(_: float, theta: np.ndarray) -> float:
        return policy(theta) @ reward - target

    crossing.terminal, crossing.direction = True, 1  # type: ignore[attr-defined]
    solution = solve_ivp(velocity, (0, 1e9), log_p, method="DOP853", rtol=1e-11, atol=1e-12, events=crossing)
    return float(solution.t_events[0][0])


def test_against_integration_of_the_logits() -> None:
    log_p, proxy, reward, increase, prompts = _random_problems(32, 8, seed=11)
    proxy = proxy / np.abs(proxy).max(axis=1, keepdims=True)
    result = integrable_hitting_times(log_p, proxy, reward, increase, prompts)
    compared = [k for k in range(32) if result.reached[k] and result.time[k] < 1e4][:4]
    assert len(compared) >= 2
    for k in compared:
        direct = _logits_at_crossing(log_p[k], proxy[k], reward[k], increase[k], power=1)
        assert result.time[k] == pytest.approx(direct, rel=1e-8)
        corrupted = _logits_at_crossing(log_p[k], proxy[k], reward[k], increase[k], power=2)
        assert abs(result.time[k] / corrupted - 1) > 1e-3


def test_invariances() -> None:
    log_p, proxy, reward, increase, prompts = _random_problems(32, 8, seed=2)
    proxy = proxy / 2
    base = integrable_hitting_times(log_p, proxy, reward, increase, prompts)
    shifted = integrable_hitting_times(log_p, proxy + 0.25, reward - 0.125, increase, prompts)
    scaled = integrable_hitting_times(log_p, proxy / 1024, reward, increase, 3 * prompts)
    order = np.random.default_rng(0).permutation(8)
    permuted = integrable_hitting_times(log_p[:, order], proxy[:, order], reward[:, order], increase, prompts)
    reached = base.reached
    for other in (shifted, scaled, permuted):
        np.testing.assert_array_equal(base.status, other.status)
    np.testing.assert_allclose(scaled.time[reached], 3 * 1024 * base.time[reached], rtol=1e-13)
    np.testing.assert_allclose(permuted.time[reached], base.time[reached], rtol=1e-9)
    # A shift rounds the rewards: those of small extent lose digits in the input, not in the solver.
    wide = reached & (np.ptp(proxy, axis=1) > 1e-2)
    np.testing.assert_allclose(shifted.time[wide], base.time[wide], rtol=1e-9)


def test_tiny_rewards_take_their_time() -> None:
    log_p, proxy, reward, increase, prompts = _random_problems(32, 8, seed=5)
    proxy = proxy / np.abs(proxy).max(axis=1, keepdims=True)
    base = integrable_hitting_times(log_p, proxy, reward, increase, prompts)
    tiny = integrable_hitting_times(log_p, proxy * 2.0**-43, reward, increase, prompts)
    np.testing.assert_array_equal(base.status, tiny.status)
    np.testing.assert_allclose(tiny.time[base.reached], base.time[base.reached] * 2.0**43, rtol=1e-13)


def test_lanes_do_not_depend_on_their_neighbours() -> None:
    problems = _random_problems(32, 8, seed=9)
    together = integrable_hitting_times(*problems)
    for k in (0, 17, 31):
        alone = integrable_hitting_times(*(a[k : k + 1] for a in problems))
        assert alone.status[0] == together.status[k]
        if together.reached[k]:
            assert alone.time[0] == together.time[k]


BUMP = {
    "log_p": np.log([0.98, 0.02 - 1e-5, 1e-5]),
    "proxy": np.array([0.0, 0.5, 1.0]),
    "reward": np.array([-0.5, 0.9, 0.3]),
}
"""The policy first moves to the second output, on which the reward is high, and then for good to the third."""


def _bump_hits(target: np.ndarray) -> Hitting:
    start = np.exp(BUMP["log_p"]) @ BUMP["reward"]
    log_p, proxy, reward = (np.tile(BUMP[name], (len(target), 1)) for name in ("log_p", "proxy", "reward"))
    return integrable_hitting_times(log_p, proxy, reward, target - start, np.ones(len(target)))


def _bump_values(times: np.ndarray) -> np.ndarray:
    return np.exp(integrable_log_probabilities(BUMP["log_p"], BUMP["proxy"], 1.0, times)[0]) @ BUMP["reward"]


def test_first_of_two_crossings_and_near_tangency() -> None:
    low, high = 1.0, 1e15
    for _ in range(8):
        times = np.geomspace(low, high, 60)
        best = int(np.argmax(_bump_values(times)))
        low, high = times[best - 1], times[best + 1]
    top_time, top = times[best], _bump_values(times[best : best + 1])[0]
    assert 0.3 < top < 0.9
    targets = np.array([0.0, 0.31, top - 1e-3, top - 1e-6, top - 1e-9, top + 1e-9, top + 1e-3])
    result = _bump_hits(targets)
    # The limit is 0.3: above the top the target is never reached; below it, the first crossing is before the top.
    np.testing.assert_array_equal(result.status, [Status.REACHED] * 5 + [Status.NEVER] * 2)
    assert (result.time[:5] <= top_time * (1 + 1e-4)).all()
    assert (np.diff(result.time[:5]) > 0).all()
    np.testing.assert_allclose(_bump_values(np.asarray(result.time[:5])), targets[:5], atol=1e-12)


def test_never_is_proven() -> None:
    log_p = np.log(np.tile([0.5, 0.3, 0.2], (6, 1)))
    proxy = np.tile([1.0, 0.0, -1.0], (6, 1))
    proxy[3] = 0.25
    proxy[4] = [1.0, 1.0, -1.0]
    reward = np.tile([0.5, 1.0, -1.0], (6, 1))
    reward[5] = [1.0, 0.5, 0.5]
    start = (np.exp(log_p) * reward).sum(axis=1)
    target = np.array([0.7, 1.5, 1.0, 0.6, 0.9, 1.0])
    result = integrable_hitting_times(log_p, proxy, reward, target - start, np.ones(6))
    # In turn: above the limit; above every reward; the highest reward itself; nothing moves; the likelier of two
    # winners wins; a limit that is approached for ever but not attained.
    np.testing.assert_array_equal(result.status, [Status.NEVER] * 6)
    assert np.isinf(result.time).all()
    assert np.isnan(result.relative_error).all()


def test_equal_winners_share_the_limit() -> None:
    log_p = np.log(np.tile([0.25, 0.25, 0.5], (2, 1)))
    proxy = np.tile([1.0, 1.0, -1.0], (2, 1))
    reward = np.tile([1.0, 0.0, 0.0], (2, 1))
    result = integrable_hitting_times(log_p, proxy, reward, np.array([0.2, 0.3]), np.ones(2))
    np.testing.assert_array_equal(result.status, [Status.REACHED, Status.NEVER])


def test_horizon() -> None:
    log_p, proxy, reward, increase, prompts = _random_problems(32, 8, seed=4)
    free = integrable_hitting_times(log_p, proxy, reward, increase, prompts)
    horizon = float(np.median(free.time[free.reached]))
    limited = integrable_hitting_times(log_p, proxy, reward, increase, prompts, horizon=horizon)
    early = free.reached & (free.time <= horizon)
    np.testing.assert_allclose(limited.time[early], free.time[early], rtol=1e-12)
    late = free.reached & ~early
    np.testing.assert_array_equal(limited.status[late], Status.CENSORED)
    np.testing.assert_array_equal(limited.time[late], horizon)


def test_trajectory_against_integration_of_the_logits() -> None:
    generator = np.random.default_rng(0)
    log_p = np.log(generator.dirichlet(np.ones(6)))
    proxy = generator.uniform(-1, 1, 6)
    times = np.array([1e3, 0.0, 0.1, 1.0, 10.0, 100.0])

    def velocity(_: float, theta: np.ndarray) -> np.ndarray:
        p = np.exp(theta - theta.max())
        p /= p.sum()
        return p * (proxy - p @ proxy) / 2

    order = np.argsort(times)
    solution = solve_ivp(velocity, (0, 1e3), log_p, method="DOP853", rtol=1e-12, atol=1e-13, t_eval=times[order])
    direct = solution.y.T - np.log(np.exp(solution.y).sum(axis=0))[:, None]
    path, error = integrable_log_probabilities(log_p, proxy, 2.0, times)
    assert error[times == 0] == 0
    assert error.max() < 1e-10
    # Going on from one of the policies on the way leads to the same ones, within the stated errors.
    resumed, more = integrable_log_probabilities(path[3], proxy, 2.0, times[[0, 4, 5]] - times[3])
    assert (np.abs(resumed - path[[0, 4, 5]]).max(axis=-1) <= error[[0, 4, 5]] + more + error[3]).all()
    np.testing.assert_allclose(path[order], direct, atol=1e-9)


def test_long_trajectory() -> None:
    log_p, proxy = np.log([0.7, 0.3 - 1e-9, 1e-9]), np.array([0.0, -0.5, 1.0])
    times = np.concatenate([np.geomspace(1e-3, 1e300, 59), [0.0]])
    path, _ = integrable_log_probabilities(log_p, proxy, 1.0, times)
    assert np.isfinite(path).all()
    np.testing.assert_allclose(np.exp(path).sum(axis=1), 1, rtol=1e-13)
    value = np.exp(path) @ proxy
    assert (np.diff(value[:-1]) >= -1e-15).all()
    assert value[-2] == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_array_equal(path[-1], log_p)
    np.testing.assert_array_equal(
        integrable_log_probabilities(log_p, np.full(3, 0.2), 1.0, times[:3])[0], np.tile(log_p, (3, 1))
    )


@pytest.mark.parametrize("devices", [8])
def test_many_devices_and_single_precision_default(devices: int) -> None:
    problems = _random_problems(32, 8, seed=1)
    here = integrable_hitting_times(*problems)
    script = (
        "import sys, numpy as np, jax\n"
        "from sims.exact_flow.integrable_flow import integrable_hitting_times\n"
        f"assert jax.device_count() == {devices} and not jax.config.jax_enable_x64\n"
        "problems = [np.array(eval(line)) for line in sys.stdin.read().splitlines()]\n"
        "result = integrable_hitting_times(*problems)\n"
        "print(repr((result.time.tolist(), result.status.tolist())))\n"
    )
    given = "\n".join(repr(a.tolist()) for a in problems)
    environment = {
        "XLA_FLAGS": on_devices(devices),
        "JAX_PLATFORMS": "cpu",
        "PATH": "",
    }
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=given,
        capture_output=True,
        text=True,
        cwd=root,
        env=environment,
        check=True,
    )
    time, status = eval(done.stdout, {"inf": np.inf, "nan": np.nan})
    np.testing.assert_array_equal(status, here.status)
    np.testing.assert_allclose(np.array(time)[here.reached], here.time[here.reached], rtol=1e-13)


def test_errors_in_the_corners_lie_within_the_estimate() -> None:
    """One output against three alike ones (`exact_solutions`), to 400 digits: probabilities down to 1e-300,
    targets to within 1e-12 of what is attainable, gains down to 1e-12."""
    rng, outputs, count = np.random.default_rng(2), 4, 100
    rows: list[tuple[float, float, float, float]] = []
    with mpmath.workdps(400):
        for k in range(count):
            low = rng.uniform(-690, -0.5)
            other = float(mpmath.log((1 - mpmath.exp(mpmath.mpf(low))) / (outputs - 1)))
            odds = mpmath.exp(mpmath.mpf(low) - mpmath.mpf(other)) / (outputs - 1)
            start, share = odds / (1 + odds), mpmath.mpf(10 ** rng.uniform(-12, -0.3))
            increase = float(2 * (1 - start) * (share if k % 4 == 0 else 1 - share))
            end = start + mpmath.mpf(increase) / 2
            ends = [2 * mpmath.log(p / (1 - p)) + (2 * p - 1) / (p * (1 - p)) for p in (start, end)]
            rows.append((low, other, increase, float((ends[1] - ends[0]) * (outputs - 1) / (2 * outputs))))
    low, other, increase, exact = np.array(rows).T
    log_p = np.column_stack([low, *[other] * (outputs - 1)])
    reward = np.tile(2 * np.eye(outputs)[0] - 1, (count, 1))
    found = integrable_hitting_times(log_p, reward, reward, increase, np.ones(count))
    assert found.reached.all()
    error = np.abs(found.time / exact - 1)
    assert (error <= found.relative_error + 1e-15).all()
    assert error.max() < 1e-11
    assert found.relative_error.max() < 1e-9
