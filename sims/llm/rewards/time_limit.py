"""A limit on the time that a call may take, also when it never returns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from sims.llm.rewards.answers import RewardFailure
from theory.arguments.checks import check_number
from theory.errors import InvalidInputError

R = TypeVar("R")

MOST_ABANDONED = 100
"""Calls that may still be running after their time; each keeps a thread."""

LONGEST_LIMIT = 1e6
"""Seconds; a lock of the operating system waits no longer than some hundred years."""


class TimeLimit:
    """Runs functions for at most some seconds.

    Each runs in a thread of its own. Python cannot end a thread: one whose time is up is abandoned, still running, and
    ends with the process at the latest.

    **Arguments**: `seconds`, positive.

    **Raises** `InvalidInputError` for another limit; when called, if a hundred abandoned calls are still running.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = check_number("timeout", seconds)
        if not 0 < self.seconds <= LONGEST_LIMIT:
            raise InvalidInputError("timeout", seconds, f"Give seconds: a positive number, at most {LONGEST_LIMIT:g}.")
        self._abandoned: list[threading.Thread] = []

    def __call__(self, function: Callable[[], R]) -> R:
        """What `function` returns. **Raises** `RewardFailure` if it raises, or does not return in time."""
        self._abandoned = [thread for thread in self._abandoned if thread.is_alive()]
        if len(self._abandoned) >= MOST_ABANDONED:
            shown = f"{self.seconds} s, and {len(self._abandoned)} calls that still have not returned"
            raise InvalidInputError("timeout", shown, "Raise the limit, or make the reward function return.")
        answers: SimpleQueue[tuple[R | None, BaseException | None]] = SimpleQueue()

        def work() -> None:
            try:
                answers.put((function(), None))
            except BaseException as error:  # exit() in a thread must not look like a call that hangs
                answers.put((None, error))

        thread = threading.Thread(target=work, name="reward", daemon=True)
        thread.start()
        try:
            answer, error = answers.get(timeout=self.seconds)
        except Empty:
            self._abandoned.append(thread)
            raise RewardFailure("time-out", f"no answer in {self.seconds:g} s") from None
        if isinstance(error, RewardFailure):
            raise error
        if error is not None:
            raise RewardFailure(f"{type(error).__name__} raised", str(error)[:200]) from error
        return answer  # type: ignore[return-value]
