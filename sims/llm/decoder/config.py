"""The configuration of a decoder: all that tells one architecture from another, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["silu", "gelu", "gelu_tanh", "relu"]
Normalisation = Literal["root_mean_square", "layer"]


@dataclass(frozen=True)
class LinearScaling:
    """Positions divided by `factor` (Chen et al. 2023, "Extending Context Window of Large Language Models")."""

    factor: float


@dataclass(frozen=True)
class Llama3Scaling:
    """Long wavelengths stretched by `factor`, short ones kept, those between interpolated (Llama 3.1).

    **Arguments**

    - `factor`: by how much wavelengths above `original_context / low_frequency_factor` grow.
    - `low_frequency_factor`, `high_frequency_factor`: those below `original_context / high_frequency_factor` stay.
    - `original_context`: the tokens that the model was first trained to read.
    """

    factor: float
    low_frequency_factor: float
    high_frequency_factor: float
    original_context: int


@dataclass(frozen=True)
class RotaryEmbedding:
    """Rotary position embedding (Su et al. 2021, section 3.2.2).

    **Arguments**

    - `base`: pair `i` turns by `base ** (-2 i / size)` radians a position, before scaling.
    - `size`: how many leading features of each head turn, even; the others stay as they are.
    - `scaling`: how the frequencies are changed for contexts longer than those of the first training.
    """

    base: float
    size: int
    scaling: LinearScaling | Llama3Scaling | None = None


@dataclass(frozen=True)
class DecoderConfig:
    """The shape of a decoder; hashable, so that it can be a static argument of a compiled function.

    The defaults are those of Llama.

    **Arguments**

    - `layers`: the number of blocks.
    - `embedding_size`: the width of the residual stream.
    - `feed_forward_size`: the width inside each block's feed-forward half.
    - `query_heads`, `key_value_heads`: attention heads; each key/value head serves equally many query heads.
    - `head_size`: the width of one head.
    - `vocabulary_size`: the number of tokens.
    - `context_length`: the most tokens the model was trained to read.
    - `rotary`: how positions enter.
    - `norm_epsilon`: what a norm adds to the mean square or the variance.
    - `normalisation`: RMSNorm, or LayerNorm with a bias.
    - `norm_offset`: what is added to the weights of RMSNorm (Gemma stores their difference from one).
    - `activation`: of the feed-forward half; times a second projection where `gated` (Shazeer 2020, section 2).
    - `parallel_residual`: both halves of a block read its input (GPT-NeoX), instead of one after the other.
    - `query_key_value_bias`, `attention_output_bias`, `feed_forward_bias`: which projections have one.
    - `head_norms`: RMSNorm of each query and key head before it turns (Qwen3).
    - `post_norms`: a norm after each half of a block too (Gemma 2).
    - `embedding_scale`: what embeddings are multiplied by.
    - `attention_scale`: what inner products of queries and keys are multiplied by; 0 stands for `head_size ** -0.5`.
    - `attention_soft_cap`, `logit_soft_cap`: `c` of `c tanh(x / c)` on attention scores and on logits; 0 for none.
    - `windows`: for each layer how many tokens back it attends, itself included, 0 for all; empty if all do.
    - `tied`: the embedding serves as the unembedding too.
    - `labels`: outputs of a sequence-classification head; 0 for a language model.
    """

    layers: int
    embedding_size: int
    feed_forward_size: int
    query_heads: int
    key_value_heads: int
    head_size: int
    vocabulary_size: int
    context_length: int
    rotary: RotaryEmbedding
    norm_epsilon: float
    normalisation: Normalisation = "root_mean_square"
    norm_offset: float = 0.0
    activation: Activation = "silu"
    gated: bool = True
    parallel_residual: bool = False
    query_key_value_bias: bool = False
    attention_output_bias: bool = False
    feed_forward_bias: bool = False
    head_norms: bool = False
    post_norms: bool = False
    embedding_scale: float = 1.0
    attention_scale: float = 0.0
    attention_soft_cap: float = 0.0
    logit_soft_cap: float = 0.0
    windows: tuple[int, ...] = ()
    tied: bool = True
    labels: int = 0
