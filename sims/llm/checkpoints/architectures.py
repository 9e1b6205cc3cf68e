"""The architectures of Hugging Face checkpoints, as data: names of tensors, defaults of keys, and what is fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LLAMA_LAYER = {
    "attention_norm": "input_layernorm.weight",
    "query": "self_attn.q_proj.weight",
    "key": "self_attn.k_proj.weight",
    "value": "self_attn.v_proj.weight",
    "attention_output": "self_attn.o_proj.weight",
    "feed_forward_norm": "post_attention_layernorm.weight",
    "gate": "mlp.gate_proj.weight",
    "up": "mlp.up_proj.weight",
    "down": "mlp.down_proj.weight",
    "query_bias": "self_attn.q_proj.bias",
    "key_bias": "self_attn.k_proj.bias",
    "value_bias": "self_attn.v_proj.bias",
    "attention_output_bias": "self_attn.o_proj.bias",
    "gate_bias": "mlp.gate_proj.bias",
    "up_bias": "mlp.up_proj.bias",
    "down_bias": "mlp.down_proj.bias",
    "query_norm": "self_attn.q_norm.weight",
    "key_norm": "self_attn.k_norm.weight",
}
_LLAMA_OUTER = {
    "embedding": "model.embed_tokens.weight",
    "output_norm": "model.norm.weight",
    "unembedding": "lm_head.weight",
    "score": "score.weight",
}
_GEMMA2_LAYER = _LLAMA_LAYER | {
    "post_attention_norm": "post_attention_layernorm.weight",
    "feed_forward_norm": "pre_feedforward_layernorm.weight",
    "post_feed_forward_norm": "post_feedforward_layernorm.weight",
}
_NEOX_LAYER = {
    "attention_norm": "input_layernorm.weight",
    "attention_norm_bias": "input_layernorm.bias",
    "query": "attention.query_key_value.weight",
    "key": "attention.query_key_value.weight",
    "value": "attention.query_key_value.weight",
    "query_bias": "attention.query_key_value.bias",
    "key_bias": "attention.query_key_value.bias",
    "value_bias": "attention.query_key_value.bias",
    "attention_output": "attention.dense.weight",
    "attention_output_bias": "attention.dense.bias",
    "feed_forward_norm": "post_attention_layernorm.weight",
    "feed_forward_norm_bias": "post_attention_layernorm.bias",
    "up": "mlp.dense_h_to_4h.weight",
    "up_bias": "mlp.dense_h_to_4h.bias",
    "down": "mlp.dense_4h_to_h.weight",
    "down_bias": "mlp.dense_4h_to_h.bias",
}
_NEOX_OUTER = {
    "embedding": "gpt_neox.embed_in.weight",
    "output_norm": "gpt_neox.final_layer_norm.weight",
    "output_norm_bias": "gpt_neox.final_layer_norm.bias",
    "unembedding": "embed_out.weight",
    "score": "score.weight",
}


@dataclass(frozen=True)
class Architecture:
    """All that tells one architecture's checkpoints from another's.

    **Arguments**

    - `class_name`: what its classes are called, before `ForCausalLM` and `ForSequenceClassification`.
    - `fixed`: fields of `DecoderConfig` that no key changes.
    - `defaults`: values of keys that files may leave out.
    - `layer_names`, `outer_names`: the tensor of each parameter; those of layers follow `layer_prefix` and a number.
    - `constants`: endings of tensors that older files hold and nothing needs: masks and rotary frequencies.
    - `fused`: query, key and value are one tensor, of shape (heads, 3, head size, inputs).
    - `optional_keys`: keys that only some architectures read.
    """

    class_name: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    layer_prefix: str = "model.layers."
    layer_names: Mapping[str, str] = field(default_factory=lambda: _LLAMA_LAYER)
    outer_names: Mapping[str, str] = field(default_factory=lambda: _LLAMA_OUTER)
    constants: tuple[str, ...] = ("rotary_emb.inv_freq",)
    fused: bool = False
    optional_keys: frozenset[str] = frozenset()


_WINDOWS = {"use_sliding_window", "sliding_window", "max_window_layers", "layer_types"}
_GEMMA = {"tie_word_embeddings": True, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh"}

ARCHITECTURES: Mapping[str, Architecture] = {
    "llama": Architecture("Llama", optional_keys=frozenset({"attention_bias", "mlp_bias", "head_dim"})),
    "qwen2": Architecture(
        "Qwen2", fixed={"query_key_value_bias": True}, optional_keys=frozenset({"head_dim", *_WINDOWS})
    ),
    "qwen3": Architecture(
        "Qwen3",
        fixed={"head_norms": True},
        defaults={"head_dim": 128},
        optional_keys=frozenset({"attention_bias", "head_dim", *_WINDOWS}),
    ),
    "gemma": Architecture(
        "Gemma",
        fixed={"norm_offset": 1.0},
        defaults=_GEMMA,
        optional_keys=frozenset({"attention_bias", "head_dim", "hidden_activation"}),
    ),
    "gemma2": Architecture(
        "Gemma2",
        fixed={"norm_offset": 1.0, "post_norms": True},
        defaults=_GEMMA | {"sliding_window": 4096, "query_pre_attn_scalar": 256.0},
        layer_names=_GEMMA2_LAYER,
        optional_keys=frozenset(
            {"attention_bias", "head_dim", "hidden_activation", "sliding_window", "layer_types"}
            | {"query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping"}
        ),
    ),
    "gpt_neox": Architecture(
        "GPTNeoX",
        fixed={"normalisation": "layer", "gated": False, "feed_forward_bias": True},
        defaults={"hidden_act": "gelu", "attention_bias": True, "partial_rotary_factor": 0.25},
        layer_prefix="gpt_neox.layers.",
        layer_names=_NEOX_LAYER,
        outer_names=_NEOX_OUTER,
        constants=("rotary_emb.inv_freq", "attention.bias", "attention.masked_bias"),
        fused=True,
        optional_keys=frozenset({"attention_bias", "use_parallel_residual"}),
    ),
}
"""By the `model_type` of `config.json`."""
