"""BibTeX of the paper and of flatscape, made from CITATION.cff, and of the other papers that statements come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from theory.origins import ORIGINS, Origin

CITATION = "CITATION.cff"


def bibtex(origins: Iterable[str] = ()) -> str:
    """Entries of the paper, of other papers among `origins` (keys of `theory.origins.ORIGINS`) and of flatscape."""
    import yaml

    data = yaml.safe_load(_text())
    (paper,) = data["references"]
    (arxiv,) = (i["value"] for i in paper["identifiers"] if i["value"].startswith("arXiv:"))
    first = paper["authors"][0]["family-names"].lower()
    return "\n\n".join(
        [
            _entry(
                "inproceedings",
                f"{first}{paper['year']}makes",
                {
                    "title": f"{{{paper['title']}}}",
                    "author": _authors(paper["authors"]),
                    "booktitle": paper["conference"]["name"],
                    "year": paper["year"],
                    "eprint": arxiv.removeprefix("arXiv:"),
                    "archivePrefix": "arXiv",
                },
            ),
            *(_entry_of(ORIGINS[key]) for key in sorted(set(origins) - {"paper", "ours"})),
            _entry(
                "software",
                "flatscape",
                {
                    "title": f"{{{data['title']}}}",
                    "author": _authors(data["authors"]),
                    "version": data["version"],
                    "license": data["license"],
                },
            ),
        ]
    )


def _entry_of(origin: Origin) -> str:
    """The entry of a paper of which the first authors and the year are known here."""
    names, _, year = origin.citation.rpartition(" ")
    fields = {
        "title": f"{{{origin.title}}}",
        "author": names.replace(" et al.", " and others"),
        "year": year,
        "eprint": origin.arxiv,
        "archivePrefix": "arXiv",
    }
    return _entry("misc", f"arxiv{origin.arxiv}", fields)


def _text() -> str:
    """From the source tree, or from the package where flatscape is installed."""
    beside = Path(__file__).resolve().parents[2] / CITATION
    return (beside if beside.is_file() else files("flatscape") / CITATION).read_text(encoding="utf-8")


def _authors(authors: list[Mapping[str, Any]]) -> str:
    # Braces keep the name of a group in one piece.
    return " and ".join(
        f"{a['family-names']}, {a['given-names']}" if "family-names" in a else f"{{{a['name']}}}" for a in authors
    )


def _entry(kind: str, key: str, fields: Mapping[str, object]) -> str:
    return "\n".join([f"@{kind}{{{key},", *(f"  {name} = {{{value}}}," for name, value in fields.items()), "}"])
