"""Prompts that five reward models teach in a second: 100,000 prompts of 8 completions each, by every kind of update.

Random rewards of different quality, a truth, 16 times of the flow or 100 steps. Times are after compilation (one block
of the same shape), wall-clock and of all cores together. Mean GRPO updates of rewards that are all different take an
integral for every prompt and step, and are timed on a hundredth of the prompts.

Run as `python -m benchmarks.simulated_teaching [--quick]`; prints a table and writes
out/benchmarks/simulated_teaching.json.
"""

from __future__ import annotations

import resource
import time
from typing import NamedTuple

import numpy as np

from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions
from sims.teaching import (
    ScoredGroups,
    TeachingMethod,
    exact_ascent,
    exact_flow,
    expected_grpo,
    scored_groups,
    simulate_teaching,
)

COLUMNS = ["update", "prompts", "seconds", "CPU seconds", "prompts x models per second", "peak memory, MiB"]
PROMPTS, OUTPUTS, MODELS = 100_000, 8, 5
FLOW_TIMES = np.concatenate([[0.0], np.geomspace(0.1, 1000, 15)])
STEP_TIMES = np.arange(0, 101, 10)
QUALITY = ((1.0, 0.1), (1.0, 0.5), (1.0, 1.0), (0.3, 0.1), (0.5, 2.0))
"""Of each model: how much of the truth it has, and how much noise."""


class Case(NamedTuple):
    """**Fields**: `name`; `method`; `kl_coefficient`; `gains`; `verifier`, whether rewards are rounded to two values;
    `share`, one over the prompts that it is timed on."""

    name: str
    method: TeachingMethod
    kl_coefficient: float = 0.0
    gains: tuple[float, ...] = ()
    verifier: bool = False
    share: int = 1


CASES = (
    Case("gradient flow", exact_flow()),
    Case("gradient flow, and when each prompt has risen", exact_flow(), gains=(0.5,)),
    Case("gradient flow with KL", exact_flow(), kl_coefficient=0.1),
    Case("gradient ascent", exact_ascent(0.1)),
    Case("mean GRPO updates, two rewards", expected_grpo(0.1, 8), verifier=True),
    Case("mean GRPO updates, any rewards", expected_grpo(0.1, 8), share=100),
)


def make_groups(prompts: int, *, verifier: bool) -> ScoredGroups:
    """Random prompts."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=prompts * OUTPUTS)
    rewards = np.stack([a * truth + b * rng.normal(size=truth.size) for a, b in QUALITY])
    used = (rewards > 0).astype(float) if verifier else rewards
    return scored_groups(used, np.arange(0, truth.size + 1, OUTPUTS), truth=truth)


def teaching_rows(prompts: int) -> list[list[str]]:
    """A row of the table for every case."""
    rows = []
    for case in CASES:
        count = max(1, prompts // case.share)
        times = FLOW_TIMES if case.method.step_size is None else STEP_TIMES
        for timed in (False, True):
            # What is compiled for the first prompts serves them all: blocks have one shape.
            groups = make_groups(count if timed else min(count, 2048), verifier=case.verifier)
            wall, processor = time.perf_counter(), time.process_time()
            simulate_teaching(groups, case.method, times, kl_coefficient=case.kl_coefficient, gains=case.gains)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rate = f"{count * MODELS / wall:,.0f}"
        rows.append([case.name, f"{count:,}", f"{wall:.1f}", f"{processor:.1f}", rate, f"{memory:,.0f}"])
    return rows


def main() -> None:
    """Runs all cases and prints the table."""
    options = parse_options(__doc__, "simulated_teaching", "a tenth of the prompts")
    write_report(options, COLUMNS, teaching_rows(PROMPTS // 10 if options.quick else PROMPTS), versions=versions())


if __name__ == "__main__":
    main()
