"""Laws of cost: hitting times by the number of outputs, of problems, of devices and of processes, and by the variance.

Outputs and variance: `sims.hitting_times` on batches in this process, after compilation. With more outputs a batch has
fewer problems, as many numbers as before; a ratio of 1x means that cost is proportional to the number of outputs. The
variance is that of the proxy reward, which is scaled down; times grow by the same factor, and work must not.

Problems, devices and processes: the command `flatscape simulate problems.parquet --out results.parquet`, a process of
its own, its start included, with compiled programs in the cache; what was asked is asked twice, and the second time
counts. Devices are simulated on this machine's cores, whose number does not grow. `2 commands` are two that share the
work with `--processes 2`. Whoever computes, times have to agree to 1e-9, or the run fails.

Ratios are of problems per second to the first row of a law; of outputs per second in the law of outputs. Those of the
laws of outputs, variance and problems are by the seconds of all cores, which other processes disturb less; those of
devices and processes are by the seconds that one waits. The exponent of a law is the slope of a line through the
logarithms of cost, in seconds of all cores, and size.

Run as `python -m benchmarks.scale [--quick] [--largest N]`; prints a table and writes out/benchmarks/scale.json.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.measured_process import ROOT, begun, ended
from benchmarks.report import parse_options, write_report
from flatscape.process.compilation_cache import use_compilation_cache
from proofs_check.ledger.ledger import versions
from sims.flow_hitting_times import hitting_times
from sims.parallel.cores import usable_cores
from theory.tabular.problem import Problem, make_problem

COLUMNS = ["case", "problems", "seconds", "CPU seconds", "problems/s", "ratio", "peak memory, MiB", "check"]
INCREASE = 0.1
OUTPUTS = (8, 64, 512, 4096, 32_768)
NUMBERS = 2**18
"""Outputs of all problems of a batch together."""
VARIANCES = (1.0, 1e-6, 1e-12, 1e-18, 1e-24)
PROBLEMS = (1, 1024, 8192, 65_536)
"""Whole parts of a sweep, so that few shapes are compiled."""
DEVICES = (1, 2, 4, 8)
AGREEMENT = 1e-9


Run = Callable[[Path, Path], tuple[float, float, float]]
"""From a file of problems and a name for its results to seconds, those of all cores, and MiB."""


class Measured(NamedTuple):
    """One size of a law: `seconds` for `problems`, and those of all cores; what it is called; MiB at most; what was
    checked."""

    case: str
    size: float
    problems: int
    seconds: float
    processor: float
    memory: float | None = None
    check: str = ""


def random_problems(count: int, outputs: int, *, seed: int = 0, scale: float = 1.0) -> Problem:
    """Problems of normal logits and uniform rewards, the proxy's a mixture of the truth and noise, times `scale`."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(-1, 1, (count, outputs))
    proxy = (truth + rng.uniform(-1, 1, (count, outputs))) / 2
    return make_problem(
        initial_logits=rng.standard_normal((count, outputs)), proxy_reward=scale * proxy, ground_truth_reward=truth
    )


def timed_batch(problem: Problem) -> tuple[float, float, np.ndarray]:
    """The median seconds of three runs after one that compiles, those of all cores, and the times found, infinite for
    some."""
    seconds, processor = [], []
    found = hitting_times(problem, INCREASE)
    for _ in range(3):
        started, used = time.perf_counter(), time.process_time()
        found = hitting_times(problem, INCREASE)
        seconds.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    undecided = ~(found.reached | np.isinf(found.time))
    if undecided.any():
        raise SystemExit(f"{int(undecided.sum())} problems of {problem.batch_shape} are neither reached nor never.")
    return float(np.median(seconds)), float(np.median(processor)), np.asarray(found.time)


def law_of_outputs(sizes: Sequence[int], numbers: int) -> list[Measured]:
    """Batches of equally many numbers."""
    found = []
    for outputs in sizes:
        count = max(1, numbers // outputs)
        seconds, processor, _ = timed_batch(random_problems(count, outputs))
        found.append(Measured(f"{outputs:,} outputs", outputs, count, seconds, processor))
    return found


def law_of_variance(variances: Sequence[float], count: int) -> list[Measured]:
    """The same problems with proxy rewards that are scaled down; times have to grow by the factor."""
    found, first = [], None
    for variance in variances:
        # A power of two changes no digit.
        scale = 2.0 ** round(np.log2(variance) / 2)
        seconds, processor, times = timed_batch(random_problems(count, 8, scale=scale))
        first = times if first is None else first
        reached = np.isfinite(first)
        error = float(np.max(np.abs(times[reached] * scale / first[reached] - 1)))
        if not np.array_equal(np.isfinite(times), reached):
            raise SystemExit(f"At variance {variance:g} other problems are reached.")
        if error > 1e-9:
            raise SystemExit(f"At variance {variance:g} times are off by {error:.1e}.")
        check = f"times as scaled, to {error:.0e}"
        found.append(Measured(f"variance times {variance:g}", variance, count, seconds, processor, check=check))
    return found


def write_problems(path: Path, count: int) -> Path:
    """A Parquet file of random problems of eight outputs."""
    problem = random_problems(count, 8, seed=1)
    lists = {
        "initial_logits": problem.initial_log_probabilities,
        "proxy_reward": problem.proxy_reward,
        "ground_truth_reward": problem.ground_truth_reward,
    }
    pl.DataFrame({name: pl.Series(np.asarray(values)) for name, values in lists.items()}).write_parquet(path)
    return path


def start(file: Path, out: Path, *options: str, devices: int = 1) -> subprocess.Popen[str]:
    """`flatscape simulate` in a process of its own."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    command = [sys.executable, "-m", "flatscape", "simulate", str(file), "--out", str(out), "--gamma", str(INCREASE)]
    environment = os.environ | {"XLA_FLAGS": flags, "PYTHONPATH": str(ROOT)}
    return begun([*command, *options], quiet=True, env=environment)


def commands(file: Path, out: Path, options: Sequence[Sequence[str]], devices: int = 1) -> tuple[float, float, float]:
    """Seconds of commands that run beside each other, those of all cores, and the most memory of one; asked twice, told
    once."""
    seconds = processor = memory = 0.0
    for _ in range(2):
        out.unlink(missing_ok=True)
        started = time.perf_counter()
        running = [start(file, out, *own, devices=devices) for own in options]
        used = [ended(process) for process in running]
        seconds = time.perf_counter() - started
        processor, memory = sum(one.cpu_seconds for one in used), max(one.peak_mib for one in used)
    return seconds, processor, memory


def law_of_problems(folder: Path, counts: Sequence[int]) -> list[Measured]:
    """Files of more and more problems, computed by one process."""
    found = []
    for count in counts:
        file = write_problems(folder / "problems.parquet", count)
        used = commands(file, folder / "results.parquet", [["--workers", "1"]])
        found.append(Measured(f"a file of {count:,} problem{'s' * (count > 1)}", count, count, *used))
    return found


def law_of_devices(folder: Path, count: int, numbers: Sequence[int]) -> list[Measured]:
    """One file on more and more devices, which are simulated."""

    def on(number: int) -> Run:
        return lambda file, out: commands(file, out, [["--workers", "1"]], number)

    return _same_results(
        folder, count, {f"{number} device{'s' * (number > 1)}": (number, on(number)) for number in numbers}
    )


def law_of_processes(folder: Path, count: int) -> list[Measured]:
    """One file by one process, by two, and by two commands."""
    two = [["--workers", "1", "--processes", "2", "--process", str(k)] for k in range(2)]
    return _same_results(
        folder,
        count,
        {
            "1 process": (1, lambda file, out: commands(file, out, [["--workers", "1"]])),
            "2 processes": (2, lambda file, out: commands(file, out, [["--workers", "2"]])),
            "2 commands": (2, lambda file, out: commands(file, out, two)),
        },
    )


def _same_results(folder: Path, count: int, runs: Mapping[str, tuple[int, Run]]) -> list[Measured]:
    file, out = write_problems(folder / "problems.parquet", count), folder / "results.parquet"
    found: list[Measured] = []
    first: pl.DataFrame | None = None
    for case, (size, run) in runs.items():
        used = run(file, out)
        results = pl.read_parquet(out)
        first = results if first is None else first
        found.append(Measured(case, size, count, *used, compared(results, first) if found else ""))
    return found


def compared(results: pl.DataFrame, first: pl.DataFrame) -> str:
    """How far results are from those of the first row of a law: programs for several devices round otherwise."""
    if results.equals(first):
        return "the same bits"
    times, others = (table["t_gamma"].to_numpy() for table in (results, first))
    difference = float(np.nanmax(np.abs(times / others - 1)))
    if not results["status"].equals(first["status"]) or not difference <= AGREEMENT:
        raise SystemExit(f"The results differ: times by {difference}, or in what is reached.")
    return f"times to {difference:.0e}"


def rows_of_law(law: Sequence[Measured], *, by_outputs: bool = False, waited: bool = False) -> list[list[str]]:
    """The rows of a law, with ratios to the first one, by the seconds of all cores or by those that were `waited`."""
    cost = [own.seconds if waited else own.processor for own in law]
    work = [own.problems * (own.size if by_outputs else 1) / used for own, used in zip(law, cost, strict=True)]
    return [
        [
            own.case,
            f"{own.problems:,}",
            f"{own.seconds:.3g}",
            f"{own.processor:.3g}",
            f"{own.problems / own.seconds:,.3g}",
            "" if k == 0 else f"{work[k] / work[0]:.3g}x",
            "" if own.memory is None else f"{own.memory:,.0f}",
            own.check,
        ]
        for k, own in enumerate(law)
    ]


def exponent(law: Sequence[Measured], *, of_problem: bool) -> float:
    """The slope of a line through the logarithms: of a problem's seconds, or of a file's, by the size."""
    cost = [own.processor / (own.problems if of_problem else 1) for own in law]
    return float(np.polyfit(np.log([own.size for own in law]), np.log(cost), 1)[0])


def sizes(options: argparse.Namespace) -> tuple[Sequence[int], Sequence[int]]:
    """Numbers of outputs and of problems."""
    if options.quick:
        return OUTPUTS[:3], PROBLEMS[:3]
    largest = int(float(options.largest or PROBLEMS[-1]))
    more = [10**k for k in range(5, 8) if PROBLEMS[-1] < 10**k <= largest]
    return (*OUTPUTS, *([10**6] if largest >= 10**6 else [])), (*PROBLEMS, *more)


def main() -> None:
    """Measures all laws and prints the table."""
    about = {"--largest": "problems of the largest file (default 65,536); from 1e6 on, also problems of 1e6 outputs"}
    options = parse_options(__doc__, "scale", "fewer and smaller sizes", about)
    numbers_of_outputs, counts = sizes(options)
    share = 8 if options.quick else 1
    use_compilation_cache()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    outputs = law_of_outputs(numbers_of_outputs, NUMBERS // share)
    # As many as in the law of outputs, whose programs are compiled.
    variance = law_of_variance(VARIANCES, NUMBERS // share // OUTPUTS[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problems = law_of_problems(folder, counts)
        devices = law_of_devices(folder, 8192, DEVICES[:2] if options.quick else DEVICES)
        processes = law_of_processes(folder, 16_384 if options.quick else PROBLEMS[-1])
    rows = rows_of_law(outputs, by_outputs=True)
    rows += [row for law in (variance, problems) for row in rows_of_law(law)]
    rows += [row for law in (devices, processes) for row in rows_of_law(law, waited=True)]
    exponents = {
        "seconds of a problem by its outputs": exponent(outputs, of_problem=True),
        "seconds of a problem by the variance": exponent(variance, of_problem=True),
        "seconds of a file by its problems": exponent(problems, of_problem=False),
    }
    write_report(options, COLUMNS, rows, exponents=exponents, versions=versions(), cores=usable_cores(), load=load)
    for law_name, slope in exponents.items():
        print(f"exponent, {law_name}: {slope:.3f}")


if __name__ == "__main__":
    main()
