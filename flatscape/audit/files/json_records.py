"""Records from JSON: one object a line, a list of objects, or an object of columns."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatscape.audit.files.account import Account
from flatscape.audit.files.streams import first_bytes, opened
from theory.errors import InvalidInputError

LONGEST_LINE = 64 * 2**20
"""Bytes of a line; a record of a completion has thousands."""

LARGEST = 2 * 2**30
"""Bytes of a JSON file that is one value, which has to be in memory as a whole."""

Record = dict[str, Any]


class RepeatedKey(ValueError):
    """An object has one key twice: of such JSON's readers take the last, silently."""


@dataclass(frozen=True)
class JsonFile:
    """A JSON file, read anew whenever its records are asked for."""

    path: Path

    def records(self, account: Account) -> Iterator[Record]:
        """Its records. Lines that are no object are excluded; the last of them may be cut off.

        **Raises** `InvalidInputError` if it is empty, not UTF-8, nested too deeply, has a key twice in one object, or
        holds no records at all.
        """
        if _one_value(self.path, account):
            yield from self._whole(account)
        else:
            with opened(self.path, account) as stream:
                yield from _lines(stream, str(self.path), account)

    def _whole(self, account: Account) -> Iterator[Record]:
        with opened(self.path, account) as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise InvalidInputError(
                account.argument, f"{self.path}, more than {LARGEST} bytes", "Write it as JSON Lines (.jsonl)."
            )
        try:
            value = parsed(_decoded(content, str(self.path), account))
        except json.JSONDecodeError as error:
            if error.msg == "Extra data":
                # One object a line, in a file whose name does not say so.
                yield from _lines(io.BytesIO(content), str(self.path), account)
                return
            raise InvalidInputError(account.argument, str(self.path), f"It is not JSON ({error}).") from None
        except (ValueError, RecursionError) as error:
            raise _unusable(str(self.path), error, account) from None
        yield from records_in(value, str(self.path), account)


def _one_value(path: Path, account: Account) -> bool:
    """Whether the file is one JSON value, rather than one on each line."""
    start = first_bytes(path, 4096, account).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InvalidInputError(account.argument, str(path), "It is empty: give a file with records.")
    name = path.name.lower()
    return start.startswith(b"[") or (".jsonl" not in name and ".ndjson" not in name)


def _lines(stream: io.BufferedIOBase, name: str, account: Account) -> Iterator[Record]:
    good = bad = 0
    for number, line in _numbered(stream, name, account):
        text = _decoded(line, f"{name}, line {number}", account)
        if not text.strip():
            continue
        try:
            value = parsed(text)
        except RecursionError as error:
            raise _unusable(f"{name}, line {number}", error, account) from None
        except RepeatedKey as error:
            raise _unusable(f"{name}, line {number}", error, account) from None
        except ValueError:
            bad += 1
            last = not line.endswith(b"\n")
            reason = "the last line of a log is cut off" if last else "a line is not JSON"
            account.exclude(reason, [{"file": name, "line": number, "text": text.strip()}])
            if last:
                account.warn(f"{name} ends in the middle of a line: the log was cut off while it was written.")
            continue
        if not isinstance(value, dict):
            bad += 1
            account.exclude("a line is no JSON object", [{"file": name, "line": number, "text": text.strip()}])
            continue
        good += 1
        yield value
    if not good:
        what = f"{name}, whose {bad} lines are no JSON objects" if bad else f"{name}, an empty file"
        raise InvalidInputError(account.argument, what, "Give one JSON object a line.")


def _numbered(stream: io.BufferedIOBase, name: str, account: Account) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise InvalidInputError(
                account.argument,
                f"{name}, whose line {number} has more than {LONGEST_LINE} bytes",
                "Give one record a line, without what is not needed (images, token ids).",
            )
        yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def parsed(text: str) -> Any:
    """The value of a JSON text. **Raises** `ValueError`, `RepeatedKey` or `RecursionError`."""
    return DECODER.decode(text)


def _object(pairs: Sequence[tuple[str, Any]]) -> Record:
    # One string for a key, however many records have it.
    found = {sys.intern(key): value for key, value in pairs}
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKey(next(key for key in keys if keys.count(key) > 1))
    return found


DECODER = json.JSONDecoder(object_pairs_hook=_object)


def records_in(value: object, name: str, account: Account) -> Iterator[Record]:
    """The records of a list of objects, of an object of columns (of which each is a list, and single values belong to
    every record), of an object that holds one such list, or of a single object."""
    if isinstance(value, Mapping):
        value = _from_object(dict(value))
    if not isinstance(value, list):
        raise InvalidInputError(account.argument, f"{name} with {type(value).__name__}", "Give a list of objects.")
    wrong = [item for item in value if not isinstance(item, Mapping)]
    if len(wrong) == len(value):
        raise InvalidInputError(account.argument, f"{name} with no records", "Give a list of objects.")
    account.exclude("an item is no JSON object", ({"file": name, "item": item} for item in wrong), len(wrong))
    yield from (dict(item) for item in value if isinstance(item, Mapping))


def _from_object(value: Record) -> list[Record]:
    lists = {key: column for key, column in value.items() if isinstance(column, list)}
    if len(lists) == 1:
        (inner,) = lists.values()
        if inner and all(isinstance(item, Mapping) for item in inner) and "content" not in inner[0]:
            return inner
    lengths = {len(column) for column in lists.values()}
    if len(lists) < 2 or len(lengths) != 1 or _is_record(value, lists):
        return [value]
    single = {key: item for key, item in value.items() if key not in lists}
    return [{**single, **dict(zip(lists, row, strict=True))} for row in zip(*lists.values(), strict=True)]


def _is_record(value: Record, lists: Record) -> bool:
    """Whether it is one prompt with lists of completions and scores, rather than a table of columns."""
    return any(isinstance(value.get(key), str) and key not in lists for key in ("prompt", "question", "instruction"))


def _decoded(content: bytes, name: str, account: Account) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            account.argument, f"{name}, which is not UTF-8 (byte {error.start})", "Save it as UTF-8 text."
        ) from None


def _unusable(name: str, error: Exception, account: Account) -> InvalidInputError:
    if isinstance(error, RecursionError):
        return InvalidInputError(account.argument, f"{name}, nested too deeply", "Give flat records.")
    if isinstance(error, RepeatedKey):
        return InvalidInputError(account.argument, f"{name} with the key {str(error)!r} twice", "Give each key once.")
    return InvalidInputError(account.argument, name, f"It is not JSON ({error}).")
