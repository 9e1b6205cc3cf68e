"""A part whose worker is killed, as workers of a cluster find it: they import it by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def square_unless_killed(folder: str, number: int) -> int:
    """A part's result; the first worker that has part 3 is killed in the midst of it."""
    if number == 3:
        try:
            (Path(folder) / "killed").touch(exist_ok=False)
        except FileExistsError:
            return number**2
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2
