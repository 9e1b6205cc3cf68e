"""The folder beside the results of a sweep that keeps its finished parts until all of them are one file."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flatscape.sweep.result_table import COMPRESSION, COMPRESSION_LEVEL
from sims.files import place_new, replace_together
from theory.errors import InvalidInputError

RECORD = "sweep.json"
OWN_NAMES = re.compile(r"\.?(sweep\.json|part-\d{7}\.parquet|joined).*")
"""Names of all files that are ever in the folder, temporary ones included."""

METADATA_KEY = "flatscape simulate"
"""Under which the results say what they were made of."""

ROW_GROUP = 2**16
"""Rows of a group of the results: as much as a reader has to hold at once."""


@dataclass(frozen=True)
class PartsFolder:
    """The parts of one run, numbered in the order of their rows.

    **Fields**: `out`: the file that they become; `run`: all that they depend on, ready for JSON.
    """

    out: Path
    run: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.out.with_name(f"{self.out.name}.parts")

    def planned(self) -> Sequence[Sequence[int]] | None:
        """The first row and the number of rows of each part, if an earlier process of this run has written them down.

        **Raises** `InvalidInputError` if the folder is not this run's.
        """
        try:
            record = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            if self.folder.exists() and (not self.folder.is_dir() or any(self._others())):
                raise InvalidInputError(
                    "--out", str(self.out), f"{self.folder}, where parts would be kept, is there already: move it away."
                ) from None
            return None
        changed = sorted(key for key in {*record["run"], *self.run} if record["run"].get(key) != self.run.get(key))
        if not changed:
            return record["parts"]
        raise InvalidInputError(
            "--out",
            str(self.out),
            f"{self.folder} has parts of another run, which differs in: {', '.join(changed)}. Remove it to begin "
            "anew, or name another file.",
        )

    def plan(self, parts: Sequence[Sequence[int]]) -> None:
        """Writes down what the parts are."""
        replace_together(self.folder, {RECORD: json.dumps({"run": self.run, "parts": parts}).encode()})

    def keep(self, number: int, content: bytes) -> None:
        """Keeps a part. **Raises** `OSError` if it cannot be written."""
        replace_together(self.folder, {self._part(number).name: content})

    def kept(self, number: int) -> bool:
        """Whether a part is finished."""
        return self._part(number).exists()

    def join(self, count: int) -> None:
        """Makes one file of all parts, which has its name only once it is complete, and removes them.

        Several processes may do so at once.

        **Raises** `InvalidInputError` if the name has been taken by another file, which is left alone.
        """
        try:
            handle, name = tempfile.mkstemp(dir=self.folder, prefix="joined.")
            os.close(handle)
            pl.scan_parquet([self._part(number) for number in range(count)], glob=False).sink_parquet(
                name,
                compression=COMPRESSION,
                compression_level=COMPRESSION_LEVEL,
                row_group_size=ROW_GROUP,
                maintain_order=True,
                metadata={METADATA_KEY: json.dumps(self.run, sort_keys=True)},
                sync_on_close="all",
            )
            os.chmod(name, 0o644)
            place_new(Path(name), self.out)
        except (OSError, pl.exceptions.PolarsError) as error:
            if not self.is_joined():
                if isinstance(error, FileExistsError):
                    raise InvalidInputError(
                        "--out", str(self.out), "Another file has taken that name: move it away and run this again."
                    ) from None
                raise
        self.remove()

    def is_joined(self) -> bool:
        """Whether `out` is there, made by this run."""
        return made_of(self.out) == json.dumps(self.run, sort_keys=True)

    def remove(self) -> None:
        """Removes the parts, and nothing that was not put there by a run."""
        with contextlib.suppress(OSError):
            for path in list(self.folder.iterdir()):
                if OWN_NAMES.fullmatch(path.name):
                    path.unlink(missing_ok=True)
            self.folder.rmdir()

    def _others(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if not OWN_NAMES.fullmatch(path.name)]

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:07d}.parquet"


def made_of(results: Path) -> str | None:
    """What results say that they were made of; None for any other file, or none."""
    try:
        return pl.read_parquet_metadata(results).get(METADATA_KEY)
    except (OSError, pl.exceptions.PolarsError):
        return None
