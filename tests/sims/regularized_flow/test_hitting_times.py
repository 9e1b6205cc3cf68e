"""The KL-regularised flow against exact quadratures, an independent integrator, invariants, and a corrupted twin."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import log_softmax

import sims.regularized_flow.lanes
from sims.hitting import OPEN_ENDED, Hitting, Status
from sims.regularized_flow.hitting_times import regularized_hitting_times, regularized_log_probabilities

OUTPUTS = 4
CASES = [
    # initial probability of the best output, kl_coefficient, reward gap, fraction of the plateau that is awaited
    (0.25, 0.0, 1.0, 0.5),
    (1e-4, 0.0, 1e-7, 0.9),
    (1e-12, 0.0, 1.0, 0.999),
    (1e-12, 1e-9, 1.0, 0.999),
    (1e-12, 1e-2, 1.0, 0.5),
    (1e-12, 1e-2, 1e-1, 0.9),
    (1e-9, 3e-2, 0.7, 0.999),
    (1e-6, 5e-2, 1.0, 0.999),
    (1e-6, 1e-3, 1e-3, 1e-5),
    (0.01, 10.0, 1.0, 0.999),
    (0.3, 10.0, 1e-3, 0.9),
    (0.1, 0.2e-13, 1e-13, 0.99),
]


def exact_time(best: float, coefficient: float, gap: float, fraction: float) -> tuple[float, float]:
    """The rise and its time for one output against `n` alike others.

    The difference of logits obeys `dz/dt = p (1 - p) (1 + 1/n) (gap - coefficient (z - z(0)))`: one quadrature.
    """
    with mpmath.workdps(40):
        p0, lam, d, n = mpmath.mpf(best), mpmath.mpf(coefficient), mpmath.mpf(gap), OUTPUTS - 1
        z0 = mpmath.log(p0 * n / (1 - p0))
        limit = 1 / (1 + n * mpmath.exp(-(z0 + d / lam))) if lam else mpmath.mpf(1)
        rise = float((limit - p0) * fraction)
        z1 = mpmath.log((p0 + rise) * n / (1 - p0 - rise))

        def slowness(z: mpmath.mpf) -> mpmath.mpf:
            e = mpmath.exp(z)
            return (e + n) ** 2 / (e * n * (1 + mpmath.mpf(1) / n) * (d - lam * (z - z0)))

        # Near the plateau the integrand has a pole close by: its distance to it, in logarithm, is the better variable.
        def near_pole(y: mpmath.mpf) -> mpmath.mpf:
            return slowness(z0 + (d - mpmath.exp(y)) / lam) * mpmath.exp(y) / lam

        middle = (z0 + z1) / 2 if lam and lam * (z1 - z0) > d / 2 else z1
        time = mpmath.quad(slowness, mpmath.linspace(z0, middle, int((middle - z0) / 2) + 2))
        if middle != z1:
            high, low = mpmath.log(d - lam * (middle - z0)), mpmath.log(d - lam * (z1 - z0))
            time += mpmath.quad(near_pole, mpmath.linspace(low, high, int((high - low) / 2) + 2))
        return rise, float(time)


@pytest.fixture(scope="module")
def oracle() -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.array([exact_time(*case) for case in CASES]).T)


def two_level_times(rises: np.ndarray) -> Hitting:
    initial = np.array([[best] + [(1 - best) / (OUTPUTS - 1)] * (OUTPUTS - 1) for best, *_ in CASES])
    indicator = np.zeros_like(initial)
    indicator[:, 0] = 1
    gaps, coefficients = np.array([case[2] for case in CASES]), np.array([case[1] for case in CASES])
    return regularized_hitting_times(
        np.log(initial), gaps[:, None] * indicator, indicator, rises, np.ones(len(CASES)), coefficients
    )


def test_agrees_with_the_exact_quadrature(oracle):
    rises, times = oracle
    found = two_level_times(rises)
    assert (found.status == Status.REACHED).all()
    errors = np.abs(found.time / times - 1)
    assert errors.max() < 1e-9
    assert (errors <= found.relative_error).mean() >= 0.9


def test_the_oracle_catches_a_corrupted_flow(oracle, monkeypatch):
    rises, times = oracle
    genuine = sims.regularized_flow.lanes.Lanes

    class Corrupted(genuine):
        def __new__(cls, *, coefficient, **fields):
            return genuine(coefficient=coefficient * (1 + 1e-6), **fields)

    monkeypatch.setattr("sims.regularized_flow.hitting_times.Lanes", Corrupted)
    found = two_level_times(rises)
    regularized = np.array([case[1] > 1e-6 for case in CASES])
    assert (np.abs(found.time / times - 1)[regularized] > 1e-8).sum() >= 3


def exact_corner(low: float, other: float, lam: float, share: float) -> tuple[float, float]:
    """`gamma`, this share below the limit, and its time, for one output against `n` alike ones; exact in the float64
    log-probabilities and coefficient given. The reward is one for the first output.

    The difference of logits obeys `dz/dt = p (1 - p) (1 + 1/n) lam w`, `w = z(0) + 1 / lam - z`, and `1 / (p (1 - p))`
    is `(e^z + 2 n + n^2 e^-z) / n`, so the time is a sum of exponential integrals of `w` at both ends.
    """
    n = OUTPUTS - 1
    z0, coefficient = mpmath.mpf(low) - mpmath.mpf(other), mpmath.mpf(lam)
    reach = z0 + 1 / coefficient
    start, limit = (1 / (1 + n * mpmath.exp(-z)) for z in (z0, reach))
    gamma = float((limit - start) * (1 - mpmath.mpf(share)))
    end = start + mpmath.mpf(gamma)
    first, last = 1 / coefficient, reach - mpmath.log(n * end / (1 - end))
    time = mpmath.exp(reach) * (mpmath.e1(last) - mpmath.e1(first)) + 2 * n * mpmath.log(first / last)
    time += n**2 * mpmath.exp(-reach) * (mpmath.ei(first) - mpmath.ei(last))
    return gamma, float(time / (coefficient * (n + 1)))


def corner_cases(count: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Probabilities down to 1e-300, coefficients from 1e-6 to 10, targets to within 1e-12 of the limit: arguments of
    `regularized_hitting_times`, and exact times."""
    rng, n = np.random.default_rng(seed), OUTPUTS - 1
    rows: list[tuple[float, ...]] = []
    with mpmath.workdps(400):
        while len(rows) < count:
            low, lam, share = rng.uniform(-690, -0.5), 10 ** rng.uniform(-6, 1), 10 ** rng.uniform(-12, -0.3)
            other = float(mpmath.log((1 - mpmath.exp(mpmath.mpf(low))) / n))
            if low + 1 / lam > -60:  # else the limit itself is out of sight
                rows.append((low, other, lam, *exact_corner(low, other, lam, share)))
    low, other, lam, gamma, times = np.array(rows).T
    initial = np.column_stack([low, *[other] * n])
    indicator = np.tile(np.eye(OUTPUTS)[0], (count, 1))
    return [initial, indicator, indicator, gamma, np.ones(count), lam], times


def test_errors_in_the_corners_lie_within_the_estimate():
    problems, times = corner_cases(60, 1)
    found = regularized_hitting_times(*problems)
    error = np.abs(found.time / times - 1)
    reached = found.status == Status.REACHED
    assert (error <= found.relative_error + 1e-15)[reached].all()
    # What is not reported takes longer than the limit of work or of time allows, and says so.
    assert (times[~reached] > 1e100).all()
    assert np.isin(found.status[~reached], OPEN_ENDED).all()
    assert (found.time <= times * (1 + found.relative_error))[reached].all()
    assert (found.time <= times)[~reached].all()
    assert error[reached].max() < 1e-10
    assert found.relative_error[reached].max() < 1e-6


def random_problems(count: int, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    initial = log_softmax(rng.normal(size=(count, OUTPUTS)) * 2, axis=-1)
    proxy, reward = rng.uniform(-1, 1, (2, count, OUTPUTS))
    coefficient = 10 ** rng.uniform(-2.5, 0, count)
    optimum = np.exp(log_softmax(initial + proxy / coefficient[:, None], axis=-1))
    rise = np.sum((optimum - np.exp(initial)) * reward, axis=-1)
    reward *= np.sign(rise)[:, None]
    prompts = rng.integers(1, 5, count).astype(float)
    return initial, proxy, reward, np.abs(rise) * rng.uniform(0.05, 0.95, count), prompts, coefficient


def first_time_by_scipy(initial, proxy, reward, increase, prompts, coefficient) -> float:
    def velocity(_, moved):
        log_policy = log_softmax(initial + moved)
        policy = np.exp(log_policy)
        regularized = proxy - coefficient * (log_policy - initial)
        return policy * (regularized - policy @ regularized) / prompts

    def gap(_, moved):
        return np.exp(log_softmax(initial + moved)) @ reward - np.exp(initial) @ reward - increase

    gap.terminal, gap.direction = True, 1  # type: ignore[attr-defined]
    solution = solve_ivp(
        velocity, (0, 1e9), np.zeros(OUTPUTS), "DOP853", events=gap, rtol=1e-12, atol=1e-13, max_step=2e6
    )
    return solution.t_events[0][0]


def test_agrees_with_scipy_on_random_problems():
    problems = random_problems(10, 3)
    found = regularized_hitting_times(*problems)
    expected = [first_time_by_scipy(*(array[k] for array in problems)) for k in range(10)]
    np.testing.assert_allclose(found.time, expected, rtol=1e-8)


def test_symmetries_and_independence_of_the_batch():
    initial, proxy, reward, increase, prompts, coefficient = problems = random_problems(12, 5)
    plain = regularized_hitting_times(*problems)
    assert plain.reached.all()
    scaled = regularized_hitting_times(initial, proxy * 1e-3 + 0.25, reward + 2, increase, prompts, coefficient * 1e-3)
    np.testing.assert_allclose(scaled.time, plain.time * 1e3, rtol=1e-9)
    order = np.arange(12)[::-1]
    alone = regularized_hitting_times(*(array[order][:5] for array in problems))
    np.testing.assert_allclose(alone.time, plain.time[order][:5], rtol=1e-11)
    permuted = regularized_hitting_times(initial[:, ::-1], proxy[:, ::-1], reward[:, ::-1], *problems[3:])
    np.testing.assert_allclose(permuted.time, plain.time, rtol=1e-9)


def test_vanishing_coefficient_agrees_with_none():
    initial, proxy, _, _, prompts, coefficient = random_problems(6, 7)
    increase = 0.5 * (proxy.max(axis=-1) - np.sum(np.exp(initial) * proxy, axis=-1))
    without = regularized_hitting_times(initial, proxy, proxy, increase, prompts, 0 * coefficient)
    tiny = regularized_hitting_times(initial, proxy, proxy, increase, prompts, 0 * coefficient + 1e-13)
    np.testing.assert_allclose(tiny.time, without.time, rtol=1e-9)


def test_every_status():
    even = np.full((6, OUTPUTS), -np.log(OUTPUTS))
    proxy = np.tile([1.0, 0.0, 0.0, -1.0], (6, 1))
    proxy[4] = 0.3
    increase = np.array([0.1, 0.9, 1.5, 0.0, 0.1, 0.1])
    even[5, 0] = np.nan
    found = regularized_hitting_times(even, proxy, proxy, increase, np.ones(6), np.full(6, 1.0))
    assert found.status.tolist() == [
        Status.REACHED,
        Status.NEVER,  # above the plateau, which the trapping bound proves
        Status.NEVER,  # above the largest reward
        Status.REACHED,  # at once
        Status.NEVER,  # a constant reward moves nothing
        Status.FAILED,
    ]
    assert np.isinf(found.time[[1, 2, 4]]).all()
    assert found.time[3] == 0
    late = regularized_hitting_times(even[:1], proxy[:1], proxy[:1], increase[:1], np.ones(1), np.ones(1), horizon=0.01)
    assert late.status.tolist() == [Status.CENSORED]
    assert late.time.tolist() == [0.01]


def test_the_first_of_several_crossings_counts():
    # The reward is lost again once the best output has taken over from the second best.
    initial = np.log([[0.02, 0.1, 0.5, 0.38]])
    proxy, reward = np.array([[1.0, 0.6, 0.0, 0.0]]), np.array([[-1.0, 1.0, 0.0, 0.0]])
    times = np.linspace(0, 600, 1201)
    path, _ = regularized_log_probabilities(initial[0], proxy[0], 1.0, 1e-3, times)
    gain = np.exp(path) @ reward[0] - np.exp(initial[0]) @ reward[0]
    peak = gain.max()
    assert gain[-1] < peak - 0.5
    levels = peak * np.array([0.5, 0.9, 0.999999])
    repeat = [np.repeat(array, 3, axis=0) for array in (initial, proxy, reward)]
    found = regularized_hitting_times(*repeat, levels, np.ones(3), np.full(3, 1e-3))
    assert found.reached.all()
    for level, time in zip(levels, found.time, strict=True):
        first = np.argmax(gain >= level)
        assert times[first - 1] - 1e-6 <= time <= times[first] + 1e-6


def test_path_follows_an_independent_integrator_and_the_invariants():
    initial, proxy, _, _, _, _ = (array[0] for array in random_problems(1, 11))
    coefficient, times = 0.05, np.geomspace(0.1, 300, 12)
    path, error = regularized_log_probabilities(initial, proxy, 2.0, coefficient, times)
    fine, _ = regularized_log_probabilities(initial, proxy, 2.0, coefficient, times, relative_tolerance=1e-13)
    assert (np.abs(path - fine).max(axis=-1) <= error).all()
    assert error.max() < 1e-7

    def velocity(_, moved):
        log_policy = log_softmax(initial + moved)
        policy = np.exp(log_policy)
        regularized = proxy - coefficient * (log_policy - initial)
        return policy * (regularized - policy @ regularized) / 2

    logits = solve_ivp(velocity, (0, 300), np.zeros(OUTPUTS), "DOP853", times, rtol=1e-12, atol=1e-13).y.T
    np.testing.assert_allclose(path, log_softmax(initial + logits, axis=-1), atol=1e-9)
    policy = np.exp(path)
    np.testing.assert_allclose(policy.sum(axis=-1), 1, atol=1e-13)
    objective = policy @ proxy - coefficient * np.sum(policy * (path - initial), axis=-1)
    assert (np.diff(objective) > -1e-13).all()
    assert (policy @ proxy >= np.exp(initial) @ proxy - 1e-13).all()
