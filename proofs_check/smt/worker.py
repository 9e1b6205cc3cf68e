"""A solver in a process of its own, which can be killed: reads scripts from its input, writes answers.

Run as a file, not as a module of the package, so that nothing but the solver is loaded. One line of JSON in, a script
and the seconds that its answer may take; one line of JSON out, the answer: `sat`, `unsat` or `unknown`, and for
`unknown` the reason. Before the first answer, one line says `ready`, or `missing` if the solver is not installed.

The process ends when its input does, which is when the one that asks has ended: at once, also amid a question, where
the solver lets other threads run (z3 does); else when the time for that question is over (cvc5).
"""

from __future__ import annotations

import faulthandler
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator

GRACE = 1.0
"""Seconds beyond those of a question after which a solver ends itself, should nobody have done it."""


def _z3() -> Callable[[str], tuple[str, str]]:
    import z3

    def answer(script: str) -> tuple[str, str]:
        solver = z3.Solver()
        solver.from_string(script)
        result = str(solver.check())
        return result, solver.reason_unknown() if result == "unknown" else ""

    return answer


def _cvc5() -> Callable[[str], tuple[str, str]]:
    import cvc5

    def answer(script: str) -> tuple[str, str]:
        solver = cvc5.Solver()
        parser = cvc5.InputParser(solver)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "query")
        symbols = parser.getSymbolManager()
        while not (command := parser.nextCommand()).isNull():
            command.invoke(solver, symbols)
        result = solver.checkSat()
        if result.isUnknown():
            return "unknown", str(result.getUnknownExplanation())
        return ("sat" if result.isSat() else "unsat"), ""

    return answer


SOLVERS = {"z3": _z3, "cvc5": _cvc5}


def _lines() -> Iterator[str]:
    """The lines of the input, read by a thread of its own, which ends this process at the end of the input."""
    read: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            read.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield read.get()


def main(name: str) -> None:
    """Answers until the input ends."""
    lines = _lines()
    try:
        answer = SOLVERS[name]()
    except ImportError as error:
        print(json.dumps(["missing", str(error)]), flush=True)
        return
    print(json.dumps(["ready", ""]), flush=True)
    for line in lines:
        script, seconds = json.loads(line)
        # A thread that is not Python's: it comes to its turn whatever the solver does.
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True)
        try:
            result = answer(script)
        except Exception as error:
            result = ("unknown", f"{type(error).__name__}: {error}")
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
