"""The one exception that bad input raises."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 300
"""Characters of a value that a message shows: nobody reads a hundred thousand."""

LONGEST_NAME = 80
"""Characters of a name that are compared with known ones."""


class InvalidInputError(ValueError):
    """An argument that cannot be computed with, found before any computing starts.

    The message names the argument, shows the offending value and says what would be accepted.

    **Arguments**

    - `argument`: the name a caller knows the input by (a parameter, a JSON key, a file).
    - `value`: what was given, already shortened to something a person can read.
    - `remedy`: what to give instead, as an imperative sentence.
    """

    def __init__(self, argument: str, value: object, remedy: str) -> None:
        self.argument = argument
        self.value = value
        self.remedy = remedy
        shown = str(value)
        if len(shown) > LONGEST:
            shown = f"{shown[: LONGEST // 2]}...{shown[-LONGEST // 4 :]}"
        super().__init__(f"{argument}: got {shown}. {remedy}")

    def __reduce__(self) -> tuple[type[InvalidInputError], tuple[str, str, str]]:
        # From another process it comes back as itself; the value only as it is shown.
        return type(self), (self.argument, str(self.value), self.remedy)


def did_you_mean(name: str, known: Iterable[str], *, most: int = 1, likeness: float = 0.6) -> str:
    """A question for the remedy of an error, with a space behind it: which known name was meant; empty if none is near.

    **Arguments**: `name`, as it was given; `most`, how many names are offered; `likeness` of an offered one at least,
    from 0 to 1, as `difflib` measures it.

    >>> from theory.errors import did_you_mean
    >>> did_you_mean("enveloppe", ["plateau", "envelope"])
    'Did you mean envelope? '
    """
    near = get_close_matches(name[:LONGEST_NAME], list(known), most, likeness)
    return f"Did you mean {' or '.join(near)}? " if near else ""
