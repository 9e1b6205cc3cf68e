"""Text to token ids and back, with a tokenizer built from the model file's own vocabulary and merges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from theory.errors import InvalidInputError

from .gguf_reader import GgufFile

_CONTROL_TOKEN = 3
_SYSTEM_MESSAGE = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


class LanguageModelTokenizer:
    """Byte-level BPE (Sennrich et al. 2016; bytes as in GPT-2) in which each digit is a token of its own.

    **Arguments**

    - `tokens`: the vocabulary, in the order of the ids.
    - `merges`: pairs separated by one space, most preferred first.
    - `control_ids`: tokens such as `<|im_end|>` that text never yields except when written out in full.

    **Raises** `InvalidInputError` when these contradict each other.
    """

    def __init__(self, tokens: Sequence[str], merges: Sequence[str], control_ids: Iterable[int]) -> None:
        vocabulary = {token: number for number, token in enumerate(tokens)}
        if len(vocabulary) != len(tokens):
            raise InvalidInputError("vocabulary", f"{len(tokens) - len(vocabulary)} repeated tokens", "Give each once.")
        try:
            pairs = [(first, second) for first, second in (merge.split(" ") for merge in merges)]
            self._tokenizer = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=pairs))
        except Exception as error:  # tokenizers raises nothing more specific
            raise InvalidInputError("merges", f"pairs that cannot be used ({error})", "Give an intact file.") from error
        self._tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        self._tokenizer.decoder = decoders.ByteLevel()
        self._control = tuple(tokens[number] for number in control_ids)
        self._tokenizer.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in self._control])
        self.vocabulary_size = len(tokens)
        self._longest_token = max(len(token) for token in tokens)

    @classmethod
    def from_gguf(cls, file: GgufFile) -> LanguageModelTokenizer:
        """The tokenizer that a GGUF file describes.

        **Arguments**

        - `file`: what `read_gguf` returned.

        **Raises** `InvalidInputError` when keys are missing or the file asks for another kind of tokenizer.
        """
        keys = {key: file.metadata.get(f"tokenizer.ggml.{key}") for key in ("model", "pre", "tokens", "merges")}
        if keys["model"] != "gpt2" or keys["pre"] != "smollm":
            file.refuse(f"tokenizer {keys['model']!r} with splitting {keys['pre']!r} instead of 'gpt2' with 'smollm'")
        tokens, merges = keys["tokens"], keys["merges"]
        if not isinstance(tokens, list) or not tokens or not isinstance(merges, list):
            file.refuse("no list of tokens or of merges")
        kinds = file.metadata.get("tokenizer.ggml.token_type")
        if not isinstance(kinds, np.ndarray) or kinds.shape != (len(tokens),):
            file.refuse("no type for each token")
        try:
            return cls(tokens, merges, np.flatnonzero(kinds == _CONTROL_TOKEN).tolist())
        except InvalidInputError as error:
            file.refuse(str(error))

    def encode(self, text: str, most_tokens: int | None = None) -> list[int]:
        """The token ids of a text; control tokens written out in full become their own ids.

        **Arguments**

        - `text`: any text, the empty one included.
        - `most_tokens`: refuse texts of more tokens, the hopeless ones before splitting them.

        **Raises** `InvalidInputError` when the text is too long or is not Unicode (a lone surrogate).
        """
        if most_tokens is not None and len(text) > most_tokens * self._longest_token:
            raise InvalidInputError("prompt", f"{len(text)} characters", f"Give at most {most_tokens} tokens.")
        try:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
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

    def chat_prompt(self, messages: Sequence[tuple[str, str]]) -> str:
        """The prompt by which SmolLM2-Instruct expects to be asked for its next reply.

        Equal to the chat template in the model file with `add_generation_prompt` set.

        **Arguments**

        - `messages`: pairs of a role (`system`, `user` or `assistant`) and what was said. The model's own system
          message comes first unless one is given.

        **Returns** the text to encode.

        **Raises** `InvalidInputError` for another role, no message, or a message that contains a control token, which
        could pretend to be a turn of the conversation.
        """
        if not messages:
            raise InvalidInputError("messages", "none", "Give at least one message.")
        if messages[0][0] != "system":
            messages = [("system", _SYSTEM_MESSAGE), *messages]
        for role, content in messages:
            if role not in ("system", "user", "assistant"):
                raise InvalidInputError("role", repr(role), "Give 'system', 'user' or 'assistant'.")
            for token in self._control:
                if token in content:
                    raise InvalidInputError("message", f"one that contains {token}", "Remove this control token.")
        turns = "".join(f"<|im_start|>{role}\n{content}<|im_end|>\n" for role, content in messages)
        return turns + "<|im_start|>assistant\n"
