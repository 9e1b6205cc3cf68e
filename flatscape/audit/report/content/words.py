"""Words that stand for numbers and settings of a record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flatscape.audit.report.content.values import mapping

LONGEST = 300
"""Characters of an example that a page shows."""


def identifier(text: str) -> str:
    """A text as part of an `id`: lower-case letters, digits and hyphens.

    >>> identifier("P(no signal), G=4")
    'p-no-signal-g-4'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def example(row: object) -> str:
    """A row of a file, as JSON that is not too long."""
    written = json.dumps(row, ensure_ascii=False, default=str)
    return written if len(written) <= LONGEST else f"{written[: LONGEST - 1]}…"


def settings_rows(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Settings by name, those of a part with the part's name before them.

    >>> list(settings_rows({"trainer": "trl", "teaching": {"kl_coefficient": 0.1, "gains": None}}))
    [('trainer', 'trl'), ('teaching: KL coefficient', '0.1'), ('teaching: gains', 'not set')]
    """
    for name, value in settings.items():
        title = f"{before}{str(name).replace('_', ' ')}".replace("kl ", "KL ")
        if isinstance(value, Mapping):
            yield from settings_rows(mapping(value), f"{title}: ")
        else:
            yield title, setting(value)


def setting(value: object) -> str:
    """A setting's value in words."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(setting(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
