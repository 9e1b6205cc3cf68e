"""Ledgers that come from a file: whatever it holds, either a ledger is read or one error says why not."""

from __future__ import annotations

import json
from pathlib import Path

from proofs_check.ledger.ledger import REMEDY, Ledger
from theory.errors import InvalidInputError


def parse_ledger(text: str, argument: str, path: Path) -> Ledger:
    """The ledger in the text of a file.

    **Arguments**: `argument`, `path`: how errors name the file.

    **Raises** `InvalidInputError` for anything that `Ledger.to_record` could not have made.
    """
    try:
        record = json.loads(text)
        # Refuses, in one pass, what JSON cannot hold and half-characters that cannot be written.
        json.dumps(record, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise InvalidInputError(argument, str(path), f"It is not JSON. {REMEDY}") from None
    try:
        return Ledger.from_record(record)
    except InvalidInputError as error:
        raise InvalidInputError(argument, str(path), error.remedy) from None
