"""The configuration of a decoder out of a Hugging Face `config.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sims.llm.decoder.config import Activation, DecoderConfig

from .architectures import ARCHITECTURES, Architecture
from .config_keys import ConfigKeys
from .rotary_config import read_rotary

_ACTIVATIONS: dict[str, Activation] = {
    "silu": "silu",
    "swish": "silu",
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "relu": "relu",
}
_CAUSAL, _CLASSIFICATION = "ForCausalLM", "ForSequenceClassification"


def read_huggingface_config(path: Path) -> tuple[Architecture, DecoderConfig]:
    """The architecture and the configuration that a `config.json` declares.

    **Arguments**

    - `path`: the file.

    **Returns** an entry of `ARCHITECTURES`, and a configuration whose sizes agree with each other.

    **Raises** `InvalidInputError` for an architecture or a key that is not known, and for a value that is missing, out
    of range, or contradicts another.
    """
    keys = ConfigKeys(path)
    architecture = ARCHITECTURES.get(str(keys.take("model_type")))
    if architecture is None:
        keys.refuse(f"architecture {keys.take('model_type')!r}, not one of {', '.join(ARCHITECTURES)}")
    config = _decoder_config(keys, architecture)
    keys.finish()
    return architecture, config


def _decoder_config(keys: ConfigKeys, architecture: Architecture) -> DecoderConfig:
    defaults = architecture.defaults
    layers, embedding_size = keys.size("num_hidden_layers"), keys.size("hidden_size")
    query_heads = keys.size("num_attention_heads")
    key_value_heads = query_heads if architecture.fused else keys.size("num_key_value_heads", query_heads)
    head_size = max(embedding_size // query_heads, 1)
    if "head_dim" in architecture.optional_keys:
        head_size = keys.size("head_dim", defaults.get("head_dim", head_size))
    elif embedding_size % query_heads:
        keys.refuse(f"hidden_size {embedding_size} is no multiple of num_attention_heads {query_heads}")
    if query_heads % key_value_heads:
        keys.refuse(f"{query_heads} query heads, {key_value_heads} key/value heads")
    epsilon = "layer_norm_eps" if architecture.fixed.get("normalisation") == "layer" else "rms_norm_eps"
    fields: dict[str, Any] = {
        "layers": layers,
        "embedding_size": embedding_size,
        "feed_forward_size": keys.size("intermediate_size"),
        "query_heads": query_heads,
        "key_value_heads": key_value_heads,
        "head_size": head_size,
        "vocabulary_size": keys.size("vocab_size"),
        "context_length": keys.size("max_position_embeddings"),
        "rotary": read_rotary(keys, head_size, defaults.get("partial_rotary_factor")),
        "norm_epsilon": keys.positive(epsilon),
        "activation": _activation(keys, architecture),
        "tied": keys.flag("tie_word_embeddings", defaults.get("tie_word_embeddings", False)),
        "labels": _labels(keys, architecture),
        "windows": _windows(keys, architecture, layers),
    }
    return DecoderConfig(**{**fields, **_optional_fields(keys, architecture, embedding_size), **architecture.fixed})


def _optional_fields(keys: ConfigKeys, architecture: Architecture, embedding_size: int) -> dict[str, Any]:
    has = architecture.optional_keys.__contains__
    fields: dict[str, Any] = {}
    if has("attention_bias"):
        biased = keys.flag("attention_bias", architecture.defaults.get("attention_bias", False))
        fields |= {"query_key_value_bias": biased, "attention_output_bias": biased}
    if has("mlp_bias"):
        fields["feed_forward_bias"] = keys.flag("mlp_bias", False)
    if has("use_parallel_residual"):
        fields["parallel_residual"] = keys.flag("use_parallel_residual", True)
    if architecture.fixed.get("norm_offset"):
        fields["embedding_scale"] = embedding_size**0.5
    if has("query_pre_attn_scalar"):
        scalar = keys.positive("query_pre_attn_scalar", architecture.defaults["query_pre_attn_scalar"])
        fields["attention_scale"] = scalar**-0.5
    for key, name in (("attn_logit_softcapping", "attention_soft_cap"), ("final_logit_softcapping", "logit_soft_cap")):
        # A null is no cap at all.
        if has(key) and (cap := keys.take(key)) is not None:
            fields[name] = keys.as_positive(key, cap)
    return fields


def _activation(keys: ConfigKeys, architecture: Architecture) -> Activation:
    default = architecture.defaults.get("hidden_act", "silu")
    names = {keys.take("hidden_act")}
    if "hidden_activation" in architecture.optional_keys:
        # Gemma's first files said "gelu" and meant its approximation.
        names = {default if name == "gelu" else name for name in (*names, keys.take("hidden_activation"))}
    names = (names - {None}) or {default}
    if len(names) > 1 or not names <= set(_ACTIVATIONS):
        keys.refuse(f"activation {' and '.join(sorted(map(repr, names)))}, not one of {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[names.pop()]


def _labels(keys: ConfigKeys, architecture: Architecture) -> int:
    """The outputs of a classification head; 0 for a language model."""
    heads = {architecture.class_name + _CAUSAL: False, architecture.class_name + _CLASSIFICATION: True}
    classes = keys.take("architectures", list(heads)[:1])
    if not isinstance(classes, list) or len(classes) != 1 or classes[0] not in heads:
        keys.refuse(f"architectures {str(classes)[:60]}, not {' or '.join(heads)}")
    names, number = keys.take("id2label"), keys.take("num_labels")
    if not heads[classes[0]]:
        return 0
    if names is not None and not isinstance(names, dict):
        keys.refuse("id2label is no object")
    return len(names) if names else keys.size("num_labels", 2) if number is not None else 2


def _windows(keys: ConfigKeys, architecture: Architecture, layers: int) -> tuple[int, ...]:
    """How far back each layer attends, 0 for all."""
    known, kinds = architecture.optional_keys, ("full_attention", "sliding_attention")
    if "sliding_window" not in known:
        return ()
    types, first, used = keys.take("layer_types"), 0, True
    if "use_sliding_window" in known:
        used, first = keys.flag("use_sliding_window", False), keys.take("max_window_layers", 28)
    if not used:
        keys.take("sliding_window")
        if types is not None and kinds[1] in types:
            keys.refuse("layer_types with sliding_attention, but use_sliding_window is not true")
        return ()
    window = keys.size("sliding_window", architecture.defaults.get("sliding_window"))
    if types is None:
        slides = [n >= first if "use_sliding_window" in known else n % 2 == 0 for n in range(layers)]
    elif isinstance(types, list) and len(types) == layers and set(types) <= set(kinds):
        slides = [kind == kinds[1] for kind in types]
    else:
        keys.refuse(f"layer_types {str(types)[:60]} for {layers} layers")
    return tuple(window if slide else 0 for slide in slides)
