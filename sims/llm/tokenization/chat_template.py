"""Conversations as text, by a model's own template in a sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

import jinja2
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from theory.errors import InvalidInputError

SMOLLM_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
    "{% endif %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The template of SmolLM2-Instruct, for files that leave it out."""


class ChatTemplate:
    """A jinja2 template that can neither change what it is given nor reach anything else.

    **Arguments**

    - `source`: the template.
    - `special_tokens`: texts that it may use by name, such as `bos_token`.

    **Raises** `InvalidInputError` when it cannot be parsed.
    """

    def __init__(self, source: str, special_tokens: Mapping[str, str] | None = None) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"], undefined=jinja2.Undefined
        )
        environment.globals["raise_exception"] = _raise
        environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
        self._special_tokens = dict(special_tokens or {})
        try:
            self._template = environment.from_string(source)
        except TemplateError as error:
            raise InvalidInputError(
                "chat template", f"one that cannot be read ({error})", "Give an intact model."
            ) from error

    def render(self, messages: Sequence[tuple[str, str]], *, asks_for_reply: bool = True) -> str:
        """The text of a conversation, up to where the model's next reply begins.

        **Arguments**

        - `messages`: pairs of a role and what was said.
        - `asks_for_reply`: whether the text goes on to where a reply begins, or ends with the last message.

        **Raises** `InvalidInputError` when the template refuses them or does what the sandbox forbids.
        """
        turns = [{"role": role, "content": content} for role, content in messages]
        try:
            return self._template.render(messages=turns, add_generation_prompt=asks_for_reply, **self._special_tokens)
        except (
            TemplateError,
            TypeError,
            ValueError,
            KeyError,
            AttributeError,
            OverflowError,
            ArithmeticError,
        ) as error:
            remedy = "Give another order of roles, or a plain text."
            raise InvalidInputError("messages", f"ones that the chat template refuses ({error})", remedy) from error


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
