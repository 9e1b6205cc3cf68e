"""All measures of an audit with intervals, for 1,000,000 completions under 5 reward models, against loops over prompts.

The completions (125,000 prompts of eight, rewards with ties, a truth of five levels) are read from a Parquet file; all
measures of `theory.comparison` follow for each reward model, and 1,000 resamples of the prompts for the intervals of
each, and of all differences between models. The other side is the same numbers as one would write them with NumPy:
one prompt and one reward model after the other, and resamples by indexing the table of per-prompt numbers. It is run on
a tenth of the prompts, with a twentieth of the resamples, and its time is multiplied by ten and, for the resamples, by
two hundred. On that tenth its numbers have to agree to 1e-9 (relative, or absolute below one), and its intervals,
given the same draws, to 1e-5, or the run fails.

The last row is the command itself, a process of its own: `flatscape audit` reads the file with its checks, measures and
resamples, lets every reward model teach the completions by gradient flow, resamples that too, and writes the record.

Ratios are of seconds; those of the CPU, which count both cores, are less disturbed by what else is running.

Run as `python -m benchmarks.audit [--quick]`; prints a table and writes out/benchmarks/audit.json.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
import polars

from benchmarks.measured_process import cost_of
from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions
from theory.comparison.measures import audit_measures
from theory.comparison.teachers import measured_teachers
from theory.comparison.trainer_conventions import trainer_convention
from theory.estimators.bootstrap import bootstrap_means
from theory.estimators.grouped_rewards import GroupedRewards, make_grouped_rewards
from theory.estimators.pairs import MEAN_ROUNDING
from theory.estimators.resampling import drawn_counts
from theory.estimators.reward_variance import NEAR_ZERO

COLUMNS = ["method", "seconds", "of which resamples", "CPU seconds", "flatscape over it", "check"]
MODELS, SIZE, RESAMPLES = 5, 8, 1000
SUBSETS, GROUPS = (1, 2, 4, 8), (2, 4, 8)
TENTH, TWENTIETH = 10, 20

Numbers = Mapping[str, np.ndarray]
"""Per-prompt numbers by name, each of shape `(models, prompts)`."""


def write_table(path: Path, prompts: int) -> None:
    """Completions with rewards and a truth, the rows of a prompt side by side."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, prompts * SIZE) / 4
    columns = {"prompt": np.repeat(np.arange(prompts), SIZE), "truth": truth}
    for model in range(MODELS):
        noise = rng.normal(size=truth.size) * (model + 1) / 4
        columns[f"model_{model}"] = np.round(truth + noise, 1 if model == 0 else 6)
    polars.DataFrame(columns).write_parquet(path)


def read_table(path: Path) -> GroupedRewards:
    """What `write_table` has written."""
    table = polars.read_parquet(path)
    prompt = table["prompt"].to_numpy()
    offsets = np.concatenate([[0], np.flatnonzero(np.diff(prompt)) + 1, [len(prompt)]])
    rewards = np.stack([table[f"model_{model}"].to_numpy() for model in range(MODELS)])
    return make_grouped_rewards(rewards, offsets, truth=table["truth"].to_numpy())


def flatscape(path: Path) -> tuple[float, float, float]:
    """Seconds for all, and for resampling alone; those of the CPU for all."""
    started, used = time.perf_counter(), time.process_time()
    measures = audit_measures(read_table(path), subset_sizes=SUBSETS, group_sizes=GROUPS)
    measured = time.perf_counter()
    measured_teachers(measures, resamples=RESAMPLES)
    ended = time.perf_counter()
    return ended - started, ended - measured, time.process_time() - used


def command(path: Path) -> tuple[float, float, float]:
    """Seconds of `flatscape audit`, those of the CPU, and the most memory that it held, in GB."""
    listed = [",".join(map(str, sizes)) for sizes in (GROUPS, SUBSETS)]
    options = ["--group-sizes", listed[0], "--best-of", listed[1], "--resamples", str(RESAMPLES)]
    audit = [sys.executable, "-m", "flatscape", "audit", str(path), "--json", str(path.with_suffix(".json")), *options]
    seconds, used, peak = cost_of(audit, quiet=True)
    return seconds, used, peak * 2**20 / 1e9


def accuracies_of_group(own: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Accuracy by every rule: parts and wholes for pooling, and quotients."""
    first, second = np.triu_indices(len(own), 1)
    order, true_order = np.sign(own[first] - own[second]), np.sign(truth[first] - truth[second])
    worse = np.where(true_order > 0, own[second], own[first])
    limit = own.mean() - MEAN_ROUNDING * np.abs(own).max()
    told, right = true_order != 0, (order == true_order) & (true_order != 0)
    parts = {
        "strict": (right.sum(), told.sum()),
        "half credit": (right.sum() + (told & (order == 0)).sum() / 2, told.sum()),
        "equal signs": ((order == true_order).sum(), len(order)),
        "harm aware": ((right | (told & (worse < limit))).sum(), told.sum()),
    }
    found = {}
    for rule, (part, whole) in parts.items():
        found[f"{rule}, right"], found[f"{rule}, total"] = float(part), float(whole)
        found[f"{rule}, by prompt"] = part / whole if whole else np.nan
    return found


def numbers_of_group(own: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """All per-prompt numbers of one prompt and one reward model."""
    n, variance = len(own), own.var(ddof=1)
    eps = trainer_convention("trl").eps
    within = sum(((own[truth == v] - own[truth == v].mean()) ** 2).sum() for v in np.unique(truth)) / (n - 1)
    pairs = (own[:, None] - own[None]) ** 2 * (truth[:, None] == truth[None])
    found = {
        "reward mean": own.mean(),
        "reward variance": variance,
        "zero variance": float(own.min() == own.max()),
        "shrink factor, trl": variance**0.5 / (variance**0.5 + eps),
        "variance between truths": variance - within,
        "variance within truths": within,
        "variance of equal-truth pairs": pairs.sum() / (2 * n * (n - 1)),
    }
    values, counts = np.unique(own, return_counts=True)
    for size in GROUPS:
        found[f"no signal, G={size}"] = sum(comb(int(c), size) for c in counts) / comb(n, size)
    ends = np.concatenate([[0], np.cumsum(counts)])
    class_truth = [truth[own == v].mean() for v in values]
    for k in SUBSETS:
        chances = [(comb(int(b), k) - comb(int(a), k)) / comb(n, k) for a, b in pairwise(ends)]
        found[f"best-of-{k} reward"] = float(np.dot(chances, values))
        found[f"best-of-{k} truth"] = float(np.dot(chances, class_truth))
    return found | accuracies_of_group(own, truth)


def by_loops(data: GroupedRewards) -> Numbers:
    """Per-prompt numbers, one prompt and one reward model after the other."""
    assert data.truth is not None
    bounds = list(pairwise(data.offsets.tolist()))
    found = [
        [numbers_of_group(rewards[first:last], data.truth[first:last]) for first, last in bounds]
        for rewards in data.rewards
    ]
    return {name: np.array([[own[name] for own in row] for row in found]) for name in found[0][0]}


def measures_of(numbers: Numbers, data: GroupedRewards) -> dict[str, np.ndarray]:
    """All measures, from per-prompt numbers of completions that are all scored."""
    means = {name: np.nanmean(own, axis=1) for name, own in numbers.items()}
    for rule in ("strict", "half credit", "equal signs", "harm aware"):
        right, total = means.pop(f"{rule}, right"), means.pop(f"{rule}, total")
        means[f"accuracy, {rule}, pooled"] = right / total
        means[f"accuracy, {rule}, by prompt"] = means.pop(f"{rule}, by prompt")
    variances, variance = numbers["reward variance"], means["reward variance"]
    over_all = data.rewards.var(axis=1, ddof=1)
    means["share within truths"] = means["variance within truths"] / variance
    means["whitened reward variance"] = variance / over_all
    means["within-prompt share"] = variance / (variance + numbers["reward mean"].var(axis=1, ddof=1))
    means["relative gradient bound"] = np.sqrt(variance / variance.max())
    means["near-zero variance"] = (np.sqrt(variances) <= NEAR_ZERO * np.sqrt(over_all)[:, None]).mean(axis=1)
    return means


def resampled_by_loops(table: np.ndarray, resamples: int) -> np.ndarray:
    """Means over drawn prompts of the columns of a table `(prompts, columns)`, one resample after the other."""
    found = []
    for number in range(resamples):
        drawn = np.repeat(np.arange(len(table)), drawn_counts(len(table), 0, number))
        found.append(np.nanmean(table[drawn], axis=0))
    return np.array(found)


def check_agreement(data: GroupedRewards, numbers: Numbers, resampled: np.ndarray) -> str:
    """How far the loops are from flatscape, on the same prompts and draws."""
    wanted = measures_of(numbers, data)
    measures = audit_measures(data, subset_sizes=SUBSETS, group_sizes=GROUPS)
    ours = {own.name: own.estimate for own in measured_teachers(measures, resamples=1)}
    if wanted.keys() != ours.keys():
        raise SystemExit(f"Measured by one side alone: {sorted(wanted.keys() ^ ours.keys())}.")
    error = max(float(np.max(np.abs(ours[n] - wanted[n]) / np.maximum(np.abs(wanted[n]), 1))) for n in wanted)
    again = bootstrap_means(np.concatenate(list(numbers.values())), resamples=len(resampled)).resampled
    drawn_error = float(np.nanmax(np.abs(again - resampled) / np.maximum(np.abs(resampled), 1)))
    if not (error <= 1e-9 and drawn_error <= 1e-5):
        raise SystemExit(f"The loops differ: estimates by {error:.1e}, resamples by {drawn_error:.1e}.")
    return f"{len(ours)} measures to {error:.0e}, resamples to {drawn_error:.0e}"


def main() -> None:
    """Runs both and prints the table."""
    options = parse_options(__doc__, "audit", "a twentieth of the completions")
    prompts = 6250 if options.quick else 125_000
    with tempfile.TemporaryDirectory() as folder:
        path, part = Path(folder) / "all.parquet", Path(folder) / "tenth.parquet"
        write_table(path, prompts)
        write_table(part, prompts // TENTH)
        flatscape(part)
        ours, ours_resampling, ours_cpu = min(flatscape(path) for _ in range(3))
        whole, whole_cpu, memory = command(path)
        started, started_cpu = time.perf_counter(), time.process_time()
        data = read_table(part)
        numbers = by_loops(data)
        looped, looped_cpu = time.perf_counter(), time.process_time()
        resampled = resampled_by_loops(np.concatenate(list(numbers.values())).T, RESAMPLES // TWENTIETH)
        ended, ended_cpu = time.perf_counter(), time.process_time()
    check = check_agreement(data, numbers, resampled)
    theirs_resampling = (ended - looped) * TENTH * TWENTIETH
    theirs = (looped - started) * TENTH + theirs_resampling
    theirs_cpu = (looped_cpu - started_cpu) * TENTH + (ended_cpu - looped_cpu) * TENTH * TWENTIETH
    rows = [
        [f"flatscape, {prompts * SIZE:,} rows", f"{ours:.1f}", f"{ours_resampling:.1f}", f"{ours_cpu:.1f}", "", ""],
        [
            "NumPy loops, from a tenth",
            f"{theirs:.0f}",
            f"{theirs_resampling:.0f}",
            f"{theirs_cpu:.0f}",
            f"{theirs / ours:.0f}x",
            check,
        ],
        ["flatscape audit, the whole command", f"{whole:.1f}", "", f"{whole_cpu:.1f}", "", f"{memory:.1f} GB at most"],
    ]
    write_report(options, COLUMNS, rows, versions=versions() | {"polars": polars.__version__})


if __name__ == "__main__":
    main()
