"""Norms of the logits' Jacobian at contexts that completions have visited.

The `J_x` of Proposition 2 and S2 is the largest over all contexts, of which there are too many: visited ones give it
from below. What samples can give without bias is the mean: with a place `l` drawn uniformly from the `|y|` tokens of a
completion `y`, `|y| || J(x, y_{<l}) ||^2` has the expectation `E_y sum_l || J(x, y_{<l}) ||^2`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from sims.llm.loading import LanguageModel
from sims.llm.one_token.batch import prompt_batch
from sims.llm.one_token.operator_norms import squared_jacobian_norm

LENGTHS = 16
"""Contexts are padded to a multiple of so many tokens: each length is compiled for."""


class ContextJacobian(NamedTuple):
    """The Jacobian at one context.

    **Fields**: `completion`, its number; `place`, how many of its tokens the context holds; `tokens`, how many it has
    in all; `squared_norm`, of the Jacobian's spectral norm, from below and, but for a probability of 1e-6, from above.
    """

    completion: int
    place: int
    tokens: int
    squared_norm: tuple[float, float]


def context_jacobian(
    model: LanguageModel, prompt: Sequence[int], completions: Sequence[Sequence[int]], *, seed: tuple[int, int]
) -> ContextJacobian:
    """The Jacobian at a random place of a random completion.

    **Arguments**

    - `model`: a language model. `prompt`: its token ids. `completions`: those drawn for it.
    - `seed`: of the run, and the number of the prompt.
    """
    random = np.random.default_rng(seed)
    number = int(random.integers(len(completions)))
    tokens = completions[number]
    place = int(random.integers(len(tokens)))
    batch = prompt_batch(model.config, [[*prompt, *tokens[:place]]], multiple=LENGTHS)
    key = jax.random.key(int(random.integers(1 << 31)))
    found = squared_jacobian_norm(model.parameters, model.config, batch, key, centred=False)
    return ContextJacobian(number, place, len(tokens), (float(found.lower), float(found.upper)))
