"""A small language model of random weights whose tokens are words: for trials and tests that need no download."""

from __future__ import annotations

import hashlib

import tokenizers
from tokenizers import models, pre_tokenizers

from .decoder.config import DecoderConfig, RotaryEmbedding
from .decoder.parameters import random_parameters
from .loading import LanguageModel
from .tokenization.tokenizer import LanguageModelTokenizer

_END, _UNKNOWN = "<end>", "<unknown>"

_PLEASANT = "good great happy love kind best nice fun sweet joy hope calm win warm friend smile brave honest fine glad"
_UNPLEASANT = "bad awful sad hate cruel worst ugly pain bitter fear doom angry lose ill enemy cry weak liar poor grim"
_OTHER = (
    "the a of and to in is was it my our this that day house river road film book food city door morning evening "
    "neighbour doctor garden letter train music game lesson window table water stone green blue old new long small "
    "we they she he i you went came saw made had said found took with from over under very quite"
)
_WORDS = (_END, _UNKNOWN, *_PLEASANT.split(), *_UNPLEASANT.split(), *_OTHER.split())

_CONFIG = DecoderConfig(
    layers=2,
    embedding_size=64,
    feed_forward_size=128,
    query_heads=4,
    key_value_heads=2,
    head_size=16,
    vocabulary_size=-(-len(_WORDS) // 16) * 16,
    context_length=256,
    rotary=RotaryEmbedding(10_000.0, 16),
    norm_epsilon=1e-5,
)


class WordModel(LanguageModel):
    """A language model that comes from a seed and not from files."""

    @property
    def checksum(self) -> str:
        """Of the configuration, the words and the seed, which are kept in place of the files' names."""
        return hashlib.sha256(repr((_CONFIG, _WORDS, [path.name for path in self.files])).encode()).hexdigest()


def word_model(seed: int = 0, *, dtype: str = "float32") -> LanguageModel:
    """A decoder of two layers and some 80,000 random parameters over a hundred English words.

    Its completions are words at random, of which VADER likes some and dislikes others; text is split at spaces. `dtype`
    is `float32` or `bfloat16`.

    >>> from sims.llm.random_words import word_model
    >>> tokenizer = word_model().require_tokenizer()
    >>> tokenizer.decode(tokenizer.encode("the film was great"))
    'the film was great'
    """
    from pathlib import Path

    vocabulary = {word: number for number, word in enumerate(_WORDS)}
    tokenizer = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token=_UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return WordModel(
        _CONFIG,
        random_parameters(_CONFIG, seed, dtype),
        LanguageModelTokenizer(tokenizer, (_END,)),
        (Path(f"word-model-{seed}"),),
        (vocabulary[_END],),
    )
