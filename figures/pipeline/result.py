"""A finished figure, as the gallery shows it: read back from the provenance beside its files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures.pipeline.provenance import FORMAT


@dataclass(frozen=True)
class FigureResult:
    """What a page needs to show a figure; the files lie beside the page.

    **Fields**: `id`, `title`, `caption`, `corresponds_to`, `alternative_text`; `command` that makes it; `seconds` that
    took; `module_sha256`, the checksum of the module that it was made by, None if unknown; `settings` it was computed
    with; `versions` of the software.
    """

    id: str
    title: str
    caption: str
    corresponds_to: str
    alternative_text: str
    command: str
    seconds: float
    module_sha256: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def file(self, kind: str) -> str:
        """The name of the figure's `png`, `pdf`, `csv` or `provenance.json`."""
        return f"{self.id}.{kind}"


def result_from_record(record: Mapping[str, Any]) -> FigureResult:
    """The result that a provenance record describes."""
    names = (
        *("title", "caption", "corresponds_to", "alternative_text", "command", "seconds"),
        *("module_sha256", "settings", "versions"),
    )
    return FigureResult(id=record["figure"], **{name: record[name] for name in names})


def read_results(folder: Path, ids: Iterable[str]) -> list[FigureResult]:
    """The figures among `ids` that the folder holds complete, in that order; others are left out."""
    results = []
    for id in ids:
        try:
            record = json.loads((folder / f"{id}.provenance.json").read_text(encoding="utf-8"))
            result = result_from_record(record)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        complete = all((folder / result.file(kind)).is_file() for kind in ("png", "pdf", "csv"))
        if record.get("format") == FORMAT and result.id == id and complete:
            results.append(result)
    return results
