"""Builds the documentation site: `python -m tools.site`, as `make docs` does."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from figures.pages.gallery import read_ledger
from sims.files import replace_together
from tools.site.api_pages import api_pages
from tools.site.figure_pages import figure_pages
from tools.site.inventories import write_inventories
from tools.site.links import objections
from tools.site.staging import BrokenLinkError, stage
from tools.site.statement_pages import statement_pages

ROOT = Path(__file__).resolve().parents[2]


def build(artefacts: Path, site: Path, jobs: int) -> int:
    """The exit status of the build.

    **Arguments**: `artefacts`: the folder with a ledger and figures; `site`: where pages go; `jobs`: processes.
    """
    sources = site.parent / f"{site.name}-sources"
    reference = api_pages()
    generated = statement_pages(read_ledger(artefacts)) | figure_pages(artefacts) | reference.pages
    try:
        stage(ROOT, generated, sources)
    except BrokenLinkError as error:
        print(error, file=sys.stderr)
        return 1
    write_inventories(ROOT / "docs" / "inventories", sources / "inventories")
    replace_together(sources, {"unknown_names.json": json.dumps(reference.unknown).encode()})
    # -E: pages that are generated anew each time leave nothing to reuse.
    status = build_main(["-q", "-W", "--keep-going", "-E", "-j", str(jobs), "-b", "html", str(sources), str(site)])
    wrong = objections(site)
    for line in wrong:
        print(line, file=sys.stderr)
    return status or bool(wrong)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", type=Path, default=ROOT / "out", help="what make paper has left")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "docs", help="where the pages go")
    parser.add_argument("--jobs", type=int, default=2, help="processes that read and write pages")
    arguments = parser.parse_args()
    sys.exit(build(arguments.artefacts.resolve(), arguments.out.resolve(), arguments.jobs))


if __name__ == "__main__":
    main()
