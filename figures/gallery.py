"""The page that shows everything: `index.html`, which opens from a folder, without a network and without scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from figures.files import write_together
from figures.ledger_rows import LEDGER_FORMAT, ledger_rows
from figures.result import FigureResult
from proofs_check.evidence import Verdict
from theory.errors import InvalidInputError

PAGE = "index.html"


def read_ledger(folder: Path) -> dict[str, Any] | None:
    """The ledger that `flatscape verify --json` left in the folder as `ledger.json`; None if there is none.

    **Raises** `InvalidInputError` for a file that is not a ledger.
    """
    path = folder / "ledger.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict) or record.get("format") != LEDGER_FORMAT:
        raise InvalidInputError("ledger", str(path), "It is not a ledger: make it again with flatscape verify --json.")
    return record


def render_gallery(ledger: Mapping[str, Any] | None, results: Sequence[FigureResult]) -> str:
    """The page as text; every word from outside the template is escaped."""
    environment = Environment(
        loader=PackageLoader("figures"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html.jinja").render(
        ledger=ledger,
        rows=[] if ledger is None else ledger_rows(ledger),
        results=results,
        verdicts=[(verdict.value, verdict.message) for verdict in Verdict],
    )


def write_gallery(out: Path, ledger: Mapping[str, Any] | None, results: Sequence[FigureResult]) -> Path:
    """Writes `out/index.html`.

    **Arguments**

    - `out`: the folder in which the figures' files lie.
    - `ledger`: what `proofs_check.ledger.Ledger.to_record` returned, or None if there is none yet.
    - `results`: the figures to show, in order.

    **Returns** the page's path.

    **Raises** `InvalidInputError` for a folder that cannot be written to.
    """
    write_together(out, {PAGE: render_gallery(ledger, results).encode()})
    return out / PAGE
