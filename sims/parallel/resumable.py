"""Resumable runs: named parts, in one process or several, whose results are kept in files until all of them are there.

What a run has finished lies in a folder of the cache that is named after all that the results depend on: the code, the
versions of the software, and what was asked for. An interrupted run leaves it there, and the same run finds it again;
results of other code or other settings are never found, let alone mixed in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar

from sims.files import replace_together
from sims.parallel.processes import Prepare, no_preparation, worker_processes

Result = TypeVar("Result")

Progress = Callable[[str, float], None]
"""Called with what is done or begun, and the share of the parts that are done."""

_EARLIER_LAYOUT = re.compile(r"(figures-)?[0-9a-f]{32}")
"""Names of folders in which versions before this one kept what they had finished."""


@dataclass(frozen=True)
class Unfinished:
    """Where a run keeps what it has finished: a `folder` in another one that is named after the code.

    `unfinished` names it.
    """

    folder: Path

    def keep(self, name: str, content: bytes) -> None:
        """Keeps a file; one that cannot be written is only lost to a run that is interrupted."""
        with contextlib.suppress(OSError):
            replace_together(self.folder, {name: content})

    def kept(self, name: str) -> bytes | None:
        """The content of a file that was kept; None if there is none."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None

    def forget(self) -> None:
        """Removes all that was kept, so that the next run computes everything anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # Something else of the same code may be in it.
            self.folder.parent.rmdir()

    def forget_earlier_code(self) -> None:
        """Removes what runs of the same kind have left whose code, in the same place as this one, has since changed."""
        code = self.folder.parent
        same_place = f"{code.name.rpartition('-')[0]}-"
        with contextlib.suppress(OSError):
            for other in list(code.parent.iterdir()):
                earlier = other.name.startswith(same_place) and other.name != code.name
                if earlier or _EARLIER_LAYOUT.fullmatch(other.name):
                    shutil.rmtree(other, ignore_errors=True)


def unfinished(
    root: Path, kind: str, packages: Sequence[str], software: Mapping[str, str], about: object = None
) -> Unfinished:
    """The place for what runs of a kind have finished.

    **Arguments**

    - `root`: the folder for all such places.
    - `kind`: a word for the kind of run.
    - `packages`: importable packages whose code results depend on; `software`: versions that they depend on, by name.
    - `about`: what was asked for, ready for JSON.
    """
    place, code = _fingerprints(tuple(packages), json.dumps(dict(software), sort_keys=True))
    return Unfinished(root / f"{kind}-{place}-{code}" / digest(about))


def digest(*about: object) -> str:
    """32 hexadecimal digits for numbers, texts, lists and dictionaries of them."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def code_fingerprint(packages: Sequence[str], software: Mapping[str, str]) -> str:
    """32 hexadecimal digits that change with the code of importable packages and with versions of software, by name."""
    return _fingerprints(tuple(packages), json.dumps(dict(software), sort_keys=True))[1]


@cache
def _fingerprints(packages: tuple[str, ...], software: str) -> tuple[str, str]:
    """Names for where the packages lie, and for their code and the software: the latter changes with any file."""
    place, code = hashlib.sha256(), hashlib.sha256(software.encode())
    for package in packages:
        found = find_spec(package)
        for folder in (found and found.submodule_search_locations) or ():
            place.update(folder.encode())
            for path in sorted(Path(folder).rglob("*.py")):
                code.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return place.hexdigest()[:8], code.hexdigest()[:32]


@dataclass(frozen=True)
class Task(Generic[Result]):
    """What a run does with each of its parts; it is sent to the processes at work.

    **Fields**

    - `make`: the result of a part from its name. It and `finish` are functions of a module, or partial ones.
    - `to_bytes`, `from_bytes`: the result as it is kept, and back, with any error for what is damaged.
    - `place`: where results are kept.
    - `about`: what else the results depend on, ready for JSON.
    - `finish`: called in the process at work with each part's name, its result, made or found, and the seconds that it
      took; None where a result that was found needs no more work.
    """

    make: Callable[[str], Result]
    to_bytes: Callable[[Result], bytes]
    from_bytes: Callable[[bytes], Result]
    place: Unfinished
    about: object = None
    finish: Callable[[str, Result, float], None] | None = None

    def kept(self, name: str) -> Result | None:
        """What an interrupted run has left of a part; None if it has not, or the file is damaged."""
        content = self.place.kept(self._file_name(name))
        if content is None:
            return None
        try:
            return self.from_bytes(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def __call__(self, name: str) -> Result:
        """The part's result, made unless it is found, and kept."""
        started = time.perf_counter()
        result = self.kept(name)
        if result is None:
            result = self.make(name)
            self.place.keep(self._file_name(name), self.to_bytes(result))
        if self.finish is not None:
            self.finish(name, result, time.perf_counter() - started)
        return result

    def _file_name(self, name: str) -> str:
        return f"{digest(name, self.about)}.json"


def run_resumable(
    task: Task[Result],
    groups: Sequence[Sequence[str]],
    *,
    what: str = "parts",
    workers: int = 1,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> dict[str, Result]:
    """Does every part, except for those that an interrupted run has left with nothing more to do.

    **Arguments**

    - `groups`: the names of the parts; one process does all of a group, one after another.
    - `what`: the parts in one word.
    - `workers`: processes at work; with one, or one group, all is done in this process.
    - `progress`: see `Progress`. `prepare`: called first in each process that works, with their number.

    **Returns** the results by name, in the order of the groups.
    """
    report = progress or (lambda what, done: None)
    task.place.forget_earlier_code()
    names = [name for group in groups for name in group]
    found = {} if task.finish is not None else {n: kept for n in names if (kept := task.kept(n)) is not None}
    if found:
        report(f"found {len(found)} {what} of an interrupted run", len(found) / len(names))
    left = [rest for group in groups if (rest := [name for name in group if name not in found])]

    def done(name: str, result: Result) -> None:
        found[name] = result
        report(f"done: {name}", len(found) / len(names))

    if workers > 1 and len(left) > 1:
        count = min(workers, len(left))
        report(f"{sum(map(len, left))} {what} in {count} processes", len(found) / len(names))
        with worker_processes(count, prepare or no_preparation) as pool:
            for future in as_completed([pool.submit(_do_group, task, group) for group in left]):
                for name, result in future.result():
                    done(name, result)
    else:
        (prepare or no_preparation)(1)
        for name in [name for group in left for name in group]:
            report(name, len(found) / len(names))
            done(name, task(name))
    return {name: found[name] for name in names}


def _do_group(task: Task[Result], names: list[str]) -> list[tuple[str, Result]]:
    return [(name, task(name)) for name in names]
