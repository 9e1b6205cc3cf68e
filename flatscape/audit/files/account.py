"""The account of a reading: what was left out and why, and what a reader has to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from theory.errors import InvalidInputError

SHOWN = 3
"""Examples of an exclusion that are kept."""

LONGEST = 200
"""Characters of a text that an example keeps."""


@dataclass(frozen=True)
class Exclusion:
    """What was left out for one reason: `count` rows (or scores, where the reason says so), with the first three rows
    as `examples`."""

    reason: str
    count: int
    examples: tuple[Mapping[str, object], ...]


def shortened(row: Mapping[str, object]) -> dict[str, object]:
    """A row whose texts and lists are short enough to be shown."""
    return {key: _short(value) for key, value in row.items()}


def _short(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}..."
    if isinstance(value, int | float | None):
        return value
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


class Account:
    """Counts what is left out, or refuses it.

    **Arguments**

    - `argument`: the name under which a caller knows the input, for messages.
    - `strict`: whether bad rows raise an error, instead of being left out.
    """

    def __init__(self, argument: str, *, strict: bool = False) -> None:
        self.argument = argument
        self.strict = strict
        self.rows_dropped = 0
        self._exclusions: dict[str, Exclusion] = {}
        self._warnings: dict[str, None] = {}

    def exclude(
        self,
        reason: str,
        examples: Iterable[Mapping[str, object]],
        count: int = 1,
        *,
        rows: bool = True,
        expected: bool = False,
    ) -> None:
        """Notes that something is left out.

        **Arguments**

        - `reason`: in words; exclusions of the same reason are counted together.
        - `examples`: rows left out, of which the first three are kept.
        - `count`: how many are left out.
        - `rows`: whether whole rows are, rather than single scores.
        - `expected`: whether the format is known to hold what is not to be counted; then it is no fault of the file.

        **Raises** `InvalidInputError` if the reading is strict, unless it is `expected`.
        """
        if not count:
            return
        shown = [shortened(row) for row in islice(examples, SHOWN)]
        if self.strict and not expected:
            first = f"; the first: {shown[0]}" if shown else ""
            raise InvalidInputError(
                self.argument,
                f"{reason} ({'once' if count == 1 else f'{count} times'}{first})",
                "Mend the file, or read it without strict=True, which leaves such rows out and counts them.",
            )
        before = self._exclusions.get(reason, Exclusion(reason, 0, ()))
        self._exclusions[reason] = Exclusion(reason, before.count + count, (*before.examples, *shown)[:SHOWN])
        self.rows_dropped += count if rows else 0

    def warn(self, text: str) -> None:
        """Notes a sentence that a reader has to be told, once."""
        self._warnings.setdefault(text)

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """What was left out, in the order in which it was found."""
        return tuple(self._exclusions.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be told, in the order in which it was found."""
        return tuple(self._warnings)
