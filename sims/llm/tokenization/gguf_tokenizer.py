"""The tokenizer that a GGUF file describes: digits apart, then byte-level BPE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from sims.llm.checkpoints.gguf_reader import GgufFile
from theory.errors import InvalidInputError

from .chat_template import SMOLLM_TEMPLATE, ChatTemplate
from .tokenizer import LanguageModelTokenizer

_CONTROL_TOKEN = 3


def digitwise_bpe(tokens: Sequence[str], merges: Sequence[str], control: Iterable[str]) -> tokenizers.Tokenizer:
    """Byte-level BPE (Sennrich et al. 2016; bytes as in GPT-2) in which each digit is a token of its own.

    **Arguments**

    - `tokens`: the vocabulary, in the order of the ids.
    - `merges`: pairs separated by one space, most preferred first.
    - `control`: tokens that text never yields except when written out in full.

    **Raises** `InvalidInputError` when these contradict each other.
    """
    vocabulary = {token: number for number, token in enumerate(tokens)}
    if len(vocabulary) != len(tokens):
        raise InvalidInputError("vocabulary", f"{len(tokens) - len(vocabulary)} repeated tokens", "Give each once.")
    try:
        pairs = [(first, second) for first, second in (merge.split(" ") for merge in merges)]
        tokenizer = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=pairs))
    except Exception as error:  # tokenizers raises nothing more specific
        raise InvalidInputError("merges", f"pairs that cannot be used ({error})", "Give an intact file.") from error
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in control])
    return tokenizer


def read_gguf_tokenizer(file: GgufFile) -> LanguageModelTokenizer:
    """The tokenizer that a GGUF file describes, with its chat template, or SmolLM's where it has none.

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
    control = [tokens[number] for number in np.flatnonzero(kinds == _CONTROL_TOKEN).tolist()]
    template = file.metadata.get("tokenizer.chat_template", SMOLLM_TEMPLATE)
    if not isinstance(template, str):
        file.refuse("a chat template that is no text")
    try:
        tokenizer = digitwise_bpe(tokens, merges, control)
        longest = max(len(token) for token in tokens)
        return LanguageModelTokenizer(tokenizer, control, ChatTemplate(template), longest)
    except InvalidInputError as error:
        file.refuse(str(error))
