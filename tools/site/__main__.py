"""Builds the documentation site: `python -m tools.site`, as `make docs` does."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

from figures.pages.gallery import read_ledger
from sims.files import replace_together
from theory.errors import InvalidInputError
from tools.site.api_pages import api_pages
from tools.site.figure_pages import figure_pages
from tools.site.inventories import write_inventories
from tools.site.links import objections
from tools.site.staging import BrokenLinkError, stage
from tools.site.statement_pages import statement_pages

ROOT = Path(__file__).resolve().parents[2]


def prepare(artefacts: Path, sources: Path) -> None:
    """Fills a folder with everything that Sphinx reads.

    **Arguments**: `artefacts`: the folder with a ledger and figures.

    **Raises** `BrokenLinkError` for a link to a file that is missing.
    """
    reference = api_pages()
    generated = statement_pages(read_ledger(artefacts)) | figure_pages(artefacts) | reference.pages
    stage(ROOT, generated, sources)
    write_inventories(ROOT / "docs" / "inventories", sources / "inventories")
    replace_together(sources, {"unknown_names.json": json.dumps(reference.unknown).encode()})


def build(artefacts: Path, site: Path) -> int:
    """The exit status of the build; a site that was there is replaced by one that is whole, or stays.

    **Arguments**: `artefacts`: as in `prepare`; `site`: where pages go.
    """
    with tempfile.TemporaryDirectory() as folder:
        sources, doctrees = Path(folder, "docs"), Path(folder, "doctrees")
        try:
            prepare(artefacts, sources)
        except (BrokenLinkError, InvalidInputError) as error:
            print(error, file=sys.stderr)
            return 1
        fresh = site.with_name(f"{site.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        # In one process: what computes with JAX must not be forked.
        options = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(doctrees)]
        status = build_main([*options, str(sources), str(fresh)])
    wrong = objections(fresh)
    for line in wrong:
        print(line, file=sys.stderr)
    if status or wrong:
        return 1
    shutil.rmtree(site, ignore_errors=True)
    fresh.rename(site)
    print(f"Open {site / 'index.html'}")
    return 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", type=Path, default=ROOT / "out", help="what make paper has left")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "docs", help="where the pages go")
    arguments = parser.parse_args()
    site = arguments.out.resolve()
    # Sphinx leaves this file in every site that it builds.
    if site.exists() and not (site / ".buildinfo").exists():
        sys.exit(f"--out: {site} is there and is no site that was built here. Name another folder.")
    sys.exit(build(arguments.artefacts.resolve(), site))


if __name__ == "__main__":
    main()
