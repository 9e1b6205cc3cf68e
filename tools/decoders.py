"""The decoders of the paper's language models, as their `config.json` on the hub describes them."""

from __future__ import annotations

from sims.llm.decoder.config import DecoderConfig, Llama3Scaling, RotaryEmbedding


def pythia(layers: int, embedding_size: int, heads: int) -> DecoderConfig:
    """A model of the Pythia suite (Biderman et al. 2023, Table 1)."""
    head_size = embedding_size // heads
    return DecoderConfig(
        layers=layers,
        embedding_size=embedding_size,
        feed_forward_size=4 * embedding_size,
        query_heads=heads,
        key_value_heads=heads,
        head_size=head_size,
        vocabulary_size=50_304,
        context_length=2048,
        rotary=RotaryEmbedding(10_000.0, head_size // 4),
        norm_epsilon=1e-5,
        normalisation="layer",
        activation="gelu",
        gated=False,
        parallel_residual=True,
        query_key_value_bias=True,
        attention_output_bias=True,
        feed_forward_bias=True,
        tied=False,
    )


def llama_3_2(layers: int, embedding_size: int, heads: int, head_size: int) -> DecoderConfig:
    """A text model of Llama 3.2."""
    return DecoderConfig(
        layers=layers,
        embedding_size=embedding_size,
        feed_forward_size=8192,
        query_heads=heads,
        key_value_heads=8,
        head_size=head_size,
        vocabulary_size=128_256,
        context_length=131_072,
        rotary=RotaryEmbedding(500_000.0, head_size, Llama3Scaling(32.0, 1.0, 4.0, 8192)),
        norm_epsilon=1e-5,
    )


DECODERS = {
    "pythia-1b": pythia(16, 2048, 8),
    "pythia-2.8b": pythia(32, 2560, 32),
    "llama-3.2-1b": llama_3_2(16, 2048, 32, 64),
    "llama-3.2-3b": llama_3_2(28, 3072, 24, 128),
}
"""By the name of the file in `configs/`."""
