"""The exit codes of a command, in one table."""

from __future__ import annotations

import enum


class Outcome(enum.IntEnum):
    """An exit code; its `message` says what it means. Those above 128 are what shells give for a signal: 128 + its
    number; 70 and 74 are those of sysexits.h."""

    FINE = 0
    UNSOUND = 1
    BAD_INPUT = 2
    CONDITION = 3
    FAULT = 70
    INPUT_OUTPUT = 74
    HUNG_UP = 129
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143

    @property
    def message(self) -> str:
        """What the code says, without a full stop."""
        return _MESSAGES[self]


_MESSAGES = {
    Outcome.FINE: "fine",
    Outcome.UNSOUND: "a statement is violated or went unchecked, or a control is not refuted",
    Outcome.BAD_INPUT: "bad input: one line says which, and what to give instead",
    Outcome.CONDITION: "a condition of audit --fail-if holds",
    Outcome.FAULT: "a fault of flatscape itself: one line says where the traceback lies",
    Outcome.INPUT_OUTPUT: "reading or writing failed (a full disk, a closed output)",
    Outcome.HUNG_UP: "the terminal was closed (SIGHUP)",
    Outcome.INTERRUPTED: "interrupted from the keyboard (SIGINT)",
    Outcome.READER_GONE: "whoever read the output through a pipe has stopped reading, as head does",
    Outcome.TERMINATED: "told to end (SIGTERM)",
}


def exit_codes() -> str:
    """The table as text, for the end of `flatscape --help`."""
    # The first line keeps the lines from being joined to a paragraph.
    return "\b\nExit codes:\n" + "\n".join(f"  {code.value:>3}  {code.message}" for code in Outcome)
