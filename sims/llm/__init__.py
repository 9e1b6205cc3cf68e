"""Real language models: one small model obtained, read, tokenised, run in JAX, and turned into problems.

Names are imported on first use, so that `import sims.llm` costs nothing: neither JAX, nor `gguf`, nor `tokenizers`
is loaded before something of theirs is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contrast_prompts import CONTRAST_PROMPTS as CONTRAST_PROMPTS
    from .contrast_prompts import ContrastPrompt as ContrastPrompt
    from .decoder import DecoderParameters as DecoderParameters
    from .decoder import LayerParameters as LayerParameters
    from .decoder import hidden_states as hidden_states
    from .decoder import next_token_logits as next_token_logits
    from .decoder_config import DecoderConfig as DecoderConfig
    from .decoder_config import read_decoder_config as read_decoder_config
    from .decoder_weights import read_decoder_parameters as read_decoder_parameters
    from .gguf_reader import GgufFile as GgufFile
    from .gguf_reader import dequantise as dequantise
    from .gguf_reader import read_gguf as read_gguf
    from .model_file import cached_model_path as cached_model_path
    from .model_file import fetch_model as fetch_model
    from .next_token import LanguageModel as LanguageModel
    from .next_token import LikelyToken as LikelyToken
    from .next_token import load_language_model as load_language_model
    from .next_token import logits_after_tokens as logits_after_tokens
    from .next_token import most_likely_tokens as most_likely_tokens
    from .next_token import next_token_distribution as next_token_distribution
    from .reward_from_contexts import LanguageModelProblems as LanguageModelProblems
    from .reward_from_contexts import contrast_reward as contrast_reward
    from .reward_from_contexts import language_model_problems as language_model_problems
    from .tokenizer import LanguageModelTokenizer as LanguageModelTokenizer

_HOME = {
    "CONTRAST_PROMPTS": "contrast_prompts",
    "ContrastPrompt": "contrast_prompts",
    "DecoderConfig": "decoder_config",
    "DecoderParameters": "decoder",
    "GgufFile": "gguf_reader",
    "LanguageModel": "next_token",
    "LanguageModelProblems": "reward_from_contexts",
    "LanguageModelTokenizer": "tokenizer",
    "LayerParameters": "decoder",
    "LikelyToken": "next_token",
    "cached_model_path": "model_file",
    "contrast_reward": "reward_from_contexts",
    "dequantise": "gguf_reader",
    "fetch_model": "model_file",
    "hidden_states": "decoder",
    "language_model_problems": "reward_from_contexts",
    "load_language_model": "next_token",
    "logits_after_tokens": "next_token",
    "most_likely_tokens": "next_token",
    "next_token_distribution": "next_token",
    "next_token_logits": "decoder",
    "read_decoder_config": "decoder_config",
    "read_decoder_parameters": "decoder_weights",
    "read_gguf": "gguf_reader",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
