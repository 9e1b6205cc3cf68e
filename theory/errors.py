"""The one exception that bad input raises."""

from __future__ import annotations

LONGEST = 300
"""Characters of a value that a message shows: nobody reads a hundred thousand."""


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
