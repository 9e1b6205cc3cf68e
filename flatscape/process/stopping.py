"""Signals that end a run: it cleans up, says how to go on, and is gone within two seconds, whatever it is doing."""

from __future__ import annotations

import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from flatscape.process.failure import say
from sims.files import end_at_once

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

GRACE = 1.0
"""Seconds in which a run may clean up before it is ended all the same: it may be deep inside a compiler, which does not
hear of signals."""

RESUMABLE = (("verify",), ("paper",), ("figures",), ("lm", "check"), ("lm", "sequences"), ("lm", "train"))
"""Commands that keep what they have finished until all is done."""

RESUMABLE_WITH_OUT = (("simulate",),)
"""Commands that do so where they are given `--out`."""


class Stopped(BaseException):
    """A signal has told this process to end. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Stopping:
    """What this process does at a signal that ends it: raises `Stopped`, and ends by force if that takes too long.

    **Arguments**: `arguments` of the command line, which the last line on standard error repeats.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self.number: int | None = None
        self._arguments = arguments
        self._said = threading.Lock()

    def listen(self) -> None:
        """Begins, except for signals that this process was started to ignore, as by nohup. For the main thread only."""
        woken, wake = socket.socketpair()
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(woken, wake), daemon=True).start()
        others = sys.unraisablehook

        def hook(unraisable: sys.UnraisableHookArgs) -> None:
            # Where errors cannot be raised, as while garbage is collected, the watching thread ends the run.
            if not isinstance(unraisable.exc_value, Stopped):
                others(unraisable)

        sys.unraisablehook = hook
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number
            raise Stopped(number)

    def _watch(self, woken: socket.socket, wake: socket.socket) -> None:
        """`wake` is here so that it stays open."""
        number = woken.recv(1)[0]
        while number not in SIGNALS:
            number = woken.recv(1)[0]
        time.sleep(GRACE)
        self.say(number)
        end_at_once(128 + number)

    def say(self, number: int) -> None:
        """The line on standard error, once: what has happened, and how to go on."""
        if not self._said.acquire(blocking=False):
            return
        name = signal.Signals(number).name
        with_out = any(argument.split("=")[0] == "--out" for argument in self._arguments)
        resumable = (*RESUMABLE, *RESUMABLE_WITH_OUT) if with_out else RESUMABLE
        if any(tuple(self._arguments[: len(command)]) == command for command in resumable):
            command = shlex.join(["flatscape", *self._arguments])
            line = f"stopped by {name}; what is finished is kept. To go on from there: {command}"
        else:
            line = f"stopped by {name}; nothing is left behind."
        say(line)
