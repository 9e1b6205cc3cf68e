"""Tabular policies: hitting times, trajectories and gradient ascent, all in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import log_softmax

from benchmarks.accelerator.kernel import Arrays, Kernel, relative_to_largest
from benchmarks.accelerator.sizes import Sizes
from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting
from sims.tabular_ascent import gradient_ascent, gradient_ascent_hitting_steps
from sims.trajectories import trajectory
from theory.tabular.problem import Problem, make_problem

ASKED = 1e-10
"""The relative tolerance that hitting times are asked for, the simulators' default."""

_FIELDS = ("time", "relative_error", "status")


def problems(count: int, outputs: int, *, regularized: bool, seed: int = 0) -> tuple[Problem, np.ndarray]:
    """Random problems whose targets lie between 5% and 90% of the way to where the flow ends.

    **Returns** a batch, and `gamma` of each. Proxy and ground truth mostly agree; where the
    proxy's best output is worse than the start, they agree wholly.
    """
    rng = np.random.default_rng(seed)
    spread = np.exp(rng.uniform(np.log(0.3), np.log(4.0), (count, 1)))
    log_policy = log_softmax(spread * rng.standard_normal((count, outputs)), axis=-1)
    proxy = rng.uniform(-1, 1, (count, outputs))
    truth = np.clip(0.7 * proxy + 0.3 * rng.uniform(-1, 1, (count, outputs)), -1, 1)
    coefficient = np.exp(rng.uniform(np.log(1e-3), np.log(0.3), count)) if regularized else np.zeros(count)
    best = np.zeros((count, outputs))
    best[np.arange(count), np.argmax(proxy, axis=-1)] = 1.0
    end = best
    if regularized:
        end = np.exp(log_softmax(log_policy + proxy / coefficient[:, None], axis=-1))
    reachable = np.sum((end - np.exp(log_policy)) * truth, axis=-1)
    truth = np.where(reachable[:, None] > 0.01, truth, proxy)
    increase = rng.uniform(0.05, 0.9, count) * np.sum((end - np.exp(log_policy)) * truth, axis=-1)
    problem = make_problem(
        initial_logits=log_policy, proxy_reward=proxy, ground_truth_reward=truth, kl_coefficient=coefficient
    )
    return problem, increase


def hitting_arrays(label: object, hitting: Hitting) -> dict[str, np.ndarray]:
    """A `Hitting` as arrays, each name with a label in front."""
    return {f"{label} {name}": np.asarray(getattr(hitting, name)) for name in _FIELDS}


def hitting_deviation(found: Arrays, reference: Arrays) -> float:
    """The largest relative difference of times over the errors that both report and what was asked for.

    Infinite where a status differs.
    """
    worst = 0.0
    for label in sorted({name.rsplit(" ", 1)[0] for name in reference}):
        mine, theirs = ({f: arrays[f"{label} {f}"] for f in _FIELDS} for arrays in (found, reference))
        if mine["status"].shape != theirs["status"].shape or (mine["status"] != theirs["status"]).any():
            return float("inf")
        known = np.isfinite(theirs["relative_error"])
        difference = np.abs(mine["time"][known] / theirs["time"][known] - 1)
        allowed = ASKED + mine["relative_error"][known] + theirs["relative_error"][known]
        ratio = difference / allowed
        worst = max(worst, float(np.where(np.isnan(ratio), np.inf, ratio).max(initial=0.0)))
    return worst


def _times(count: int, outputs: int, regularized: bool) -> dict[str, np.ndarray]:
    problem, increase = problems(count, outputs, regularized=regularized)
    label = f"{outputs}, KL" if regularized else str(outputs)
    return hitting_arrays(label, hitting_times(problem, increase, relative_tolerance=ASKED))


def plain_times(sizes: Sizes) -> Arrays:
    """Hitting times by the exact reduction of the flow."""
    return {k: v for outputs in sizes.outputs for k, v in _times(sizes.problems, outputs, False).items()}


def regularized_times(sizes: Sizes) -> Arrays:
    """Hitting times with a KL term, by adaptive integration."""
    return {k: v for outputs in sizes.outputs for k, v in _times(sizes.regularized_problems, outputs, True).items()}


def large_times(sizes: Sizes) -> Arrays:
    """Hitting times of problems with very many outputs."""
    counts = ((sizes.large_problems, False), (sizes.large_regularized, True))
    return {k: v for n, kl in counts if n for k, v in _times(n, sizes.large_outputs, kl).items()}


def trajectories(sizes: Sizes) -> Arrays:
    """The policy of gradient flow at given times, without and with a KL term."""
    found = {}
    for regularized in (False, True):
        problem, _ = problems(1, sizes.outputs[0], regularized=regularized, seed=1)
        path = trajectory(problem[0], np.array([0.0, 0.5, 5.0, 50.0]))
        found["with KL" if regularized else "without KL"] = np.exp(np.asarray(path.log_probabilities))
    return found


def ascent(sizes: Sizes) -> Arrays:
    """Gradient ascent with a fixed step: the policy along it, and the first step at which the target is reached."""
    problem, increase = problems(sizes.problems, sizes.outputs[0], regularized=True, seed=2)
    steps = gradient_ascent_hitting_steps(problem, increase, step_size=0.5, max_steps=20 * sizes.ascent_steps)
    path = gradient_ascent(problem[0], 0.5, sizes.ascent_steps)
    return {"log-probabilities": np.asarray(path.log_probabilities), "steps": np.asarray(steps.evaluations)}


def _again(compute: Callable[[Sizes], Arrays]) -> Callable[[Sizes, Arrays], Arrays]:
    return lambda sizes, _: compute(sizes)


def _sizes_of_times(regularized: bool) -> Callable[[Sizes], str]:
    def said(sizes: Sizes) -> str:
        count = sizes.regularized_problems if regularized else sizes.problems
        return f"{count} problems, |Y| = {', '.join(map(str, sizes.outputs))}"

    return said


_WHY_TIMES = (
    "the difference of times is measured in the errors that both runs report plus the 1e-10 asked for: beyond 1 one of "
    "the reports is wrong"
)
_WHY_PATHS = "rounding of 1e-16 grows by less than a thousand over these steps, and 1e-11 leaves ten times as much"

TABULAR_KERNELS = (
    Kernel(
        "hitting times without KL",
        _sizes_of_times(False),
        plain_times,
        _again(plain_times),
        hitting_deviation,
        lambda _: 1.0,
        _WHY_TIMES,
    ),
    Kernel(
        "hitting times with KL",
        _sizes_of_times(True),
        regularized_times,
        _again(regularized_times),
        hitting_deviation,
        lambda _: 1.0,
        _WHY_TIMES,
    ),
    Kernel(
        "hitting times, large output space",
        lambda s: f"{s.large_problems} problems and {s.large_regularized} with KL, |Y| = {s.large_outputs:,}",
        large_times,
        _again(large_times),
        hitting_deviation,
        lambda _: 1.0,
        _WHY_TIMES,
    ),
    Kernel(
        "trajectories of gradient flow",
        lambda s: f"without and with KL, |Y| = {s.outputs[0]}, 4 times",
        trajectories,
        _again(trajectories),
        relative_to_largest,
        lambda _: 1e-9,
        "probabilities are integrated to about 1e-10, whatever steps are taken",
    ),
    Kernel(
        "gradient ascent, tabular",
        lambda s: f"{s.ascent_steps} steps, |Y| = {s.outputs[0]}; first passages of {s.problems} problems",
        ascent,
        _again(ascent),
        relative_to_largest,
        lambda _: 1e-11,
        _WHY_PATHS,
    ),
)
