"""The settings of a figure in words, short enough for a list beside it; its provenance has them in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST = 72
"""Characters of a setting that are shown; numbers of a longer list are counted instead."""


def settings_in_words(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The name and the value of each setting, those of groups under the name of the group.

    **Arguments**: `settings` as a provenance record has them: numbers, texts, lists, and groups of these.
    """
    return list(_flat(settings, ""))


def _flat(settings: Mapping[str, Any], group: str) -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        shown = f"{group}{name}".replace("_", " ")
        if isinstance(value, Mapping) and not group:
            yield from _flat(value, f"{name}: ")
        else:
            yield shown, _in_words(value)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}: {_in_words(one)}" for name, one in value.items())
        return text if len(text) <= LONGEST else ", ".join(map(str, value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(map(_in_words, value))
        return text if len(text) <= LONGEST else f"{len(value)} values, from {_in_words(value[0])}"
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
