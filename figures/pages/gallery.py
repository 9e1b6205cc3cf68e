"""The pages `index.html`, `ledger.html` and `code.html`, which open from a folder, without a network and without
scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from figures.catalog import CHAPTERS
from figures.pages.headlines import counts, headlines, spread
from figures.pages.ledger_rows import SIMULATOR_HEADINGS, columns, ledger_rows, simulator_rows
from figures.pages.settings import settings_in_words
from figures.pages.source import sources
from figures.pipeline.files import write_together
from figures.pipeline.result import FigureResult
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger
from proofs_check.ledger.reading import parse_ledger
from theory.errors import InvalidInputError

PAGE = "index.html"
LEDGER_PAGE = "ledger.html"
CODE_PAGE = "code.html"

HIGHLIGHTS = ("plateau", "crossover", "fig2", "hitting-time-vs-variance", "lm-hitting-times", "audit-calibration")
"""Figures that the front page opens with, where they are there."""


def read_ledger(folder: Path) -> Ledger | None:
    """The ledger that `flatscape verify --json` left in the folder as `ledger.json`; None if there is none.

    **Raises** `InvalidInputError` for a file that is not a ledger.
    """
    path = folder / "ledger.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise InvalidInputError("ledger", str(path), "It cannot be read as text: move it away.") from None
    return parse_ledger(text, "ledger", path)


def _render(template: str, **values: object) -> str:
    """The page as text; every word from outside the template is escaped."""
    environment = Environment(
        loader=PackageLoader("figures"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    verdicts = [(verdict.value, verdict.message) for verdict in Verdict]
    return environment.get_template(template).render(verdicts=verdicts, **values)


def render_gallery(ledger: Ledger | None, results: Sequence[FigureResult]) -> str:
    """`index.html`: what was checked, what was found, what to read next; the figures; every statement in short."""
    rows = [] if ledger is None else ledger_rows(ledger)
    main = headlines(rows)
    return _render(
        "index.html.jinja",
        ledger=ledger,
        rows=rows,
        counts=counts(rows),
        headlines=main,
        spread=spread(main),
        highlights=[result for id in HIGHLIGHTS for result in results if result.id == id],
        chapters=_chapters(results),
        settings_in_words=settings_in_words,
    )


def _chapters(results: Sequence[FigureResult]) -> dict[str, list[FigureResult]]:
    """The results by chapter; chapters without any are left out."""
    found = {title: [result for result in results if result.id in ids] for title, ids in CHAPTERS.items()}
    return {title: chosen for title, chosen in found.items() if chosen}


def render_ledger(ledger: Ledger) -> str:
    """`ledger.html`: statement x method, and every statement with its proof, evidence, control and instance."""
    rows = ledger_rows(ledger)
    return _render(
        "ledger.html.jinja",
        ledger=ledger,
        rows=rows,
        methods=columns(rows),
        simulator=simulator_rows(ledger),
        simulator_headings=SIMULATOR_HEADINGS,
    )


def render_code(results: Sequence[FigureResult]) -> str:
    """`code.html`: the module of every figure, and those that they share."""
    figures, shared = sources(results)
    return _render("code.html.jinja", figures=figures, shared=shared)


def write_gallery(out: Path, ledger: Ledger | None, results: Sequence[FigureResult]) -> Path:
    """Writes `out/index.html`, and `out/code.html` if there are figures, `out/ledger.html` if there is a ledger.

    **Arguments**

    - `out`: the folder in which the figures' files lie.
    - `ledger`: None if there is none yet.
    - `results`: the figures to show, in order.

    **Returns** the path of `index.html`.

    **Raises** `InvalidInputError` for a folder that cannot be written to.
    """
    pages = {PAGE: render_gallery(ledger, results)}
    if results:
        pages[CODE_PAGE] = render_code(results)
    if ledger is not None:
        pages[LEDGER_PAGE] = render_ledger(ledger)
    write_together(out, {name: page.encode() for name, page in pages.items()})
    return out / PAGE
