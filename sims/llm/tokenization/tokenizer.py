"""Text to token ids and back, and conversations to prompts, whichever file the tokenizer comes from."""

from __future__ import annotations

from collections.abc import Sequence

import tokenizers

from theory.errors import InvalidInputError

from .chat_template import ChatTemplate

ROLES = ("system", "user", "assistant")


class LanguageModelTokenizer:
    """A tokenizer with its control tokens and its chat template.

    **Arguments**

    - `tokenizer`: of the `tokenizers` library.
    - `control`: tokens such as `<|im_end|>` that text never yields except when written out in full.
    - `chat_template`: None if the model has none.
    - `longest_token`: characters that a token stands for at most, if the text is not changed before it is split.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        control: Sequence[str],
        chat_template: ChatTemplate | None = None,
        longest_token: int | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._control = tuple(control)
        self._chat_template = chat_template
        self._longest_token = longest_token
        self.vocabulary_size = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    def encode(self, text: str, most_tokens: int | None = None, *, begins: bool = True) -> list[int]:
        """The token ids of a text; control tokens written out in full become their own ids.

        **Arguments**

        - `text`: any text, the empty one included.
        - `most_tokens`: refuse texts of more tokens, the hopeless ones before splitting them.
        - `begins`: the text begins a sequence, and gets the tokens that the tokenizer's file puts around one.

        **Raises** `InvalidInputError` when the text is too long or is not Unicode (a lone surrogate).
        """
        longest = self._longest_token
        if most_tokens is not None and longest is not None and len(text) > most_tokens * longest:
            raise InvalidInputError("prompt", f"{len(text)} characters", f"Give at most {most_tokens} tokens.")
        try:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=begins).ids
        except (UnicodeEncodeError, TypeError) as error:
            raise InvalidInputError("prompt", ascii(text[:60]), "Give text that can be encoded as UTF-8.") from error
        if most_tokens is not None and len(ids) > most_tokens:
            raise InvalidInputError("prompt", f"{len(ids)} tokens", f"Give at most {most_tokens} tokens.")
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, control tokens included; bytes that are no UTF-8 become the replacement character.

        **Raises** `InvalidInputError` when an id is outside the vocabulary.
        """
        for number in ids:
            if not 0 <= number < self.vocabulary_size:
                raise InvalidInputError("token id", number, f"Give ids from 0 to {self.vocabulary_size - 1}.")
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=False)
        return text

    @property
    def has_chat_template(self) -> bool:
        """Whether conversations can be written as text."""
        return self._chat_template is not None

    def control_token_in(self, text: str) -> str | None:
        """A control token that the text spells out in full; None if there is none."""
        return next((token for token in self._control if token in text), None)

    def chat_prompt(self, messages: Sequence[tuple[str, str]], *, asks_for_reply: bool = True) -> str:
        """The prompt by which the model expects to be asked for its next reply.

        **Arguments**

        - `messages`: pairs of a role (`system`, `user` or `assistant`) and what was said.
        - `asks_for_reply`: whether the text goes on to where a reply begins, or ends with the last message.

        **Returns** the text to encode, with `begins=False`: a template writes the first token itself.

        **Raises** `InvalidInputError` for another role, no message, a message that contains a control token, which
        could pretend to be a turn of the conversation, and a model without a chat template.
        """
        if self._chat_template is None:
            raise InvalidInputError("messages", "a conversation", "Give a model with a chat template, or a plain text.")
        if not messages:
            raise InvalidInputError("messages", "none", "Give at least one message.")
        for role, content in messages:
            if role not in ROLES:
                raise InvalidInputError("role", repr(role), "Give 'system', 'user' or 'assistant'.")
            token = self.control_token_in(content)
            if token is not None:
                raise InvalidInputError("message", f"one that contains {token}", "Remove this control token.")
        return self._chat_template.render(messages, asks_for_reply=asks_for_reply)
