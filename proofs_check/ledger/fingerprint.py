"""A name for the code and the software that a result depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from proofs_check.ledger.ledger import versions


def code_fingerprint(packages: Iterable[str], *about: object) -> str:
    """32 hexadecimal digits that change with any Python file of the packages and any version of the software used.

    **Arguments**: `packages`, names of importable packages; `about`, what else the result depends on, ready for JSON.
    """
    digest = hashlib.sha256(json.dumps([*about, versions()], sort_keys=True).encode())
    for package in packages:
        for folder in find_spec(package).submodule_search_locations:  # type: ignore[union-attr]
            for path in sorted(Path(folder).rglob("*.py")):
                digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:32]
