"""Tokenizers of folders: ids and conversations equal to those of transformers, and files that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sims.llm import load_language_model
from sims.llm.tokenization.folder_tokenizer import read_folder_tokenizer
from theory.errors import InvalidInputError


@pytest.fixture
def folder(copied: Callable[..., Path]) -> Path:
    return copied("llama-tied")


def test_ids_and_conversations_equal_those_of_transformers(folder: Path, golden: dict[str, Any]) -> None:
    tokenizer = read_folder_tokenizer(folder)
    assert tokenizer is not None
    for case in golden["tokenizer"]["texts"]:
        assert tokenizer.encode(case["text"]) == case["ids"]
    for case in golden["tokenizer"]["chats"]:
        text = tokenizer.chat_prompt([(role, content) for role, content in case["messages"]])
        assert text == case["text"]
        assert tokenizer.encode(text, begins=False) == case["ids"]


def test_a_folder_needs_no_tokenizer(copied: Callable[..., Path]) -> None:
    model = load_language_model(copied("qwen3-tied"))
    assert model.tokenizer is None
    with pytest.raises(InvalidInputError, match="Give token ids instead"):
        model.require_tokenizer()


def test_the_template_may_be_a_setting(folder: Path, golden: dict[str, Any]) -> None:
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").unlink()
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    case = golden["tokenizer"]["chats"][0]
    messages = [(role, content) for role, content in case["messages"]]
    for value in (template, [{"name": "tools", "template": "x"}, {"name": "default", "template": template}]):
        changed = settings | {"chat_template": value, "bos_token": {"content": "<s>"}}
        (folder / "tokenizer_config.json").write_text(json.dumps(changed))
        tokenizer = read_folder_tokenizer(folder)
        assert tokenizer is not None
        assert tokenizer.chat_prompt(messages) == case["text"]
    (folder / "tokenizer_config.json").unlink()
    tokenizer = read_folder_tokenizer(folder)
    assert tokenizer is not None
    with pytest.raises(InvalidInputError, match="a model with a chat template"):
        tokenizer.chat_prompt(messages)


def test_conversations_that_are_refused(folder: Path) -> None:
    tokenizer = read_folder_tokenizer(folder)
    assert tokenizer is not None
    with pytest.raises(InvalidInputError, match="system first"):
        tokenizer.chat_prompt([("user", "a"), ("system", "b")])
    with pytest.raises(InvalidInputError, match="contains </s>"):
        tokenizer.chat_prompt([("user", "a</s>")])


def test_a_vocabulary_larger_than_the_embedding(copied: Callable[..., Path]) -> None:
    folder = copied("llama-tied")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["added_tokens"].append(tokenizer["added_tokens"][-1] | {"id": 97, "content": "<more>"})
    tokenizer["model"]["vocab"]["<more>"] = 97
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(InvalidInputError, match="98 tokens for a vocabulary of 97"):
        load_language_model(folder)


@pytest.mark.parametrize(
    ("name", "content"), [("tokenizer.json", "{}"), ("tokenizer.json", "["), ("tokenizer_config.json", "1")]
)
def test_damaged_files_are_named(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(InvalidInputError, match=name):
        read_folder_tokenizer(folder)
