"""A solver in a process of its own, which can be killed: reads scripts from its input, writes answers.

Run as a file, not as a module of the package, so that nothing but the solver is loaded. One line of JSON in, a script;
one line of JSON out, its answer: `sat`, `unsat` or `unknown`, and for `unknown` the reason. Before the first answer,
one line says `ready`, or `missing` if the solver is not installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable


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


def main(name: str) -> None:
    """Answers until the input ends."""
    try:
        answer = SOLVERS[name]()
    except ImportError as error:
        print(json.dumps(["missing", str(error)]), flush=True)
        return
    print(json.dumps(["ready", ""]), flush=True)
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as error:
            result = ("unknown", f"{type(error).__name__}: {error}")
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
