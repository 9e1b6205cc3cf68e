"""Configurations: both ways of writing rope, defaults, and every key that is not known refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sims.llm.checkpoints.huggingface_config import read_huggingface_config
from sims.llm.decoder.config import DecoderConfig, LinearScaling, Llama3Scaling
from theory.errors import InvalidInputError

Copied = Callable[..., Path]


def config(folder: Path) -> DecoderConfig:
    return read_huggingface_config(folder / "config.json")[1]


def test_rope_may_be_written_in_the_older_way(copied: Copied) -> None:
    newer = config(copied("llama-untied"))
    assert newer.rotary.scaling == Llama3Scaling(8.0, 1.0, 4.0, 256)
    old = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    old["original_max_position_embeddings"] = 256
    assert config(copied("llama-untied", rope_parameters=..., rope_scaling=old, rope_theta=500.0)) == newer
    newer = config(copied("llama-biases"))
    assert newer.rotary.scaling == LinearScaling(4.0)
    old = {"type": "linear", "factor": 4.0}
    assert config(copied("llama-biases", rope_parameters=..., rope_scaling=old, rope_theta=10_000)) == newer
    newer = config(copied("gpt_neox-untied"))
    assert newer.rotary.size == 4
    assert config(copied("gpt_neox-untied", rope_parameters=..., rotary_pct=0.5, rotary_emb_base=10_000)) == newer


def test_what_files_leave_out(copied: Copied) -> None:
    assert config(copied("gpt_neox-untied", rope_parameters=...)).rotary.size == 2, "a quarter of each head"
    assert config(copied("gemma-tied", tie_word_embeddings=..., head_dim=8)).tied
    assert config(copied("gemma2-tied", layer_types=...)).windows == (8, 0)
    assert config(copied("qwen2-tied", layer_types=...)).windows == (0, 6)
    assert config(copied("llama-score", id2label=..., label2id=...)).labels == 2
    assert config(copied("llama-tied", num_key_value_heads=None)).key_value_heads == 4
    assert config(copied("llama-tied", architectures=...)).labels == 0


def test_gemma_means_the_approximation(copied: Copied) -> None:
    expected = config(copied("gemma-tied"))
    assert expected.activation == "gelu_tanh"
    assert config(copied("gemma-tied", hidden_act="gelu", hidden_activation=None)) == expected
    assert config(copied("gemma-tied", hidden_act="gelu", hidden_activation="gelu_pytorch_tanh")) == expected
    with pytest.raises(InvalidInputError, match="'gelu_pytorch_tanh' and 'relu'"):
        config(copied("gemma-tied", hidden_activation="relu"))


def test_harmless_keys_are_passed_over(copied: Copied) -> None:
    expected = config(copied("llama-tied"))
    harmless = {"torch_dtype": "bfloat16", "pretraining_tp": 1, "is_encoder_decoder": False, "unknown_and_off": None}
    assert config(copied("llama-tied", **harmless)) == expected


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("llama-tied", {"model_type": "mamba"}, "architecture 'mamba', not one of llama, qwen2"),
        ("llama-tied", {"model_type": ...}, "architecture None"),
        ("llama-tied", {"residual_multiplier": 0.22}, "does not know: residual_multiplier"),
        ("llama-tied", {"sliding_window": 4096}, "does not know: sliding_window"),
        ("llama-tied", {"quantization_config": {"bits": 4}}, "does not know: quantization_config"),
        ("llama-tied", {"auto_map": {"AutoModel": "m.M"}}, "does not know: auto_map"),
        ("gemma-tied", {"use_bidirectional_attention": True}, "does not know: use_bidirectional_attention"),
        ("llama-tied", {"architectures": ["LlamaModel"]}, "LlamaForCausalLM or LlamaForSequenceClassification"),
        ("llama-tied", {"architectures": ["GemmaForCausalLM"]}, "LlamaForCausalLM or"),
        ("llama-tied", {"hidden_size": ...}, "hidden_size is None, not a size"),
        ("llama-tied", {"num_hidden_layers": 10**9}, "num_hidden_layers is 1000000000"),
        ("llama-tied", {"num_key_value_heads": 3}, "4 query heads, 3 key/value heads"),
        ("llama-tied", {"rms_norm_eps": -1}, "rms_norm_eps is -1, not a positive number"),
        ("llama-tied", {"tie_word_embeddings": 1}, "neither true nor false"),
        ("llama-tied", {"hidden_act": "mish"}, "activation 'mish'"),
        ("llama-tied", {"rope_scaling": {"rope_type": "yarn", "factor": 2}}, "both 'default' and 'yarn'"),
        ("llama-tied", {"rope_parameters": {"rope_type": "yarn", "factor": 2}}, "scaled by 'yarn'"),
        ("llama-tied", {"rope_parameters": {"rope_type": "linear"}}, "factor is None"),
        ("llama-tied", {"rope_parameters": {"rope_type": "default", "factor": 2}}, "'default' with factor"),
        ("llama-tied", {"rope_parameters": {"full_attention": {"rope_theta": 1.0}}}, "full_attention"),
        ("llama-tied", {"rope_parameters": {"mscale": 2}}, "mscale"),
        ("llama-tied", {"rope_parameters": [1]}, "not an object"),
        ("llama-tied", {"partial_rotary_factor": 0.5}, "0.5 of a head"),
        ("llama-tied", {"rope_theta": 7.0}, "rope_theta is both"),
        ("gpt_neox-tied", {"rope_parameters": ..., "rotary_pct": 0.4}, "0.4 of a head of size 8"),
        ("gemma2-tied", {"layer_types": ["full_attention"]}, "layer_types"),
        ("qwen2-untied", {"layer_types": ["sliding_attention"] * 2}, "use_sliding_window is not true"),
        ("qwen2-tied", {"sliding_window": None}, "sliding_window is None, not a size"),
    ],
)
def test_what_is_refused(copied: Copied, name: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        config(copied(name, **changes))
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_no_json_object(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(InvalidInputError, match="no JSON"):
        config(tmp_path)
