"""`flatscape paper`: the main job in one command: the ledger, every figure, and the page that shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatscape.commands.verify import Level
from flatscape.process.outcome import Outcome


def paper(
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("out"),
    level: Annotated[Level, typer.Option(help="How much to check, and how large the figures' samples are.")] = (
        Level.quick
    ),
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same instances.")] = 0,
) -> None:
    """Check every statement, draw every figure, and write OUT/index.html, OUT/ledger.html and OUT/ledger.json."""
    from flatscape.commands import verify
    from flatscape.commands.figures import draw_all
    from flatscape.input.paths import check_writable
    from proofs_check.ledger.ledger import write_json
    from proofs_check.ledger.plan import Wanted
    from proofs_check.ledger.run import forget

    check_writable("--out", out / "ledger.json")
    # Should the figures be interrupted, the next run must not begin with the ledger again.
    ledger = verify.run([], level=level.value, seed=seed, language_model=True, keep=True)
    write_json(out / "ledger.json", ledger.to_record())
    verify.show(ledger)
    page = draw_all([], out, size=level.value, ledger=ledger)
    forget(Wanted(level=level.value, seed=seed))
    typer.echo(f"Open {page}")
    if not ledger.sound:
        raise typer.Exit(Outcome.UNSOUND)
