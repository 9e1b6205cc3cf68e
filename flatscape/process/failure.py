"""The report of an error that nobody expected: one line, and a file that holds the traceback."""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
import platform
import shlex
import sys
import traceback
from pathlib import Path

from flatscape import __version__
from flatscape.process.outcome import Outcome

DEVICE = (errno.ENOSPC, errno.EBADF, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What is wrong with an output, not with the program that writes to it."""

KEPT = 20
"""How many tracebacks are kept, the newest ones."""

LONGEST = 400
"""Characters of an error's own text that are shown."""


def say(line: str) -> None:
    """A line on standard error, unless that is gone too."""
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def report_failure(error: BaseException) -> Outcome:
    """One line on standard error, and the traceback in a file of the cache.

    **Returns** the exit code: `INPUT_OUTPUT` for an error of reading or writing, otherwise `FAULT`.
    """
    if isinstance(error, OSError) and error.filename is None and error.errno in DEVICE:
        say(f"error: the output cannot be written: {error.strerror}")
        return Outcome.INPUT_OUTPUT
    try:
        kept: Path | None = _keep(error)
    except Exception:  # Whatever has broken may break this too; the line has to come all the same.
        kept = None
    where = "" if kept is None else f" (traceback: {kept})"
    if isinstance(error, OSError):
        say(f"error: {_in_words(error)}{where}")
        return Outcome.INPUT_OUTPUT
    say(f"error: this should not happen: {_shown(error)}{where}")
    if kept is None:
        say("".join(traceback.format_exception(error)))
    return Outcome.FAULT


def _in_words(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is not None:
        return f"{_short(os.fsdecode(error.filename))}: {reason}"
    return f"reading or writing failed: {reason}"


def _shown(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {_short(text)}" if text else type(error).__name__


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _keep(error: BaseException) -> Path:
    from sims.files import replace_together
    from sims.llm.model_file import cache_folder

    now = datetime.datetime.now(datetime.UTC)
    folder = cache_folder() / "tracebacks"
    name = f"{now:%Y-%m-%dT%H-%M-%S.%f}-{os.getpid()}.txt"
    about = [
        f"flatscape {__version__}, Python {platform.python_version()}, {platform.platform()}",
        shlex.join(["flatscape", *sys.argv[1:]])[:10_000],
        "".join(traceback.format_exception(error)),
    ]
    replace_together(folder, {name: "\n".join(about).encode("utf-8", "backslashreplace")})
    for old in sorted(folder.glob("*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return folder / name
