"""A checkpoint by its name on the hub, at a pinned commit, through `huggingface_hub`."""

from __future__ import annotations

import re
from pathlib import Path

from theory.errors import InvalidInputError

_IDENTIFIER = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(@(?P<revision>\S*))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FILES = (
    "config.json",
    "generation_config.json",
    "*.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
)


def is_hub_identifier(text: str) -> bool:
    """Whether a text has the form `owner/name`, with or without `@` and a revision."""
    return _IDENTIFIER.fullmatch(text) is not None


def fetch_from_hub(identifier: str) -> Path:
    """Bring a checkpoint into the cache of `huggingface_hub`, unless it is there already.

    Only configuration, safetensors and tokenizer are asked for: neither pickles nor code.

    **Arguments**

    - `identifier`: `owner/name@COMMIT`, all 40 digits of the commit: names and branches can come to mean other weights.

    **Returns** the folder.

    **Raises** `InvalidInputError` without a commit, without the extra `hub`, and when the files cannot be had.
    """
    match = _IDENTIFIER.fullmatch(identifier)
    if match is None or not _COMMIT.fullmatch(match["revision"] or ""):
        remedy = "Give owner/name@COMMIT with all 40 digits of the commit: a name alone can come to mean other weights."
        raise InvalidInputError("model", identifier, remedy)
    try:
        import huggingface_hub
    except ImportError as error:
        remedy = "Install flatscape[hub], or give a folder or a GGUF file."
        raise InvalidInputError("model", f"{identifier}, without the package huggingface_hub", remedy) from error
    try:
        folder = huggingface_hub.snapshot_download(
            match["name"], revision=match["revision"], allow_patterns=[*_FILES, "chat_template.jinja"]
        )
    except Exception as error:  # its own errors, those of HTTP, of the file system, and of a machine without network
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        remedy = "Check the name, the commit and the network, or give a folder."
        raise InvalidInputError("model", f"{identifier} ({first})", remedy) from error
    return Path(folder)
