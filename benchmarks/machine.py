"""The machine that a benchmark ran on, in words and numbers that name nobody's."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from sims.parallel.cores import usable_cores


def machine() -> dict[str, Any]:
    """Processor, usable cores, memory, operating system and Python."""
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "memory, GiB": memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def processor() -> str:
    """The model's name where the system says it, or the architecture."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def memory_gib() -> float | None:
    """The machine's memory; None where the system does not say."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None
