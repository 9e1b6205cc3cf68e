"""One method at work on some statements: their tallies, its clock, and the evidence in the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.sampling.tally import Tally
from theory.statement import Statement


@runtime_checkable
class Progress(Protocol):
    """Called with a sentence about the work in hand, and the share of it that is done."""

    def __call__(self, what: str, done: float, /) -> None: ...


class Campaign:
    """The tallies of the statements that a method checks; the clock starts at once.

    **Arguments**

    - `method`: the way of knowing, as evidence names it.
    - `statements`: to be checked; `seed`: of what is random, for the evidence.
    - `progress`: called with what is going on; None for nobody.
    """

    def __init__(
        self, method: Method, statements: Sequence[Statement[Any]], *, seed: int, progress: Progress | None = None
    ) -> None:
        self.statements = tuple(statements)
        self.tallies = {s.id: Tally(s) for s in statements}
        self._method, self._seed, self._progress = method, seed, progress
        self._started = time.perf_counter()

    def report(self, what: str, done: float) -> None:
        """Tells whoever listens."""
        if self._progress is not None:
            self._progress(what, done)

    def evidence(self, scope: dict[str, Any]) -> list[Evidence]:
        """One `Evidence` per statement, in their order; each is charged an equal share of the time."""
        seconds = (time.perf_counter() - self._started) / max(len(self.statements), 1)
        return [
            self.tallies[s.id].evidence(self._method, scope=scope, seed=self._seed, seconds=seconds)
            for s in self.statements
        ]
