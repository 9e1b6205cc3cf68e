"""Arguments of `flatscape audit`: which files are read, and which of their columns are what."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from theory.errors import InvalidInputError


def split_arguments(
    arguments: Sequence[str], maps: Sequence[str], roles: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Paths, and columns by role, from what stands behind the command and behind `--map`.

    An argument such as `reward=a,b` is a role unless there is a file of that name, so that several can follow one
    `--map`.

    **Raises** `InvalidInputError` for what is not `ROLE=COLUMN`, for a role given twice, and without a path.

    >>> split_arguments(["scores.csv", "reward=a,b"], ["prompt=question"], ["prompt", "reward"])
    (['scores.csv'], {'prompt': 'question', 'reward': 'a,b'})
    """
    paths: list[str] = []
    given = list(maps)
    for argument in arguments:
        role, sign, _ = argument.partition("=")
        named = bool(sign) and role in roles and not os.path.lexists(argument)
        (given if named else paths).append(argument)
    found: dict[str, str] = {}
    for text in given:
        role, sign, column = text.partition("=")
        if not sign or not role.strip() or not column.strip():
            raise InvalidInputError("--map", repr(text), f"Write ROLE=COLUMN; roles are {', '.join(roles)}.")
        if role.strip() in found:
            raise InvalidInputError("--map", repr(text), "Give each role once: several columns as reward=a,b.")
        found[role.strip()] = column.strip()
    if not paths:
        raise InvalidInputError("PATH", "nothing", "Name at least one file or folder.")
    return paths, found


_OPTIONS = {"paths_or_frames": "PATH", "rewards": "--rewards", "truth": "--truth", "mapping": "--map"}
_SPELLED = (
    (r'mapping=\{"(\w+)": "(\w+)"\}', r"--map \1=\2"),
    (r'\{"(\w+)": "(\w+)"\}', r"\1=\2"),
    (r'rewards=\("COLUMN", \.\.\.\)', "--rewards COLUMN,COLUMN"),
    (r'\{"(\w+)": (\w+)\}', r"\1=\2"),
    (r"strict=True", "--strict"),
)


@contextmanager
def as_options() -> Iterator[None]:
    """Errors about arguments of `flatscape.audit` name the options of the command instead.

    >>> with as_options():
    ...     raise InvalidInputError("paths_or_frames", "a.csv", "Or name it, as mapping={\\"group\\": \\"COLUMN\\"}.")
    Traceback (most recent call last):
        ...
    theory.errors.InvalidInputError: PATH: got a.csv. Or name it, as --map group=COLUMN.
    """
    try:
        yield
    except InvalidInputError as error:
        remedy = error.remedy
        for pattern, option in _SPELLED:
            remedy = re.sub(pattern, option, remedy)
        raise InvalidInputError(_OPTIONS.get(error.argument, error.argument), error.value, remedy) from None


def listed_numbers(argument: str, text: str) -> tuple[float, ...]:
    """Numbers between commas.

    **Raises** `InvalidInputError` if one is no number.

    >>> listed_numbers("--gain", "0.05, 0.1")
    (0.05, 0.1)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInputError(argument, repr(text), "Give numbers between commas, such as 2,4,8.") from None


def listed_sizes(argument: str, text: str) -> tuple[int, ...]:
    """Whole numbers between commas.

    **Raises** `InvalidInputError` if one is none.

    >>> listed_sizes("--group-sizes", "2,4")
    (2, 4)
    """
    found = listed_numbers(argument, text)
    if any(number != number or number != number // 1 or abs(number) > 10**9 for number in found):
        raise InvalidInputError(argument, repr(text), "Give whole numbers between commas, such as 2,4,8.")
    return tuple(int(number) for number in found)
