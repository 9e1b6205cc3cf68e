"""The keys of a `config.json`: each is used, known to be harmless, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from .safetensors_folder import read_json
from .safetensors_reader import refuse

_LARGEST_SIZE = 1 << 24

HARMLESS = frozenset(
    [
        "architectures",
        "model_type",
        "transformers_version",
        "torch_dtype",
        "dtype",
        "_name_or_path",
        "name_or_path",
        "_commit_hash",
        "use_cache",
        "bos_token_id",
        "eos_token_id",
        "pad_token_id",
        "sep_token_id",
        "cls_token_id",
        "decoder_start_token_id",
        "unk_token_id",
        "attention_dropout",
        "hidden_dropout",
        "classifier_dropout",
        "attention_probs_dropout_prob",
        "hidden_dropout_prob",
        "resid_pdrop",
        "initializer_range",
        "output_attentions",
        "output_hidden_states",
        "return_dict",
        "return_dict_in_generate",
        "output_scores",
        "gradient_checkpointing",
        "use_flash_attention",
        "use_flash_attention_2",
        "attn_implementation",
        "_attn_implementation",
        "_attn_implementation_autoset",
        "attn_implementation_internal",
        "_attn_implementation_internal",
        "cache_implementation",
        "torchscript",
        "use_bfloat16",
        "pretraining_tp",
        "chunk_size_feed_forward",
        "tokenizer_class",
        "prefix",
        "task_specific_params",
        "finetuning_task",
        "problem_type",
        "label2id",
        "id2label",
        "num_labels",
        "torch_compile",
        "unsloth_version",
        "unsloth_fixed",
        "max_length",
        "min_length",
        "do_sample",
        "early_stopping",
        "num_beams",
        "num_beam_groups",
        "diversity_penalty",
        "temperature",
        "top_k",
        "top_p",
        "typical_p",
        "repetition_penalty",
        "length_penalty",
        "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size",
        "bad_words_ids",
        "num_return_sequences",
        "forced_bos_token_id",
        "forced_eos_token_id",
        "remove_invalid_values",
        "exponential_decay_length_penalty",
        "suppress_tokens",
        "begin_suppress_tokens",
        "tf_legacy_loss",
        "is_decoder",
        "transformers.js_config",
    ]
)
"""Keys that leave the forward pass of one sequence unchanged: names, training, generation, and how it is computed."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "is_encoder_decoder": (False,),
    "add_cross_attention": (False,),
    "cross_attention_hidden_size": (None,),
    "tie_encoder_decoder": (False,),
    "pruned_heads": ({}, []),
    "use_bidirectional_attention": (False,),
    "rope_interleaved": (False,),
    "is_causal": (True,),
}
"""Keys that would change the forward pass, and the values at which they do not; null is one for every key."""


class ConfigKeys:
    """A `config.json` whose keys are taken one by one, so that those left over can be refused.

    **Arguments**

    - `path`: the file.

    **Raises** `InvalidInputError` when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values = read_json(path)
        self._taken: set[str] = set()

    def refuse(self, fault: str) -> NoReturn:
        """Raise the one error that names this file."""
        refuse(self.path, fault)

    def take(self, key: str, default: Any = None) -> Any:
        """The value of a key, or `default` where it is missing or null."""
        self._taken.add(key)
        value = self._values.get(key)
        return default if value is None else value

    def size(self, key: str, default: int | None = None) -> int:
        """A whole number from 1 to 2^24."""
        value = self.take(key, default)
        if type(value) is not int or not 1 <= value <= _LARGEST_SIZE:
            self.refuse(f"{key} is {str(value)[:40]}, not a size")
        return value

    def positive(self, key: str, default: float | None = None) -> float:
        """A positive finite number."""
        return self.as_positive(key, self.take(key, default))

    def as_positive(self, key: str, value: object) -> float:
        """A value that was taken already, when it is a positive finite number."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            self.refuse(f"{key} is {str(value)[:40]}, not a positive number")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            self.refuse(f"{key} is {str(value)[:40]}, neither true nor false")
        return value

    def finish(self) -> None:
        """Refuse the keys that were not taken and are not known to be harmless.

        **Raises** `InvalidInputError` that names them.
        """
        unknown = [key for key, value in self._values.items() if not self._is_harmless(key, value)]
        if unknown:
            self.refuse(f"keys that this decoder does not know: {', '.join(sorted(unknown))}")

    def _is_harmless(self, key: str, value: object) -> bool:
        return value is None or key in self._taken or key in HARMLESS or value in NEUTRAL.get(key, ())


def only_keys(keys: ConfigKeys, name: str, value: object, known: Iterable[str]) -> dict[str, Any]:
    """A nested object all of whose keys are known; nulls are dropped.

    **Raises** `InvalidInputError` when it is no object or has another key.
    """
    if not isinstance(value, dict):
        keys.refuse(f"{name} is {str(value)[:40]}, not an object")
    value = {key: item for key, item in value.items() if item is not None}
    unknown = sorted(set(value) - set(known))
    if unknown:
        keys.refuse(f"{name} has keys that this decoder does not know: {', '.join(map(str, unknown))}")
    return value
