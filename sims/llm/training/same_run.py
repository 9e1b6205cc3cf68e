"""Whether what is kept belongs to the run that is asked for: their records, and the first place where they differ."""

from __future__ import annotations

from typing import Any

from theory.errors import InvalidInputError


def refuse_other_run(kept: Any, wanted: Any) -> None:
    """**Raises** `InvalidInputError` that names the first difference of two records."""
    difference = first_difference(kept, wanted)
    if difference is not None:
        name, before, now = difference
        remedy = f"It was {before!r}: go on with that, or give another folder."
        raise InvalidInputError(name, repr(now), remedy)


def first_difference(kept: Any, wanted: Any, name: str = "run") -> tuple[str, Any, Any] | None:
    """The first place at which two records differ, with both values; None if they are equal."""
    if isinstance(kept, dict) and isinstance(wanted, dict):
        for key in [*kept, *(key for key in wanted if key not in kept)]:
            found = first_difference(kept.get(key), wanted.get(key), key)
            if found is not None:
                return found
        return None
    return None if kept == wanted else (name, kept, wanted)
