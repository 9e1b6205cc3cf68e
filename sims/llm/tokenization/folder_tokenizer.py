"""The tokenizer of a Hugging Face folder: `tokenizer.json`, its special tokens and its chat template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tokenizers

from sims.llm.checkpoints.safetensors_folder import read_json
from sims.llm.checkpoints.safetensors_reader import refuse
from theory.errors import InvalidInputError

from .chat_template import ChatTemplate
from .tokenizer import LanguageModelTokenizer

_TOKENIZER, _SETTINGS, _TEMPLATE = "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"
TOKENIZER_FILES = (_TOKENIZER, _SETTINGS, _TEMPLATE)
"""What a folder may hold for its tokenizer; only the first is needed."""
_LARGEST_TEMPLATE = 1_000_000


def read_folder_tokenizer(folder: Path) -> LanguageModelTokenizer | None:
    """The tokenizer of a folder.

    **Arguments**

    - `folder`: a Hugging Face folder.

    **Returns** the tokenizer, or None if the folder has no `tokenizer.json`: then tokens are given as ids.

    **Raises** `InvalidInputError` when a file cannot be used.
    """
    path = folder / _TOKENIZER
    if not path.is_file():
        return None
    read_json(path)
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing more specific
        refuse(path, f"a tokenizer that cannot be used: {error}")
    # Padding and truncation belong to training: prompts are never cut silently.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    control = [token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special]
    settings = read_json(folder / _SETTINGS) if (folder / _SETTINGS).is_file() else {}
    source = _template_source(folder, settings)
    try:
        template = None if source is None else ChatTemplate(source, _special_tokens(settings))
    except InvalidInputError as error:
        refuse(folder, str(error))
    return LanguageModelTokenizer(tokenizer, control, template)


def _template_source(folder: Path, settings: dict[str, Any]) -> str | None:
    """The chat template: a file of its own, or a setting; of several, that named `default`."""
    path = folder / _TEMPLATE
    if path.is_file():
        try:
            if path.stat().st_size > _LARGEST_TEMPLATE:
                refuse(path, "too large")
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            refuse(path, f"a file that cannot be read: {error}")
    template = settings.get("chat_template")
    if isinstance(template, list):
        named = [item for item in template if isinstance(item, dict) and item.get("name") == "default"]
        template = named[0].get("template") if named else None
    if template is not None and not isinstance(template, str):
        refuse(folder / _SETTINGS, "a chat template that is no text")
    return template


def _special_tokens(settings: dict[str, Any]) -> dict[str, str]:
    """Texts such as `bos_token`, by name; a file gives each as a text or as an object with a `content`."""
    found = {}
    for name in ("bos_token", "eos_token", "pad_token", "unk_token"):
        value = settings.get(name)
        text = value.get("content") if isinstance(value, dict) else value
        if isinstance(text, str):
            found[name] = text
    return found
