"""Families of problems on which float64 is hard put to it: corners where a small rounding error moves a hitting time.

Near-ties at the top down to 1e-15, targets within 1e-12 of what is attainable, probabilities down to 1e-300, KL
coefficients from 1e-6 to 10, targets just below a maximum that is passed (two crossings), and long plateaus. What is
attainable is computed in ball arithmetic, so that `gamma` is as near to it as it says.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from flint import arb
from scipy.special import log_softmax

from proofs_check.enclosures.balls import dot, exact, softmax, working_precision
from proofs_check.enclosures.problem import largest_index
from proofs_check.instances.tabular_families import Family
from sims.trajectories import trajectory
from theory.tabular.problem import Problem, make_problem, stack_problems

SMALLEST_EXPONENT, SMALLEST_EXPONENT_WITH_KL = -300.0, -25.0
"""Probabilities are at least ten to this power. (With a KL coefficient the enclosures do not reach further; a closed
form does, in the tests of `sims.regularized_flow`.)"""

Generator = np.random.Generator


def _decades(rng: Generator, low: float | int, high: float | int) -> float:
    return float(10.0 ** rng.uniform(low, high))


def _log_policy(rng: Generator, outputs: int, spread: float = 1.5) -> np.ndarray:
    return np.asarray(log_softmax(spread * rng.standard_normal(outputs)))


def _coefficient(rng: Generator, regularized: bool) -> float:
    return _decades(rng, -6, 1) if regularized else 0.0


def attainable_increase(problem: Problem) -> arb:
    """`lim V_G - V_G(0)` of a single problem, as a ball at the present precision (negative is possible)."""
    logits = np.asarray(problem.initial_log_probabilities)
    truth = [exact(x) for x in np.asarray(problem.ground_truth_reward)]
    proxy = [exact(x) for x in np.asarray(problem.proxy_reward)]
    start = dot(softmax(logits), truth)
    coefficient = exact(problem.kl_coefficient)
    if not coefficient > 0:
        winner = largest_index(proxy, [exact(x) for x in logits])
        return truth[winner] - start
    exponents = [exact(x) + r / coefficient for x, r in zip(logits, proxy, strict=True)]
    highest = exponents[int(np.argmax([float(x) for x in exponents]))]
    weights = [(x - highest).exp() for x in exponents]
    return dot(weights, truth) / sum(weights[1:], weights[0]) - start


def _below_the_limit(problem: Problem, share: float) -> tuple[Problem, float]:
    """The problem, its ground truth turned round if it would fall, and a `gamma` this share below the limit."""
    with working_precision(4096):
        attainable = attainable_increase(problem)
        if attainable < 0:
            problem = make_problem(
                initial_logits=problem.initial_log_probabilities,
                proxy_reward=problem.proxy_reward,
                ground_truth_reward=-np.asarray(problem.ground_truth_reward),
                kl_coefficient=problem.kl_coefficient,
            )
        return problem, max(float(abs(attainable) * (1 - exact(share))), 1e-12)


def near_the_limit(rng: Generator, outputs: int, regularized: bool) -> tuple[Problem, float]:
    """Any problem, with `gamma` from a tenth to 1e-12 below what is attainable; sometimes the teacher is the truth."""
    proxy = rng.uniform(-1, 1, outputs)
    truth = proxy if rng.random() < 0.3 else rng.uniform(-1, 1, outputs)
    problem = make_problem(
        initial_logits=_log_policy(rng, outputs),
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=_coefficient(rng, regularized),
    )
    return _below_the_limit(problem, _decades(rng, -12, -1))


def ties_at_the_top(rng: Generator, outputs: int, regularized: bool) -> tuple[Problem, float]:
    """Two or three outputs whose proxy rewards differ by 1e-15 to 1e-3, and whose ground-truth rewards differ."""
    tied = min(outputs, int(rng.integers(2, 4)))
    proxy = rng.uniform(-1, 0.8, outputs)
    apart = _decades(rng, -15, -3)
    proxy[:tied] = 0.9 - apart * np.arange(tied)
    # Either a coefficient that the tie is nothing to, or one that it decides.
    coefficient = apart * _decades(rng, -2, 1) if outputs == 2 or rng.random() < 0.5 else _decades(rng, -6, 1)
    truth = rng.uniform(-1, 0.3, outputs)
    truth[:tied] = [0.8, 0.1, 0.0][:tied]
    logits = _log_policy(rng, outputs)
    logits[0] -= 2.0  # the best of them overtakes the others late
    problem = make_problem(
        initial_logits=logits,
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=coefficient if regularized else 0.0,
    )
    return _below_the_limit(problem, float(rng.uniform(0.02, 0.6)))


def rare_outputs(rng: Generator, outputs: int, regularized: bool) -> tuple[Problem, float]:
    """The best output, and perhaps others, have probabilities down to 1e-300."""
    logits = _log_policy(rng, outputs)
    smallest = SMALLEST_EXPONENT_WITH_KL if regularized else SMALLEST_EXPONENT
    logits[0] = rng.uniform(smallest, -1) * np.log(10)
    if outputs > 2:
        logits[1] = rng.uniform(smallest, -1) * np.log(10)
    proxy = np.sort(rng.uniform(-1, 1, outputs))[::-1]
    # A coefficient at which the limit keeps most of its mass on the rare output.
    reach = (proxy[0] - proxy[1:].max()) / (np.log(10) * -smallest)
    problem = make_problem(
        initial_logits=logits,
        proxy_reward=proxy,
        ground_truth_reward=np.where(np.arange(outputs) == 0, 1.0, rng.uniform(-1, 0.5, outputs)),
        kl_coefficient=reach * _decades(rng, -2, 0) if regularized else 0.0,
    )
    return _below_the_limit(problem, _decades(rng, -6, -0.1))


def long_plateaus(rng: Generator, outputs: int, regularized: bool) -> tuple[Problem, float]:
    """Rarer and rarer outputs with slightly higher and higher rewards, that take over one after the other."""
    exponents = -np.cumsum(rng.uniform(1, 8, outputs))
    proxy = np.clip(-0.9 + np.cumsum(10.0 ** rng.uniform(-6, 0, outputs) / outputs), -1, 1)
    problem = make_problem(
        initial_logits=log_softmax(exponents * np.log(10)),
        proxy_reward=proxy,
        ground_truth_reward=np.sort(rng.uniform(-1, 1, outputs)),
        kl_coefficient=np.ptp(proxy) * _decades(rng, -6, -2) if regularized else 0.0,
    )
    return _below_the_limit(problem, _decades(rng, -9, -0.1))


def passing_maxima(rng: Generator, outputs: int, regularized: bool) -> tuple[Problem, float]:
    """A target 1e-9 to 0.1 below a maximum of the expected reward, after which it falls again (three outputs or more).

    Two outputs have no such maximum: theirs is a problem near the limit.
    """
    if outputs < 3:
        return near_the_limit(rng, outputs, regularized)
    logits = rng.uniform(-8, -4, outputs)
    logits[1], logits[2] = -2.0, 0.0
    logits[0] = rng.uniform(-14, -8)
    proxy = rng.uniform(-1, -0.2, outputs)
    proxy[:3] = 0.9, rng.uniform(0.3, 0.6), -0.1
    truth = rng.uniform(-1, 0, outputs)
    truth[:3] = -0.5, 0.9, -0.5
    problem = make_problem(
        initial_logits=log_softmax(logits),
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=_decades(rng, -6, -2) if regularized else 0.0,
    )
    times = np.geomspace(0.1, 1e8, 400)
    for _ in range(3):
        values = trajectory(problem, times).expected(truth)
        best = int(np.clip(np.argmax(values), 1, len(times) - 2))
        times = np.geomspace(times[best - 1], times[best + 1], 60)
    rise = values.max() - float(np.exp(np.asarray(problem.initial_log_probabilities)) @ truth)
    # Rounded, so that the problem does not depend on the last digits of the trajectory.
    return problem, float(np.round(max(rise - _decades(rng, -9, -1), 1e-3), 12))


KINDS: tuple[Callable[[Generator, int, bool], tuple[Problem, float]], ...] = (
    near_the_limit,
    ties_at_the_top,
    rare_outputs,
    long_plateaus,
    passing_maxima,
)
"""Each makes one problem of `outputs` outputs, without or with a KL coefficient, and its `gamma`."""


def corner_problems(rng: Generator, count: int, outputs: int, *, regularized: bool = False) -> Family:
    """`count` problems, of each kind in turn."""
    made = [KINDS[k % len(KINDS)](rng, outputs, regularized) for k in range(count)]
    return Family("corners", stack_problems([p for p, _ in made]), np.array([gamma for _, gamma in made]))
