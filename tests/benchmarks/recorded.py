"""Small recorded reports of benchmarks, as their own files have them."""

from __future__ import annotations

from typing import Any


def report(ratios: dict[str, str], *, quick: bool = False) -> dict[str, Any]:
    """A report in the manner of `benchmarks.hitting_times`: a row of ours, then one for each ratio, by its method."""
    rows = [["8 outputs", "flatscape", "100,000", "", "2e-11", "20.0"]]
    rows += [["8 outputs", method, "1,000", ratio, "1e-09", ""] for method, ratio in ratios.items()]
    return {"quick": quick, "columns": ["case", "method", "problems/s", "ratio", "largest error", "first call, s"]} | {
        "rows": rows
    }


def run(date: str, **reports: dict[str, Any]) -> dict[str, Any]:
    """A kept run."""
    about = {"processor": "a processor", "cores": 2, "memory, GiB": 8.0, "system": "Linux x86_64", "python": "3.11.7"}
    return {"date": date, "machine": about, "versions": {"jax": "0.10.2"}, "benchmarks": reports}
