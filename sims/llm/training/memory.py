"""The memory of one training step, by arithmetic: bytes on a device, by what takes them.

Notation: `N` parameters, `T` of them trained, `b` bytes a number in the model's precision, `L` layers, width `E`, inner
width `F`, `H` heads, `V` tokens of the vocabulary. Numbers that are trained, moments and gradients are float32.

- Held throughout: the model, `b N`, which is the reference too (and the frozen part of low-rank training); what is
  trained, `4 T`; Adam's two moments, `8 T`.
- Sampling: a copy of what is trained in the model's precision, where that is another (of low-rank changes the scaled
  factors); keys and values, `2 L` times heads times head size times `b`, of each prompt once and of each token of a
  completion; and the larger of the pass over the prompts (of one layer its weights, two arrays of `H` scores for every
  pair of tokens or one of inner width `F`, and two of width `E`) and of one token of all completions (a layer's keys
  and values, three arrays of logits).
- Reference: one pass over all rows, nothing saved: of one layer three arrays of scores or of width `F`, and three of
  width `E`. Without a gradient, scores are those of 512 queries at a time where that divides the length.
- Gradient: itself, `4 T`, and once more where several passes are added up; a layer's input, `E` numbers a token and
  layer, and with `saved = "products"` what comes out of its matrices too (but for what nothing reads again: the last
  of a layer, and of attention where both halves read the input); then the larger of two moments: logits of 256 tokens
  and their derivative, or one layer on the way back, four arrays of scores or six of width `F`, seven of width `E`,
  that layer's weights, and with `saved = "layers"` its products, computed again.
- Update: the gradient, and a copy of it turned downwards.

The multiples (one to seven) are what XLA keeps at once in the programs that it compiles for a CPU; a test
compares them with its own account. Another compiler may need less. Rewards, a process's libraries and what an allocator
loses between arrays are not counted.

Over several devices rows are divided by `data`; matrices, heads, inner widths and logits by `model`, as
`placement.Placement` asks. How XLA divides what lies between is its own choice: that part is an expectation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import layer_shapes, outer_shapes
from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError

from .settings import TrainingSettings
from .trained_parameters import MATRICES

BYTES = {"float32": 4, "bfloat16": 2}
_SINGLE = 4
_TOKENS_OF_LOGITS, _QUERIES = 256, 512


class _Arrays(NamedTuple):
    """How many arrays of a layer are there at once in a pass without a gradient: of scores, or of the inner width; and
    of the width."""

    scores: int
    inner: int
    width: int


_READING, _REFERENCE = _Arrays(2, 1, 2), _Arrays(3, 3, 3)


class StepMemory(NamedTuple):
    """Bytes on one device, the first where there are several.

    **Fields**

    - `model`: the initial policy; on the first of several devices once more, as it was read.
    - `trained`, `moments`: what is trained, and Adam's two moments of it.
    - `sampling_copy`: of what is trained, in the model's precision.
    - `cache`: keys and values. `reading`: what is at work beside them while completions are drawn.
    - `reference`: at work in the reference pass.
    - `gradient`: of what is trained, twice where passes are added up, with copies in the model's precision.
    - `saved`: activations kept for the gradient. `logits`, `layer`: at work at the top and in one layer; not at once.
    - `update`: the gradient and its copy in Adam's step.
    """

    model: int
    trained: int
    moments: int
    sampling_copy: int
    cache: int
    reading: int
    reference: int
    gradient: int
    saved: int
    logits: int
    layer: int
    update: int

    @property
    def held(self) -> int:
        """What is there throughout."""
        return self.model + self.trained + self.moments

    @property
    def phases(self) -> dict[str, int]:
        """What each phase of a step needs beyond that."""
        return {
            "sampling": self.sampling_copy + self.cache + self.reading,
            "reference": self.reference,
            "gradient": self.gradient + self.saved + max(self.logits, self.layer),
            "update": self.update,
        }

    @property
    def total(self) -> int:
        """The most at any time."""
        return self.held + max(self.phases.values())


class _Sizes(NamedTuple):
    """Numbers of one device's part: parameters in all and of one layer, what is trained and what is multiplied by the
    scale of low-rank changes, and widths."""

    parameters: int
    layer: int
    trained: int
    scaled: int
    width: int
    inner: int
    queries: int
    keys: int
    heads: int
    vocabulary: int


def step_memory(
    config: DecoderConfig,
    settings: TrainingSettings,
    prompt_length: int,
    *,
    precision: str = "float32",
    data: int = 1,
    model: int = 1,
) -> StepMemory:
    """The memory of one step of training; the module says how it comes about.

    **Arguments**

    - `config`, `settings`: the decoder, and the run.
    - `prompt_length`: tokens of the longest prompt, padding included.
    - `precision`: of the model, `float32` or `bfloat16`.
    - `data`, `model`: over how many devices rows and matrices are spread.

    **Returns** bytes on one device.

    **Raises** `InvalidInputError` for another precision, and numbers out of range or that do not divide.

    >>> from sims.llm import DecoderConfig, RotaryEmbedding, TrainingSettings, step_memory
    >>> config = DecoderConfig(2, 16, 24, 4, 2, 4, 97, 128, RotaryEmbedding(10_000.0, 4), 1e-5)
    >>> found = step_memory(config, TrainingSettings(trained="all"), 8)
    >>> found.trained == found.model, found.moments == 2 * found.model, found.total > 5 * found.model
    (True, True, True)
    """
    if precision not in BYTES:
        raise InvalidInputError("precision", repr(precision), f"Give one of {', '.join(BYTES)}.")
    for name, value in (("prompt_length", prompt_length), ("data", data), ("model", model)):
        check_whole(name, value, least=1)
    at_once = min(settings.rows_at_once, settings.rows)
    if settings.prompts_per_step % data or at_once % data:
        raise InvalidInputError("data", data, "Give a divisor of prompts_per_step and of rows_at_once.")
    if config.key_value_heads % model:
        raise InvalidInputError("model", model, f"Give a divisor of the {config.key_value_heads} key/value heads.")
    size, sizes = BYTES[precision], _sizes(config, settings, model)
    read = (data * model > 1) * size * _sizes(config, settings, 1).parameters
    prompts, rows, length = settings.prompts_per_step // data, settings.rows // data, prompt_length
    whole_length = prompt_length + settings.max_tokens
    copied = size * (sizes.trained if size < _SINGLE else sizes.scaled)
    several = 2 if settings.rows > at_once else 1
    # In half the precision all parameters have a gradient in it first.
    lower = copied * (2 if settings.trained == "all" else 1)
    of_prompts = 2 * prompts * length * sizes.keys * size
    of_completions = 2 * rows * max(settings.max_tokens - 1, 1) * sizes.keys * size
    token = of_prompts + of_completions + 3 * rows * sizes.vocabulary * _SINGLE
    scored = at_once // data * settings.max_tokens
    return StepMemory(
        model=size * sizes.parameters + read,
        trained=_SINGLE * sizes.trained,
        moments=2 * _SINGLE * sizes.trained,
        sampling_copy=copied,
        cache=config.layers * (of_prompts + of_completions),
        reading=max(size * sizes.layer + _forward(prompts, length, sizes, size, _READING), token),
        reference=max(
            _forward(rows, whole_length, sizes, size, _REFERENCE), _logits(rows * settings.max_tokens, sizes)
        ),
        gradient=several * _SINGLE * sizes.trained + lower,
        saved=config.layers * at_once // data * whole_length * size * _saved(config, settings, sizes),
        logits=_logits(scored, sizes),
        layer=at_once // data * whole_length * _layer(config, settings, sizes, whole_length, size) + size * sizes.layer,
        update=2 * _SINGLE * sizes.trained,
    )


def _sizes(config: DecoderConfig, settings: TrainingSettings, parts: int) -> _Sizes:
    shapes = layer_shapes(config)
    layer, outer = _numbers(shapes.values(), parts), _numbers(outer_shapes(config).values(), parts)
    parameters = config.layers * layer + outer
    factors = [settings.rank * sum(shapes[name]) for name in MATRICES if name in shapes]
    outputs = [settings.rank * shapes[name][0] for name in MATRICES if name in shapes]
    low_rank = settings.trained == "lora"
    heads, keys = config.query_heads // parts, config.key_value_heads // parts
    return _Sizes(
        parameters=parameters,
        layer=layer,
        trained=config.layers * sum(factors) if low_rank else parameters,
        scaled=config.layers * sum(outputs) if low_rank else 0,
        width=config.embedding_size,
        inner=config.feed_forward_size // parts,
        queries=heads * config.head_size,
        keys=keys * config.head_size,
        heads=heads,
        vocabulary=config.vocabulary_size // (parts if config.vocabulary_size % parts == 0 else 1),
    )


def _numbers(shapes: Iterable[tuple[int, ...]], parts: int) -> int:
    """The numbers in arrays of these shapes, matrices divided."""
    return sum(math.prod(shape) // (parts if len(shape) > 1 else 1) for shape in shapes)


def _products(config: DecoderConfig, sizes: _Sizes) -> int:
    """The numbers a token that a layer's matrices give and the way back reads."""
    inner = (2 if config.gated else 1) * sizes.inner
    read_again = (not config.parallel_residual or config.post_norms) + config.post_norms
    return sizes.queries + 2 * sizes.keys + inner + read_again * sizes.width


def _saved(config: DecoderConfig, settings: TrainingSettings, sizes: _Sizes) -> int:
    return sizes.width + (_products(config, sizes) if settings.saved == "products" else 0)


def _layer(config: DecoderConfig, settings: TrainingSettings, sizes: _Sizes, length: int, size: int) -> int:
    """Bytes a token of one layer on the way back, its weights aside."""
    again = _products(config, sizes) if settings.saved == "layers" else 0
    return max(4 * sizes.heads * length * _SINGLE, 6 * sizes.inner * size) + (7 * sizes.width + again) * size


def _forward(rows: int, length: int, sizes: _Sizes, size: int, arrays: _Arrays) -> int:
    """Bytes of one layer in a pass that saves nothing."""
    queries = length if length <= _QUERIES or length % _QUERIES else _QUERIES
    scores, inner = sizes.heads * queries * length * _SINGLE, length * sizes.inner * size
    most = max(arrays.scores * scores, arrays.inner * inner)
    return rows * (most + arrays.width * length * sizes.width * size)


def _logits(tokens: int, sizes: _Sizes) -> int:
    return 2 * min(_TOKENS_OF_LOGITS, tokens) * sizes.vocabulary * _SINGLE
