"""The command line: what is missing is said first, then everything is checked, timed, written and printed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.accelerator.requirements import NEEDED, missing_packages, use_stand_ins

NOT_HAD, NOT_WRITTEN = 69, 74
"""Exit codes of sysexits, for what is not available and for what cannot be written; the others are `exit_code`'s."""


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accelerator", description=__doc__)
    parser.add_argument("--sizes", choices=("full", "quick", "tiny"), default="full", help="tiny is for tests")
    parser.add_argument(
        "--quick", action="store_const", const="quick", default="full", dest="sizes", help="minutes on any machine"
    )
    parser.add_argument("--out", type=Path, default=Path("out/gpu.json"))
    return parser.parse_args(arguments)


def run(sizes_name: str) -> dict[str, Any]:
    """The report of a run on JAX's default device."""
    import jax

    from benchmarks.accelerator.checking import check_kernels, has_double
    from benchmarks.accelerator.kernels import KERNELS
    from benchmarks.accelerator.rates import measure
    from benchmarks.accelerator.sizes import ALL_SIZES
    from benchmarks.accelerator.verdict import report_of

    sizes, started = ALL_SIZES[sizes_name], time.perf_counter()
    device, double = jax.devices()[0], has_double()
    print(f"{device.device_kind} ({device.platform}); float64: {'yes' if double else 'no'}", file=sys.stderr)
    if device.platform == "cpu":
        print("JAX finds no accelerator: everything runs on the CPU.", file=sys.stderr)
    print("Checking the kernels", file=sys.stderr)
    checks = check_kernels(KERNELS, sizes, double=double)
    print("Timing", file=sys.stderr)
    rates = measure(sizes, double)
    return report_of(sizes, device, double=double, checks=checks, rates=rates, seconds=time.perf_counter() - started)


def main(arguments: list[str] | None = None) -> int:
    """Runs everything. **Returns** the exit code."""
    options = parsed(arguments)
    missing = missing_packages()
    if missing:
        lines = "\n".join(f"  {line}" for line in missing)
        print(f"Nothing was computed. This needs {', '.join(NEEDED)}:\n{lines}", file=sys.stderr)
        return NOT_HAD
    replaced = use_stand_ins()

    from sims.files import check_writable, replace_together

    try:
        check_writable(options.out.parent)
        report = run(options.sizes) | {"stand_ins": list(replaced)}
        text = json.dumps(report, indent=2, allow_nan=False) + "\n"
        replace_together(options.out.parent, {options.out.name: text.encode()})
    except OSError as error:
        print(f"{options.out} cannot be written: {error}", file=sys.stderr)
        return NOT_WRITTEN

    from benchmarks.accelerator.table import report_table
    from benchmarks.accelerator.verdict import exit_code

    print(report_table(report))
    return exit_code(report)


if __name__ == "__main__":
    sys.exit(main())
