"""The weights of the decoder that is checked and timed: trained ones if they are at hand, else random ones."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import jax

from benchmarks.accelerator.sizes import Sizes
from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters, random_parameters
from theory.errors import InvalidInputError


class Weights(NamedTuple):
    """**Fields**: `config`; `parameters` in float32; `source`, in words."""

    config: DecoderConfig
    parameters: DecoderParameters
    source: str


@cache
def decoder_weights(sizes: Sizes) -> Weights:
    """The weights, the same in every process of a run. Nothing is downloaded."""
    if sizes.trained:
        try:
            return _cached()
        except (ImportError, InvalidInputError, OSError):
            pass
    return Weights(sizes.decoder, random_parameters(sizes.decoder, seed=0), "random weights")


def _cached() -> Weights:
    # Reading the file takes packages that a run does not need.
    from sims.llm.loading import load_language_model
    from sims.llm.model_file import cached_model_path

    path = cached_model_path()
    model = load_language_model(path)
    return Weights(model.config, model.parameters, path.name)


def in_precision(parameters: DecoderParameters, dtype: str) -> DecoderParameters:
    """The same weights rounded to another precision."""
    return jax.tree.map(lambda leaf: leaf.astype(dtype), parameters)
