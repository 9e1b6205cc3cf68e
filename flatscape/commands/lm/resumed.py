"""A long check of a language model: with a progress bar, kept in the cache until it is done, with its provenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sims.llm.loading import LanguageModel
    from sims.parallel.resumable import Progress, Unfinished

Found = TypeVar("Found")


def resumed_check(
    model: LanguageModel,
    place_of: Callable[[Mapping[str, str]], Unfinished],
    check: Callable[[Unfinished, Progress], Found],
) -> tuple[Found, dict[str, Any]]:
    """What a check finds, and the model and the versions of software for its record.

    **Arguments**

    - `place_of`: where an interrupted check has left its parts, given the versions of software by name.
    - `check`: the check, given that place and where to tell its progress.
    """
    from flatscape.output.progress import progress_bar
    from proofs_check.ledger.ledger import versions

    software = versions()
    place = place_of(software)
    with progress_bar() as report:
        found = check(place, report)
    place.forget()
    source = {"files": [path.name for path in model.files], "sha256": model.checksum}
    return found, {"model": source, "software": software}
