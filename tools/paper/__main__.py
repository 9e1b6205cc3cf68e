"""Makes the PDF of the write-up: `python -m tools.paper`, as `make pdf` does."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from sims.files import replace_together
from theory.errors import InvalidInputError
from tools.paper import latex, source, tables
from tools.paper.claims import claim_macros, definitions
from tools.paper.facts import REMEDY, all_facts, figure_facts, sound_ledger

PICTURES = ("envelope", "which-optimiser-escapes")


def generated(text: str, artefacts: Path) -> dict[str, str]:
    """The files that the text takes in, by name.

    **Arguments**: `text`: of the write-up; `artefacts`: the folder with a ledger and figures.

    **Raises** `InvalidInputError` if an artefact is missing.
    """
    labels = source.cited_statements(text)
    ledger = sound_ledger(artefacts, labels)
    facts = all_facts(artefacts, ledger, labels)
    macros = claim_macros(source.quoted_claims(text)) | {f"fact@{name}": value for name, value in facts.items()}
    gradient, time = (figure_facts(artefacts, id) for id in ("lm-landscape", "lm-hitting-times"))
    return {
        "numbers.tex": definitions(macros),
        "table-envelope.tex": tables.envelope_table(),
        "table-model.tex": tables.model_table(gradient, time),
        "table-evidence.tex": tables.evidence_table(ledger, labels),
        "references.tex": tables.references(source.cited_papers(text)),
    }


def make(artefacts: Path, out: Path, write_up: Path = source.SOURCE) -> Path:
    """The PDF, with the generated files beside it.

    **Raises** `InvalidInputError` if an artefact is missing; `latex.LatexMissing`, `latex.LatexRefuses`.
    """
    missing = [path for path in (artefacts / f"{id}.pdf" for id in PICTURES) if not path.exists()]
    if missing:
        raise InvalidInputError("artefacts", str(missing[0]), f"It is missing. {REMEDY}")
    files = generated(write_up.read_text(encoding="utf-8"), artefacts)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copy(write_up, folder)
        for id in PICTURES:
            shutil.copy(artefacts / f"{id}.pdf", folder)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
        pdf = latex.compile_in(folder, write_up.stem)
    made = {name: content.encode() for name, content in files.items()}
    replace_together(out, {f"{write_up.stem}.pdf": pdf} | made)
    return out / f"{write_up.stem}.pdf"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artefacts", type=Path, default=Path("out"), help="the folder that make paper has filled")
    parser.add_argument("--out", type=Path, default=Path("out") / "paper", help="where the PDF goes")
    arguments = parser.parse_args()
    if shutil.which("pdflatex") is None:
        sys.exit(latex.INSTALL)
    try:
        print(make(arguments.artefacts, arguments.out))
    except (InvalidInputError, latex.LatexMissing, latex.LatexRefuses) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
