"""Prompts and completions as text, whether they were written as text or as a list of messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def text_of(value: object) -> str | None:
    """The text of a prompt or completion.

    **Arguments**: `value`, a text, a message (a mapping with `content`), a list of messages, or anything that JSON
    has.

    **Returns** the text itself; of one message its content; of several messages `role: content`, one paragraph each;
    of anything else its JSON; None of nothing.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping) and "content" in value:
        return _content(value)
    if is_messages(value):
        assert isinstance(value, Sequence)
        if len(value) == 1:
            return _content(value[0])
        return "\n\n".join(f"{message.get('role', 'message')}: {_content(message)}" for message in value)
    return encodable(json.dumps(value, ensure_ascii=False, default=str))


def is_messages(value: object) -> bool:
    """Whether it is a list of messages, of which each has a `content`."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return False
    return all(isinstance(message, Mapping) and "content" in message for message in value)


def prompt_and_completion(messages: object) -> tuple[str | None, str | None]:
    """Of a conversation, what stands before the last message, and the last message."""
    if not is_messages(messages):
        return None, text_of(messages)
    assert isinstance(messages, Sequence)
    return text_of(list(messages[:-1])) if len(messages) > 1 else None, text_of(messages[-1])


def encodable(text: str) -> str:
    """The text, in which halves of surrogate pairs, which no encoding has, are replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _content(message: Mapping[str, object]) -> str:
    content = message["content"]
    if is_parts(content):
        assert isinstance(content, Sequence)
        content = "".join(str(part.get("text", "")) for part in content)
    calls = message.get("tool_calls")
    text = "" if content is None else content if isinstance(content, str) else json.dumps(content, default=str)
    if calls:
        text += json.dumps(calls, ensure_ascii=False, default=str)
    return encodable(text)


def is_parts(content: object) -> bool:
    """Whether a message's content is a list of parts, as of text and images."""
    return (
        isinstance(content, Sequence)
        and not isinstance(content, str)
        and all(isinstance(part, Mapping) for part in content)
    )
