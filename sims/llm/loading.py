"""A language model or a reward model ready to use, from a GGUF file, a folder, or the hub."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import NamedTuple

from theory.errors import InvalidInputError

from .checkpoints.gguf_llama import read_decoder_config, read_decoder_parameters
from .checkpoints.gguf_reader import read_gguf
from .checkpoints.hub import fetch_from_hub, is_hub_identifier
from .checkpoints.huggingface_config import read_huggingface_config
from .checkpoints.huggingface_folder import read_folder_parameters
from .checkpoints.safetensors_folder import read_folder_tensors, read_json
from .checkpoints.weights_cache import WeightsCache
from .decoder.config import DecoderConfig
from .decoder.parameters import DecoderParameters
from .model_file import MODEL_NAME, cache_folder, cached_model_path, fetch_model, file_sha256
from .tokenization.folder_tokenizer import TOKENIZER_FILES, read_folder_tokenizer
from .tokenization.gguf_tokenizer import read_gguf_tokenizer
from .tokenization.tokenizer import LanguageModelTokenizer

PRECISIONS = ("float32", "bfloat16")


class LanguageModel(NamedTuple):
    """A model read from files.

    `parameters` lie on JAX's default device; `tokenizer` is None for a folder without one; `files` are what it was read
    from; `end_tokens` end what the model says.
    """

    config: DecoderConfig
    parameters: DecoderParameters
    tokenizer: LanguageModelTokenizer | None
    files: tuple[Path, ...]
    end_tokens: tuple[int, ...] = ()

    @property
    def checksum(self) -> str:
        """The SHA-256 of the model's file; of several files, that of their names and checksums."""
        if len(self.files) == 1:
            return file_sha256(self.files[0])
        listed = "".join(f"{file_sha256(path)}  {path.name}\n" for path in self.files)
        return hashlib.sha256(listed.encode()).hexdigest()

    def require_tokenizer(self) -> LanguageModelTokenizer:
        """The tokenizer.

        **Raises** `InvalidInputError` if the model has none.
        """
        if self.tokenizer is None:
            raise InvalidInputError(
                "model", f"{self.files[0].parent}, without tokenizer.json", "Give token ids instead."
            )
        return self.tokenizer


def load_language_model(
    path: str | os.PathLike[str] | None = None, *, dtype: str = "float32", weights_cache: WeightsCache | None = None
) -> LanguageModel:
    """Read a model into memory (135M parameters: about 2 s and 0.6 GB).

    **Arguments**

    - `path`: a GGUF file of a Llama model with the SmolLM tokenizer; a Hugging Face folder with `config.json` and
      safetensors of the architectures in `checkpoints.architectures`; or `owner/name@COMMIT` on the hub. Without it,
      SmolLM2-135M-Instruct from the cache, downloaded first if the cache does not have it at all.
    - `dtype`: the precision to keep and compute in, `float32` or `bfloat16`.
    - `weights_cache`: where the unpacked weights of a GGUF file are kept for the next time; None for nowhere.

    **Returns** the model; with `config.labels` above zero it is a reward model.

    **Raises** `InvalidInputError` when the files are damaged, of another kind, or cannot be had.
    """
    if dtype not in PRECISIONS:
        raise InvalidInputError("dtype", dtype, f"Give one of {', '.join(PRECISIONS)}.")
    if path is None:
        return _load_gguf(ensure_model_path(), dtype, weights_cache)
    source = Path(path)
    if not source.exists() and is_hub_identifier(str(path)):
        return _load_folder(fetch_from_hub(str(path)), dtype)
    return _load_folder(source, dtype) if source.is_dir() else _load_gguf(source, dtype, weights_cache)


def ensure_model_path() -> Path:
    """The verified model file, downloaded if it is missing; one that is there but damaged is reported, not replaced.

    **Raises** `InvalidInputError` when the cached file is damaged or cannot be downloaded.
    """
    return cached_model_path() if (cache_folder() / MODEL_NAME).exists() else fetch_model()


def _load_gguf(path: Path, dtype: str, weights_cache: WeightsCache | None) -> LanguageModel:
    file = read_gguf(path)
    config = read_decoder_config(file)
    tokenizer = read_gguf_tokenizer(file)
    if tokenizer.vocabulary_size != config.vocabulary_size:
        file.refuse(f"{tokenizer.vocabulary_size} tokens for a vocabulary of {config.vocabulary_size}")
    read = partial(read_decoder_parameters, file, config, dtype)
    parameters = read() if weights_cache is None else weights_cache.parameters(file_sha256(path), config, dtype, read)
    ends = _end_tokens(file.metadata.get("tokenizer.ggml.eos_token_id"), config)
    return LanguageModel(config, parameters, tokenizer, (path,), ends)


def _load_folder(folder: Path, dtype: str) -> LanguageModel:
    architecture, config = read_huggingface_config(folder / "config.json")
    tensors = read_folder_tensors(folder)
    tokenizer = read_folder_tokenizer(folder)
    # Embeddings are often padded to a round number; a token beyond them could not be read.
    if tokenizer is not None and tokenizer.vocabulary_size > config.vocabulary_size:
        tensors.refuse(f"{tokenizer.vocabulary_size} tokens for a vocabulary of {config.vocabulary_size}")
    parameters = read_folder_parameters(tensors, architecture, config, dtype)
    files = (folder / "config.json", *tensors.files, *(folder / name for name in TOKENIZER_FILES))
    generation = folder / "generation_config.json"
    declared = read_json(generation if generation.is_file() else folder / "config.json").get("eos_token_id")
    files = tuple(path for path in files if path.is_file())
    return LanguageModel(config, parameters, tokenizer, files, _end_tokens(declared, config))


def _end_tokens(declared: object, config: DecoderConfig) -> tuple[int, ...]:
    """The ids that a file declares as ends, one or several; what is no id of the vocabulary ends nothing."""
    listed = declared if isinstance(declared, list) else [declared]
    return tuple(token for token in listed if type(token) is int and 0 <= token < config.vocabulary_size)
