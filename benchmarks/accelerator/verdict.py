"""The report of a run, and what it comes to."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import jax

from benchmarks.accelerator.checking import DISAGREES, UNAVAILABLE
from benchmarks.accelerator.requirements import NEEDED
from benchmarks.accelerator.sizes import Sizes

FORMAT = 1


def verdict_of(checks: Sequence[Mapping[str, Any]], rates: Sequence[Mapping[str, Any]]) -> str:
    """One sentence."""
    wrong = [row["kernel"] for row in checks if row["verdict"] == DISAGREES]
    unknown = [row["kernel"] for row in checks if row["verdict"] == UNAVAILABLE]
    failed = [row["what"] for row in rates if "error" in row]
    if wrong:
        return f"{len(wrong)} of {len(checks)} kernels disagree with float64 on the CPU: {', '.join(wrong)}."
    if unknown:
        return f"Not checked, for the device has no float64: {', '.join(unknown)}. The other kernels agree."
    if failed:
        return f"All {len(checks)} kernels agree with float64 on the CPU; not measured: {', '.join(failed)}."
    return f"All {len(checks)} kernels agree with float64 on the CPU."


def exit_code(report: Mapping[str, Any]) -> int:
    """0 if every kernel agrees, 1 if one does not or a measurement failed, 69 if the device has no float64."""
    verdicts = {row["verdict"] for row in report["checks"]}
    if DISAGREES in verdicts or any("error" in row for row in report["rates"]):
        return 1
    return 69 if UNAVAILABLE in verdicts else 0


def report_of(
    sizes: Sizes,
    device: jax.Device,
    *,
    double: bool,
    checks: Sequence[Mapping[str, Any]],
    rates: Sequence[Mapping[str, Any]],
    seconds: float,
) -> dict[str, Any]:
    """Everything that is known of a run, as JSON holds it."""
    return {
        "format": FORMAT,
        "sizes": sizes.name,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "device": {
            "kind": device.device_kind,
            "platform": device.platform,
            "count": jax.device_count(),
            "platform_version": getattr(device.client, "platform_version", ""),
            "float64": double,
        },
        "python": platform.python_version(),
        "versions": {name: version(name) for name in NEEDED},
        "checks": list(checks),
        "rates": list(rates),
        "seconds": seconds,
        "verdict": verdict_of(checks, rates),
        "exit_code": exit_code({"checks": checks, "rates": rates}),
    }
