"""A language model ready to use, and the logits of the token after each of any number of prompts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float32

from theory.errors import InvalidInputError

from .decoder import DecoderParameters, next_token_logits
from .decoder_config import DecoderConfig, read_decoder_config
from .decoder_weights import read_decoder_parameters
from .gguf_reader import read_gguf
from .model_file import MODEL_NAME, cache_folder, cached_model_path, fetch_model, file_sha256
from .tokenizer import LanguageModelTokenizer

_SHORTEST_BUCKET = 16
_MOST_ROWS = 8
_MOST_TOKENS_AT_ONCE = 4096

_compiled_logits = jax.jit(next_token_logits, static_argnames="config")


class LanguageModel(NamedTuple):
    """A model read from a file: `checksum` is the file's SHA-256; parameters are float32 on JAX's default device."""

    checksum: str
    config: DecoderConfig
    parameters: DecoderParameters
    tokenizer: LanguageModelTokenizer


def load_language_model(path: str | os.PathLike[str] | None = None) -> LanguageModel:
    """Read a language model into memory (135M parameters: about 2 s and 0.6 GB).

    **Arguments**

    - `path`: a GGUF file of a Llama model with the SmolLM tokenizer. Without it, SmolLM2-135M-Instruct from the cache,
      downloaded first if the cache does not have it at all.

    **Returns** the model.

    **Raises** `InvalidInputError` when the file is damaged, of another kind, or cannot be had.
    """
    source = ensure_model_path() if path is None else Path(path)
    file = read_gguf(source)
    config = read_decoder_config(file)
    tokenizer = LanguageModelTokenizer.from_gguf(file)
    if tokenizer.vocabulary_size != config.vocabulary_size:
        file.refuse(f"{tokenizer.vocabulary_size} tokens for a vocabulary of {config.vocabulary_size}")
    parameters = read_decoder_parameters(file, config)
    return LanguageModel(file_sha256(source), config, parameters, tokenizer)


def ensure_model_path() -> Path:
    """The verified model file, downloaded if it is missing; one that is there but damaged is reported, not replaced.

    **Raises** `InvalidInputError` when the cached file is damaged or cannot be downloaded.
    """
    return cached_model_path() if (cache_folder() / MODEL_NAME).exists() else fetch_model()


def next_token_distribution(model: LanguageModel, prompts: Sequence[str]) -> Float32[np.ndarray, "prompts vocabulary"]:
    """The logits of the token after each raw prompt (no chat template, no token put in front).

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `prompts`: texts of at least one and at most `context_length` tokens each.

    **Returns** logits, one row a prompt; their softmax is the next-token distribution.

    **Raises** `InvalidInputError` for no prompts, an empty or too long one, or logits that are not finite.
    """
    return logits_after_tokens(
        model, [model.tokenizer.encode(prompt, model.config.context_length) for prompt in prompts]
    )


def logits_after_tokens(
    model: LanguageModel, token_ids: Sequence[Sequence[int]]
) -> Float32[np.ndarray, "prompts vocabulary"]:
    """The logits of the token after each sequence of tokens.

    Sequences of similar length go through the decoder together, at most 8 or 4,096 tokens at a time, padded to a power
    of two in both directions, so that few shapes are ever compiled.

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `token_ids`: ragged rows of ids.

    **Returns** and **Raises** as `next_token_distribution`, and for ids outside the vocabulary.
    """
    if not token_ids:
        raise InvalidInputError("prompts", "none", "Give at least one prompt.")
    for number, row in enumerate(token_ids):
        _check_row(row, number, model.config)
    logits = np.empty((len(token_ids), model.config.vocabulary_size), dtype=np.float32)
    waiting = sorted(range(len(token_ids)), key=lambda number: len(token_ids[number]), reverse=True)
    while waiting:
        length = _power_of_two(max(len(token_ids[waiting[0]]), _SHORTEST_BUCKET))
        most_rows = max(1, min(_MOST_ROWS, _MOST_TOKENS_AT_ONCE // length))
        block, waiting = waiting[:most_rows], waiting[most_rows:]
        padded, lengths = left_padded([token_ids[number] for number in block], length, _power_of_two(len(block)))
        rows = _compiled_logits(model.parameters, model.config, jnp.asarray(padded), jnp.asarray(lengths))
        logits[block] = np.asarray(rows)[: len(block)]
    if not np.isfinite(logits).all():
        number = int(np.flatnonzero(~np.isfinite(logits).all(axis=1))[0])
        raise InvalidInputError("model", f"non-finite logits after prompt {number}", "Give an intact model file.")
    return logits


class LikelyToken(NamedTuple):
    """A token that may come next: its text, id, float64 probability and float32 logit."""

    token: str
    id: int
    probability: float
    logit: float


def most_likely_tokens(model: LanguageModel, prompt: str, count: int) -> list[LikelyToken]:
    """The tokens that are most likely to follow a raw prompt.

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `prompt`: a text of at least one token.
    - `count`: how many tokens, from 1 to the size of the vocabulary.

    **Returns** them, most likely first, equally likely ones by id; the probability is over the whole vocabulary.

    **Raises** `InvalidInputError` as `next_token_distribution`, and when `count` is out of range.
    """
    if not 1 <= count <= model.config.vocabulary_size:
        raise InvalidInputError("count of tokens", count, f"Give a number from 1 to {model.config.vocabulary_size}.")
    logits = next_token_distribution(model, [prompt])[0].astype(np.float64)
    weights = np.exp(logits - logits.max())
    probabilities = weights / weights.sum()
    order = np.argsort(-logits, kind="stable")[:count].tolist()
    decode = model.tokenizer.decode
    return [LikelyToken(decode([k]), k, float(probabilities[k]), float(logits[k])) for k in order]


def left_padded(token_ids: Sequence[Sequence[int]], length: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Token rows of one length, padding on the left.

    **Arguments**

    - `token_ids`: at least one row, none longer than `length`.
    - `length`, `rows`: the shape to fill; rows beyond those given hold one padding token.

    **Returns** the int32 array (rows, length), and the int32 number of tokens of each row.
    """
    padded = np.zeros((rows, length), dtype=np.int32)
    lengths = np.ones(rows, dtype=np.int32)
    for number, row in enumerate(token_ids):
        padded[number, length - len(row) :] = row
        lengths[number] = len(row)
    return padded, lengths


def _check_row(row: Sequence[int], number: int, config: DecoderConfig) -> None:
    if not row:
        raise InvalidInputError(f"prompt {number}", "no tokens", "Give a text that is not empty.")
    if len(row) > config.context_length:
        raise InvalidInputError(f"prompt {number}", f"{len(row)} tokens", f"Give at most {config.context_length}.")
    if min(row) < 0 or max(row) >= config.vocabulary_size:
        worst = min(row) if min(row) < 0 else max(row)
        raise InvalidInputError(
            f"prompt {number}", f"token id {worst}", f"Give ids from 0 to {config.vocabulary_size - 1}."
        )


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()
