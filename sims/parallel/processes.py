"""Computations in several processes, none of which outlives the run that started them, however that ends."""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from sims.files import end_at_once
from sims.parallel.cores import shared_linear_algebra

Prepare = Callable[[int], None]
"""The preparation of a process before it computes, given how many of them there are; a function of a module, which is
sent to each process by its name."""

_HANG_UP = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()
"""The signal of a closed terminal, where there are terminals."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def no_preparation(processes: int) -> None:
    """Nothing."""


class _Pool(ProcessPoolExecutor):
    def __init__(self, count: int, **options: Any) -> None:
        super().__init__(count, **options)
        self.count = count

    def submit(
        self, call: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        # This may start a process, which inherits what is blocked: a key that interrupts goes to all processes of a
        # terminal, and the one that started them has to decide what becomes of them.
        with (
            _postponed(signal.SIGINT, signal.SIGTERM, *_HANG_UP),
            _blocked(signal.SIGINT),
            shared_linear_algebra(self.count),
        ):
            return super().submit(call, *args, **kwargs)


@contextmanager
def worker_processes(count: int, prepare: Prepare) -> Iterator[ProcessPoolExecutor]:
    """A pool of prepared processes, all of which have ended when the block is left.

    What has not begun by then is dropped; an error in the block also stops what is running. Should this process end
    within the block, in any way at all, the others notice and end too.
    """
    # Forking a process in which JAX has started threads can hang.
    context = multiprocessing.get_context("spawn")
    # Python's helper for what processes share ends with the last of them; a closed terminal must not end it before.
    with _blocked(*_HANG_UP), _silent_helper():
        resource_tracker.ensure_running()
    # Nobody ever writes into this pipe. Its one end is closed here, or by the end of this process; workers see either.
    lifeline, held = context.Pipe(duplex=False)
    # The preparation is sent as a name, so that a worker watches the lifeline before it imports anything slow.
    named = (prepare.__module__, prepare.__qualname__)
    pool = _Pool(count, mp_context=context, initializer=_begin, initargs=(lifeline, *named, count))
    try:
        yield pool
    except BaseException:
        held.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        held.close()
        lifeline.close()


@contextmanager
def _blocked(*numbers: int) -> Iterator[None]:
    """Processes that are started in the block never hear of these signals."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _postponed(*numbers: int) -> Iterator[None]:
    """This process acts on these signals after the block only. A handler that raises while a process is being started
    would leave that process without its work, of which it complains with a traceback."""
    # Handlers are called in the main thread only. A mask would not do: any thread may be given the signal.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    handlers = {number: handler for number in numbers if callable(handler := signal.getsignal(number))}
    for number in handlers:
        signal.signal(number, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in heard:
            handlers[number](number, frame)


def _begin(lifeline: Connection, module: str, name: str, count: int) -> None:
    """What a worker does first."""
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    # Signals wake the watching thread, even while the main one is deep inside a compiler.
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, *_HANG_UP):
        signal.signal(number, lambda number, frame: None)
    threading.Thread(target=_watch, args=(lifeline, woken, wake), daemon=True).start()
    functools.reduce(getattr, name.split("."), importlib.import_module(module))(count)  # type: ignore[operator]


def _watch(lifeline: Connection, woken: socket.socket, wake: socket.socket) -> None:
    """Ends this process with the one that started it, or at a signal. `wake` is here so that it stays open."""
    ready = wait([lifeline, woken])
    end_at_once(128 + woken.recv(1)[0] if woken in ready else 1)


@contextmanager
def _silent_helper() -> Iterator[None]:
    """Within the block the helper is started without its warnings: of a run that is being ended it would say that
    semaphores are left over, which it then removes."""
    option = "ignore:resource_tracker:UserWarning"
    sys.warnoptions.append(option)
    try:
        yield
    finally:
        sys.warnoptions.remove(option)
