"""A progress bar on standard error, silent where nobody is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Gives a function to call with a sentence about the work in hand and the share of it that is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda what, done: bar.update(task, description=what, completed=done)


@contextmanager
def counting_bar(things: str, count: int) -> Iterator[Callable[[int], None]]:
    """A progress bar that counts: gives a function to call, from any thread, with how many more are finished."""
    finished, lock = 0, Lock()
    with progress_bar() as report:

        def advance(more: int) -> None:
            nonlocal finished
            with lock:
                finished += more
                report(f"{finished:,} of {count:,} {things}", finished / count)

        advance(0)
        yield advance
