"""How long a notebook takes to answer: a slider is moved in a browser, until the number that depends on it has changed.

Every notebook is served as `flatscape notebook` does, opened in a Chromium without a window, and warmed by its first
answers. Then one key after the other moves its slider by a step, to and fro, and each time is taken from the key to the
change in the page: computing, drawing, the way there and back. The seconds of the CPU are those of the machine that
draws, and are not told apart. There is nothing to compare with: a person's patience, half a second, is named instead.

Run as `python -m benchmarks.notebook_answers [--quick]`, with the extra `notebooks`, Chromium and the language model;
prints a table and writes out/benchmarks/notebook_answers.json.
"""

from __future__ import annotations

import statistics
import sys

from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions
from tools.notebook_browser import MOVES, browser, opened, served

COLUMNS = ["case", "median, s", "longest, s", "answers", "ratio"]
PATIENCE = 0.5
WARMING = 2


def answers(name: str, count: int) -> list[float]:
    """Seconds of each of `count` answers of a notebook, after the first ones."""
    move = MOVES[name]
    with browser() as chromium, served(name) as address:
        page = opened(chromium, address)
        page.settled(move.watched)
        page.quiet(move.watched)
        # The first move goes where the next steps change what is watched, in both directions.
        page.move(move)
        back = move._replace(steps=-1 if move.steps > 0 else 1)
        there = move._replace(steps=-back.steps)
        seconds = [page.move(back if k % 2 == 0 else there) for k in range(WARMING + count)]
        if page.errors:
            raise RuntimeError(f"{name}: {page.errors[0]}")
    return seconds[WARMING:]


def main() -> None:
    """Measures all notebooks."""
    options = parse_options(__doc__, "notebook_answers", "four answers of each instead of twenty")
    rows = []
    for name in MOVES:
        print(name, file=sys.stderr, flush=True)
        seconds = answers(name, 4 if options.quick else 20)
        middle = statistics.median(seconds)
        shown = [f"{value:.2f}" for value in (middle, max(seconds))]
        rows.append([name.replace("_", " "), *shown, str(len(seconds)), f"{middle / PATIENCE:.2f}x half a second"])
    write_report(options, COLUMNS, rows, versions=versions())


if __name__ == "__main__":
    main()
