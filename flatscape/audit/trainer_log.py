"""A log of scored completions that is written while TRL trains: reward functions are wrapped, and noted as they run."""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl

from flatscape.audit.files.texts import text_of
from flatscape.audit.formats.names import may_be_reward
from sims.files import replace_by
from theory.errors import InvalidInputError

RewardFunction = Callable[..., Any]
"""Called by TRL as `f(prompts=..., completions=..., **columns)`; gives a number, or None, for each completion."""

TRUTH = "truth"
OWN = ("group", "step", "prompt", "completion")
"""Columns of the table beside those of the reward functions."""


class RewardLog:
    """Notes what reward functions say of each completion, as a flat table that `flatscape audit FOLDER` reads.

    Every batch becomes a Parquet file of its own, which appears only once it is complete; several processes may write
    into one folder. Nothing of TRL is imported, and rewards are passed on as they are.

    **Arguments**

    - `folder`: where the files go; it is made if it is missing.
    - `truth`: the name of the reward function that is the truth, if one is: its column is then called `truth`.

    **Raises** `InvalidInputError` if the folder is a file.

    >>> import tempfile
    >>> from flatscape.audit import RewardLog, audit
    >>> def shorter(completions, **columns):
    ...     return [-float(len(text)) for text in completions]
    >>> folder = tempfile.TemporaryDirectory()
    >>> (logged,) = RewardLog(folder.name).wrapped([shorter])
    >>> logged(prompts=["a", "a"], completions=["x", "yes"])
    [-1.0, -3.0]
    >>> audit(folder.name).scored.rewards
    ('shorter',)
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | Path, *, truth: str | None = None) -> None:
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise InvalidInputError("folder", str(folder), "It is a file: name a folder.")
        self.truth = truth
        self._names: list[str] = []
        self._batch: dict[str, list[float | None]] = {}
        self._texts: tuple[list[str | None], list[str | None]] = ([], [])
        self._step = 0
        self._written = 0
        self._lock = Lock()

    def wrapped(self, functions: Sequence[Any]) -> list[RewardFunction]:
        """The reward functions of a trainer, which are noted from now on: give them to it in place of the given ones.

        **Raises** `InvalidInputError` for what is no function (a model, or the name of one), for two functions of one
        name, for names such as `length` or `is_short`, which no reader takes for a reward, and if none is the truth
        that was named.
        """
        names = [_name(function) for function in functions]
        columns = [TRUTH if name == self.truth else name for name in names]
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice or not names:
            raise InvalidInputError("functions", ", ".join(twice) or "none", "Give functions of different names.")
        if self.truth is not None and self.truth not in names:
            raise InvalidInputError("truth", repr(self.truth), f"Name one of the functions: {', '.join(names)}.")
        unread = [name for name in columns if name != TRUTH and not may_be_reward(name)]
        if unread:
            remedy = "Rename it: a column of this name is not taken for a reward when the log is read."
            raise InvalidInputError("functions", ", ".join(unread), remedy)
        if set(columns) & set(OWN):
            raise InvalidInputError("functions", ", ".join(names), f"Rename: {', '.join(OWN)} are columns of the log.")
        self._names = columns
        return [self._noting(function, column) for function, column in zip(functions, columns, strict=True)]

    def _noting(self, function: RewardFunction, column: str) -> RewardFunction:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def noted_later(*given: Any, **named: Any) -> Any:
                rewards = await function(*given, **named)
                self._note(column, rewards, *_texts_of(given, named), named)
                return rewards

            return noted_later

        @functools.wraps(function)
        def noted(*given: Any, **named: Any) -> Any:
            rewards = function(*given, **named)
            self._note(column, rewards, *_texts_of(given, named), named)
            return rewards

        return noted

    def _note(self, column: str, rewards: Any, prompts: Any, completions: Any, named: Mapping[str, Any]) -> None:
        values = [None if value is None else float(value) for value in rewards]
        texts = ([text_of(prompt) for prompt in prompts], [text_of(completion) for completion in completions])
        with self._lock:
            # A batch that some function has not scored, as one that failed: what there is of it is kept.
            if self._batch and (column in self._batch or texts != self._texts):
                self._write()
            self._texts = texts
            self._step = _step(named, self._step)
            self._batch[column] = values
            if len(self._batch) == len(self._names):
                self._write()

    def flush(self) -> None:
        """Writes what not all functions have scored yet; to be called at the end, if a run was stopped."""
        with self._lock:
            if self._batch:
                self._write()

    def _write(self) -> None:
        prompts, completions = self._texts
        keys = [f"{self._step}/{_digest(prompt)}" for prompt in prompts]
        count = len(completions)
        columns = {name: self._batch.get(name, [None] * count) for name in self._names}
        frame = pl.DataFrame(
            {"group": keys, "step": [self._step] * count, "prompt": prompts, "completion": completions, **columns},
            schema_overrides=dict.fromkeys(self._names, pl.Float64),
        )
        rank = os.environ.get("RANK", "0")
        name = f"rewards_{self._step:08d}_{rank}_{os.getpid()}_{self._written:06d}.parquet"
        replace_by(self.folder / name, frame.write_parquet)
        self._written += 1
        self._batch = {}


def _name(function: Any) -> str:
    name = getattr(function, "__name__", None)
    if not callable(function) or isinstance(function, type) or name is None or hasattr(function, "forward"):
        shown = repr(function)
        raise InvalidInputError("functions", shown, "Give functions: a model is called inside one of your own.")
    return str(name)


def _texts_of(given: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, Any]:
    """Prompts and completions, which TRL names; others give them in this order."""
    values = dict(zip(("prompts", "completions"), given, strict=False)) | dict(named)
    completions = values["completions"]
    return values.get("prompts", [None] * len(completions)), completions


def _step(named: Mapping[str, Any], before: int) -> int:
    """The trainer's step, which recent versions pass on; else batches are not told apart by it."""
    state = named.get("trainer_state")
    return int(getattr(state, "global_step", before))


def _digest(prompt: str | None) -> str:
    return hashlib.sha256((prompt or "").encode()).hexdigest()[:16]
