"""Chat templates: a sandbox around what a file brings."""

from __future__ import annotations

import pytest

from sims.llm.tokenization.chat_template import SMOLLM_TEMPLATE, ChatTemplate
from theory.errors import InvalidInputError

MESSAGES = [("user", "hi")]


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}{{ messages.append(1) }}",
        "{{ messages.__class__.__base__.__subclasses__() }}",
        "{% for _ in range(10 ** 9) %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ messages[0].clear() }}",
        "{% include '/etc/passwd' %}",
        "{{ raise_exception('no') }}",
    ],
)
def test_what_the_sandbox_forbids(source: str) -> None:
    with pytest.raises(InvalidInputError, match="chat template"):
        ChatTemplate(source).render(MESSAGES)


def test_a_template_that_cannot_be_parsed() -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        ChatTemplate("{% if %}")


def test_special_tokens_blocks_and_json() -> None:
    template = ChatTemplate(
        "{{ bos_token }}\n  {% if true %}\n{{ messages | tojson }}\n  {% endif %}", {"bos_token": "<s>"}
    )
    assert template.render([("user", "é<")]) == '<s>\n[{"role": "user", "content": "é<"}]\n'


def test_the_template_of_smollm() -> None:
    text = ChatTemplate(SMOLLM_TEMPLATE).render(MESSAGES)
    assert text.startswith("<|im_start|>system\nYou are a helpful AI assistant named SmolLM")
    assert text.endswith("<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n")
