"""Hitting times per second, against what a user would pick instead: SciPy's and diffrax's ODE solvers with an event.

Everything is measured in one run of one process after compilation; compile times stand beside. SciPy solves one problem
after another, so it is timed on the first problems of each batch and its rate is quoted per second; diffrax solves
tiles of 250. All solvers get the same problems and the same accuracy is asked of them; the errors reached are measured
against our own solution at a relative tolerance of 1e-13, which SciPy's at 1e-12 confirms on a few problems.

Run as `python -m benchmarks.hitting_times [--quick]`; prints a table and writes out/benchmarks/hitting_times.json.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import optimistix
from scipy.integrate import solve_ivp

from benchmarks.report import parse_options, write_report
from proofs_check.instances.tabular_families import arbitrary_problems, theorem_6_problems
from proofs_check.ledger.ledger import versions
from sims.exact_flow.curve_sums import weight_sum
from sims.flow_hitting_times import hitting_times
from theory.tabular.problem import Problem

COLUMNS = ["case", "method", "problems/s", "ratio", "largest error", "first call, s"]
LARGE_OUTPUTS, LARGE_PROBLEMS = 150_000, 64


class Cases(NamedTuple):
    """A batch of problems that are all reached, with their hitting times."""

    name: str
    problem: Problem
    increase: np.ndarray
    times: np.ndarray


def make_cases(name: str, count: int, outputs: int, *, regularized: bool, seed: int = 7) -> Cases:
    """Random problems whose hitting times are finite and span many decades (0.1 to 1e13)."""
    family = arbitrary_problems(np.random.default_rng(seed), 6 * count, outputs, regularized=regularized)
    hitting = hitting_times(family.problem, family.increase, relative_tolerance=1e-13)
    usable = hitting.reached & (hitting.time >= 0.1) & (hitting.time <= 1e13) & (hitting.relative_error < 1e-8)
    chosen = np.flatnonzero(usable)[:count]
    return Cases(name, family.problem[chosen], family.increase[chosen], np.asarray(hitting.time)[chosen])


def largest_error(found: np.ndarray, cases: Cases) -> float:
    """The largest relative error of the first hitting times found; infinity where one is missing."""
    reference = cases.times[: found.size]
    return float(np.max(np.where(np.isfinite(found), np.abs(found / reference - 1), np.inf)))


def best_of(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The median time of several runs, and what the last one returned."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds)), result


def ours(cases: Cases) -> tuple[float, float, float]:
    """Problems per second, the largest error, and the seconds of the first call, which compiles."""
    run = lambda: hitting_times(cases.problem, cases.increase).time  # noqa: E731
    jax.clear_caches()
    first, _ = best_of(run, 1)
    seconds, found = best_of(run, 5)
    return cases.times.size / seconds, largest_error(found, cases), first


def with_scipy(cases: Cases, method: str, tolerance: float, count: int) -> tuple[float, float]:
    """Problems per second and the largest error of `scipy.integrate.solve_ivp` with a terminal event."""

    def solve(problem: Problem, increase: float, about: float) -> float:
        initial, proxy, truth = problem.initial_log_probabilities, problem.proxy_reward, problem.ground_truth_reward
        coefficient, prompts = float(problem.kl_coefficient), float(problem.prompts)
        centred = truth - np.exp(initial) @ truth

        def policy_of(logits: np.ndarray) -> np.ndarray:
            weight = np.exp(logits - logits.max())
            return weight / weight.sum()

        def velocity(_: float, logits: np.ndarray) -> np.ndarray:
            policy = policy_of(logits)
            regularized = proxy - proxy[np.argmax(policy)]
            if coefficient:
                regularized = regularized - coefficient * (logits - initial)
            return policy * (regularized - policy @ regularized) / prompts

        def event(_: float, logits: np.ndarray) -> float:
            return float(policy_of(logits) @ centred) - increase

        event.terminal = True  # type: ignore[attr-defined]
        answer = solve_ivp(
            velocity, (0, 4 * about), initial, method=method, rtol=tolerance, atol=tolerance, events=event
        )
        return answer.t_events[0][0] if answer.t_events[0].size else np.inf

    started = time.perf_counter()
    found = [solve(cases.problem[k], float(cases.increase[k]), float(cases.times[k])) for k in range(count)]
    return count / (time.perf_counter() - started), largest_error(np.array(found), cases)


def with_diffrax(cases: Cases, tolerance: float, count: int, tile: int = 250) -> tuple[float, float, float]:
    """Problems per second, the largest error and first-call seconds of diffrax's Dopri8 with a Newton event."""

    def solve(initial: jax.Array, proxy: jax.Array, truth: jax.Array, increase: jax.Array, about: jax.Array) -> Any:
        centred = truth - jnp.sum(jax.nn.softmax(initial) * truth)

        def velocity(_: Any, logits: jax.Array, __: Any) -> jax.Array:
            policy = jax.nn.softmax(logits)
            regularized = proxy - proxy[jnp.argmax(policy)]
            return about * policy * (regularized - jnp.sum(policy * regularized))

        event = diffrax.Event(
            lambda t, y, args, **_: jnp.sum(jax.nn.softmax(y) * centred) - increase,
            optimistix.Newton(rtol=1e-12, atol=1e-12),
        )
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity),
            diffrax.Dopri8(),
            0.0,
            4.0,
            1e-3,
            initial,
            stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
            event=event,
            max_steps=100_000,
            throw=False,
        )
        return solution.ts[-1] * about

    batched = jax.jit(jax.vmap(solve))

    def run() -> np.ndarray:
        found = []
        for first in range(0, count, tile):
            part = slice(first, first + tile)
            problem = cases.problem[part]
            about = cases.times[part] / problem.prompts
            solved = batched(
                problem.initial_log_probabilities,
                problem.proxy_reward,
                problem.ground_truth_reward,
                cases.increase[part],
                about,
            )
            found.append(np.asarray(solved) * problem.prompts)
        return np.concatenate(found)

    with jax.enable_x64(True):
        first, _ = best_of(run, 1)
        seconds, found = best_of(run, 2)
    return count / seconds, largest_error(found, cases), first


def small_rows(cases: Cases, scipy_count: int, diffrax_count: int, scipy_methods: list[str]) -> list[list[str]]:
    """Rows for one batch: ours, the better of SciPy's methods, diffrax (without KL only)."""
    rate, error, first = ours(cases)
    rows = [[cases.name, "flatscape", f"{rate:,.0f}", "", f"{error:.0e}", f"{first:.1f}"]]
    for method in scipy_methods:
        other, error = with_scipy(cases, method, 1e-10, scipy_count)
        rows.append([cases.name, f"scipy {method}", f"{other:,.0f}", f"{rate / other:,.0f}x", f"{error:.0e}", ""])
    if diffrax_count:
        other, error, first = with_diffrax(cases, 1e-10, diffrax_count)
        row = [cases.name, "diffrax Dopri8", f"{other:,.0f}", f"{rate / other:,.0f}x", f"{error:.0e}", f"{first:.1f}"]
        rows.append(row)
    return rows


def finished(compute: Callable[..., Any], *arguments: jax.Array) -> Callable[[], Any]:
    """A run of `compute` that waits for its results."""
    return lambda: jax.block_until_ready(compute(*arguments))


def triad_seconds(shape: tuple[int, int]) -> float:
    """Seconds of `a = b + s c` on float64 arrays of that shape, with `a`'s memory donated."""
    triad = jax.jit(lambda a, b, c: b + 3.0 * c, donate_argnums=0)
    a, b, c = (jnp.full(shape, float(k)) for k in range(3))
    seconds = []
    for _ in range(8):
        started = time.perf_counter()
        a = triad(a, b, c).block_until_ready()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds[2:]))


def large_rows(seed: int = 3) -> list[list[str]]:
    """Rows for 150,000 outputs: one right-hand side against memory, and hitting times end to end."""
    name = f"{LARGE_PROBLEMS} problems, {LARGE_OUTPUTS:,} outputs"
    rng = np.random.default_rng(seed)
    with jax.enable_x64(True):
        streamed = triad_seconds((LARGE_OUTPUTS, LARGE_PROBLEMS)) * 2 / 3
        logits = jnp.asarray(2 * rng.standard_normal((LARGE_OUTPUTS, LARGE_PROBLEMS)))
        probability = jax.nn.softmax(logits, axis=0)
        advantage = jnp.asarray(rng.uniform(-1, 1, logits.shape))
        clock, height = jnp.full((1, LARGE_PROBLEMS), 0.1), jnp.full((1, LARGE_PROBLEMS), 0.01)

        @jax.jit
        def right_hand_side(p: jax.Array, a: jax.Array) -> tuple[jax.Array, jax.Array]:
            total = weight_sum(p, a, clock, height)
            return total, weight_sum(p, a, clock, height, a) / total

        jax.block_until_ready(right_hand_side(probability, advantage))

        @jax.jit
        def fused(p: jax.Array, a: jax.Array) -> tuple[jax.Array, jax.Array]:
            weight = p / (1 + p * (height - a * clock))
            total = jnp.sum(weight, axis=0)
            return total, jnp.sum(weight * a, axis=0) / total

        jax.block_until_ready(fused(probability, advantage))
        seconds, _ = best_of(finished(right_hand_side, probability, advantage), 7)
        fused_seconds, _ = best_of(finished(fused, probability, advantage), 7)
        del logits, probability, advantage
    rows = [
        [
            name,
            "right-hand side, summed in chunks",
            f"{1e3 * seconds:.0f} ms",
            f"{seconds / streamed:.1f}x memory",
            "",
            "",
        ],
        [
            name,
            "right-hand side, fused",
            f"{1e3 * fused_seconds:.0f} ms",
            f"{fused_seconds / streamed:.1f}x memory",
            "",
            "",
        ],
        [name, "reading its operands once (triad)", f"{1e3 * streamed:.1f} ms", "", "", ""],
    ]
    family = theorem_6_problems(rng, LARGE_PROBLEMS, LARGE_OUTPUTS)
    run = lambda: hitting_times(family.problem, family.increase)  # noqa: E731
    first, _ = best_of(run, 1)
    seconds, hitting = best_of(run, 1)
    reached = int(hitting.reached.sum())
    label = f"flatscape, end to end ({reached} reached)"
    rows.append([name, label, f"{LARGE_PROBLEMS / seconds:.1f}", "", "", f"{first:.1f}"])
    return rows


def main() -> None:
    """Runs all cases and prints the table."""
    options = parse_options(__doc__, "hitting_times", "a tenth of the problems, and none of 150,000 outputs")
    share = 10 if options.quick else 1
    jax.config.update("jax_enable_compilation_cache", False)
    plain = make_cases("8 outputs", 10_000 // share, 8, regularized=False)
    wide = make_cases("64 outputs", 2_000 // share, 64, regularized=False)
    with_kl = make_cases("8 outputs, KL", 2_000 // share, 8, regularized=True)
    wide_with_kl = make_cases("64 outputs, KL", 500 // share, 64, regularized=True)
    rows = small_rows(plain, 300 // share, 1000 // share, ["DOP853", "LSODA"])
    rows += small_rows(wide, 100 // share, 0, ["DOP853", "LSODA"])
    rows += small_rows(with_kl, 100 // share, 0, ["LSODA"])
    rows += small_rows(wide_with_kl, 50 // share, 0, ["LSODA"])
    if not options.quick:
        rows += large_rows()
    batches = (plain, wide, with_kl, wide_with_kl)
    spans = {c.name: [float(c.times.min()), float(c.times.max()), int(c.times.size)] for c in batches}
    write_report(options, COLUMNS, rows, time_spans_and_counts=spans, versions=versions())
    print("hitting times (shortest, longest, problems):", spans)


if __name__ == "__main__":
    main()
