"""Completions of any number of prompts: drawn in batches, over all devices, kept on disk as they come."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from theory.errors import InvalidInputError

from .decoder.layers import with_layers_apart
from .decoder.parameters import DecoderParameters
from .loading import LanguageModel
from .next_token import require_language_model
from .sampling.generate import completion_keys, generate
from .sampling.settings import SamplingSettings
from .sampling.sharding import by_completion, by_prompt, completion_mesh, everywhere
from .sampling.store import BatchStore
from .token_batches import check_token_rows, left_padded, power_of_two

_FORMAT = 2
_MOST = 1 << 20
_SHORTEST_BUCKET = 16

_compiled = jax.jit(generate, static_argnames=("config", "settings"))
_keys = jax.jit(completion_keys)


class Completion(NamedTuple):
    """What was drawn after one prompt: ids, their log-probabilities under the model, and whether a stop token came."""

    tokens: tuple[int, ...]
    log_probabilities: np.ndarray
    stopped: bool


class _Drawn(NamedTuple):
    """The arrays of one batch, as `sampling.generate.Completions`."""

    tokens: np.ndarray
    log_probabilities: np.ndarray
    lengths: np.ndarray


class _Batch(NamedTuple):
    """Some prompts by number, and some completions of each by their number within it."""

    prompts: range
    completions: range


def sample_completions(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    completions: int,
    settings: SamplingSettings,
    *,
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
    devices: Sequence[jax.Device] | None = None,
    at_once: int = 64,
    progress: Callable[[int], None] | None = None,
) -> list[list[Completion]]:
    """Draw completions of each prompt.

    Every completion has a random key of its own: neither batches, nor devices, nor interruptions change what is drawn
    (beyond rounding: sums in another order move log-probabilities by some 1e-6, and a tie within that may fall
    otherwise).

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `prompts`: ragged rows of ids, which with `max_tokens` more fit the model's context.
    - `completions`: how many of each prompt.
    - `settings`: how tokens are drawn.
    - `seed`: of the random numbers, from 0 to 2^32 - 1.
    - `folder`: keeps each finished batch; begun again with the same arguments, only the others are drawn.
    - `devices`: to spread batches over; all of JAX's default backend unless given.
    - `at_once`: the most completions in one batch.
    - `progress`: called with how many more completions are finished.

    **Returns** for each prompt its completions.

    **Raises** `InvalidInputError` for a reward model, prompts that are empty, too long or hold ids outside the
    vocabulary, numbers out of range, a folder that holds something else, and logits that are not finite; `OSError` when
    a batch cannot be written, which loses none of those before.
    """
    request = _Request(model, prompts, completions, settings, seed, at_once)
    request.check()
    store = None if folder is None else BatchStore(Path(folder), request.record())
    sampler = _Sampler(request, devices or jax.devices())
    found: list[list[Completion]] = [[] for _ in prompts]
    for number, batch in enumerate(request.batches()):
        arrays = _usable(store, number, batch, settings)
        if arrays is None:
            arrays = sampler.draw(batch)
            if store is not None:
                store.save(number, arrays._asdict())
        for row, prompt in enumerate(batch.prompts):
            found[prompt] += [_completion(arrays, row, column, settings) for column in range(len(batch.completions))]
        if progress is not None:
            progress(len(batch.prompts) * len(batch.completions))
    return found


class _Request(NamedTuple):
    """What is asked for, all that the drawn tokens depend on."""

    model: LanguageModel
    prompts: Sequence[Sequence[int]]
    completions: int
    settings: SamplingSettings
    seed: int
    at_once: int

    def check(self) -> None:
        """Refuse what cannot be drawn."""
        config, settings = self.model.config, self.settings
        require_language_model(self.model)
        if settings.max_tokens >= config.context_length:
            remedy = f"Give at most {config.context_length - 1}, the context less one."
            raise InvalidInputError("max_tokens", settings.max_tokens, remedy)
        check_token_rows(self.prompts, config, settings.max_tokens)
        outside = [token for token in settings.stop_tokens if token >= config.vocabulary_size]
        if outside:
            remedy = f"Give ids from 0 to {config.vocabulary_size - 1}."
            raise InvalidInputError("stop_tokens", f"token id {outside[0]}", remedy)
        for name, value in (("completions", self.completions), ("at_once", self.at_once)):
            if not 1 <= value <= _MOST:
                raise InvalidInputError(name, value, f"Give a number from 1 to {_MOST}.")
        if not 0 <= self.seed < 1 << 32:
            raise InvalidInputError("seed", self.seed, "Give a number from 0 to 2^32 - 1.")
        if len(self.prompts) * self.completions >= 1 << 32:
            raise InvalidInputError("completions", self.completions, "Give fewer than 2^32 in all.")

    def record(self) -> dict[str, object]:
        """The request as JSON, with checksums of what is long."""
        return {
            "format": _FORMAT,
            "model": self.model.checksum,
            "dtype": str(self.model.parameters.embedding.dtype),
            "prompts": hashlib.sha256(json.dumps([list(row) for row in self.prompts]).encode()).hexdigest(),
            "completions": self.completions,
            "settings": asdict(self.settings),
            "seed": self.seed,
            "at_once": self.at_once,
        }

    def batches(self) -> Iterator[_Batch]:
        """The batches in which completions are drawn, in order."""
        columns = min(self.completions, self.at_once)
        rows = max(1, self.at_once // columns)
        prompts, completions = len(self.prompts), self.completions
        for first, start in itertools.product(range(0, prompts, rows), range(0, completions, columns)):
            yield _Batch(range(first, min(first + rows, prompts)), range(start, min(start + columns, completions)))


class _Sampler:
    """Draws batches, with the parameters on every device that it uses."""

    def __init__(self, request: _Request, devices: Sequence[jax.Device]) -> None:
        self.request, self.devices = request, devices
        self._parameters: dict[jax.sharding.Mesh, DecoderParameters] = {}

    def draw(self, batch: _Batch) -> _Drawn:
        rows = [self.request.prompts[number] for number in batch.prompts]
        length = power_of_two(max(_SHORTEST_BUCKET, *map(len, rows)))
        padded, kept = left_padded(rows, length, len(rows))
        numbers = np.add.outer(np.array(batch.prompts) * self.request.completions, np.array(batch.completions))
        mesh = completion_mesh(self.devices, *numbers.shape)
        if mesh not in self._parameters:
            on_devices = jax.device_put(self.request.model.parameters, everywhere(mesh))
            self._parameters[mesh] = with_layers_apart(on_devices)
        numbers_on_devices = jax.device_put(jnp.asarray(numbers, jnp.uint32), by_completion(mesh))
        rows_on_devices = jax.device_put((jnp.asarray(padded), jnp.asarray(kept)), by_prompt(mesh))
        keys = _keys(jnp.asarray(self.request.seed, jnp.uint32), numbers_on_devices)
        config, settings = self.request.model.config, self.request.settings
        drawn = _compiled(self._parameters[mesh], config, settings, *rows_on_devices, keys)
        found = _Drawn(*(np.asarray(array) for array in drawn))
        if not np.isfinite(found.log_probabilities).all():
            raise InvalidInputError("model", "logits that are not finite", "Give an intact model file.")
        return found


def _completion(arrays: _Drawn, row: int, column: int, settings: SamplingSettings) -> Completion:
    length = int(arrays.lengths[row, column])
    tokens = tuple(arrays.tokens[row, column, :length].tolist())
    return Completion(tokens, arrays.log_probabilities[row, column, :length], tokens[-1] in settings.stop_tokens)


def _usable(store: BatchStore | None, number: int, batch: _Batch, settings: SamplingSettings) -> _Drawn | None:
    """A batch from the folder, if it has the shape of this one."""
    arrays = None if store is None else store.load(number, _Drawn._fields)
    if arrays is None:
        return None
    shape = (len(batch.prompts), len(batch.completions))
    found = _Drawn(**arrays)
    fits = found.tokens.shape == found.log_probabilities.shape == (*shape, settings.max_tokens)
    return found if fits and found.lengths.shape == shape and found.lengths.min(initial=1) >= 1 else None
