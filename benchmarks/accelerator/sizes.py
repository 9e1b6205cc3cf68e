"""How large everything is that a run checks and times: for a GPU, for a look on any machine, and for tests."""

from __future__ import annotations

from dataclasses import dataclass

from sims.llm.decoder.config import DecoderConfig, RotaryEmbedding

SMOLLM2_135M = DecoderConfig(
    layers=30,
    embedding_size=576,
    feed_forward_size=1536,
    query_heads=9,
    key_value_heads=3,
    head_size=64,
    vocabulary_size=49_152,
    context_length=8192,
    rotary=RotaryEmbedding(base=100_000.0, size=64),
    norm_epsilon=1e-5,
)
"""SmolLM2-135M (Allal et al. 2025), as its configuration file has it."""

MINIATURE = DecoderConfig(2, 16, 24, 4, 2, 4, 97, 128, RotaryEmbedding(10_000.0, 4), 1e-5)


@dataclass(frozen=True)
class Sizes:
    """The sizes of one run; hashable.

    **Arguments**

    - `name`: as the command line has it.
    - `outputs`: `|Y|` of tabular problems, several. `problems`, `regularized_problems`: how many of each are checked.
    - `large_outputs`, `large_problems`, `large_regularized`: `|Y|` of large output spaces, and how many problems.
    - `ascent_steps`: of gradient ascent, in probabilities and in parameter space.
    - `policy_vocabulary`, `policy_length`, `policy_width`: of the small transformer.
    - `training_prompts`, `training_outputs`, `training_features`, `training_epochs`, `training_seeds`: of policy
      gradient training by four reward models, all prompts in a step.
    - `decoder`: a Llama. `rows`, `length`: of the tokens that it reads where it is checked.
    - `trained`: whether trained weights are taken if they are at hand.
    - `drawn`: tokens of a completion where sampling is checked.
    - `batches`, `prompt_length`, `tokens`: completions at once, the tokens of their prompts and their own, where
      sampling is timed. Square numbers: as many prompts as completions of each.
    - `hitting_batches`: problems at once, smallest first, where hitting times are timed.
    - `patience`: seconds that one measurement of hitting times may take: larger batches that would take longer are left
      out.
    - `copied`: float32 numbers of each array where memory is timed; far more than fit any cache.
    - `repeats`: of each measurement.
    """

    name: str
    outputs: tuple[int, ...]
    problems: int
    regularized_problems: int
    large_outputs: int
    large_problems: int
    large_regularized: int
    ascent_steps: int
    policy_vocabulary: int
    policy_length: int
    policy_width: int
    training_prompts: int
    training_outputs: int
    training_features: int
    training_epochs: int
    training_seeds: int
    decoder: DecoderConfig
    rows: int
    length: int
    trained: bool
    drawn: int
    batches: tuple[int, ...]
    prompt_length: int
    tokens: int
    hitting_batches: tuple[int, ...]
    patience: float
    copied: int
    repeats: int


FULL = Sizes(
    name="full",
    outputs=(8, 64),
    problems=2000,
    regularized_problems=500,
    large_outputs=150_000,
    large_problems=8,
    large_regularized=1,
    ascent_steps=200,
    policy_vocabulary=6,
    policy_length=3,
    policy_width=16,
    training_prompts=32,
    training_outputs=64,
    training_features=32,
    training_epochs=200,
    training_seeds=32,
    decoder=SMOLLM2_135M,
    rows=4,
    length=64,
    trained=True,
    drawn=16,
    batches=(16, 64, 256),
    prompt_length=32,
    tokens=64,
    hitting_batches=(1000, 10_000, 100_000),
    patience=30.0,
    copied=1 << 27,
    repeats=5,
)

QUICK = Sizes(
    name="quick",
    outputs=(8,),
    problems=500,
    regularized_problems=100,
    large_outputs=150_000,
    large_problems=1,
    large_regularized=0,
    ascent_steps=50,
    policy_vocabulary=4,
    policy_length=2,
    policy_width=8,
    training_prompts=8,
    training_outputs=16,
    training_features=8,
    training_epochs=50,
    training_seeds=8,
    decoder=SMOLLM2_135M,
    rows=2,
    length=16,
    trained=True,
    drawn=4,
    batches=(16,),
    prompt_length=16,
    tokens=4,
    hitting_batches=(1000,),
    patience=10.0,
    copied=1 << 24,
    repeats=3,
)

TINY = Sizes(
    name="tiny",
    outputs=(4,),
    problems=6,
    regularized_problems=3,
    large_outputs=16,
    large_problems=1,
    large_regularized=0,
    ascent_steps=5,
    policy_vocabulary=2,
    policy_length=2,
    policy_width=4,
    training_prompts=2,
    training_outputs=4,
    training_features=3,
    training_epochs=3,
    training_seeds=2,
    decoder=MINIATURE,
    rows=2,
    length=8,
    trained=False,
    drawn=3,
    batches=(4,),
    prompt_length=4,
    tokens=3,
    hitting_batches=(6,),
    patience=1.0,
    copied=1 << 12,
    repeats=1,
)

ALL_SIZES = {sizes.name: sizes for sizes in (FULL, QUICK, TINY)}
