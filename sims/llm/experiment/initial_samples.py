"""Completions of the initial policy, and of another source, which reward models are made from and measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from sims.llm.loading import LanguageModel
from sims.llm.rewards.scored_texts import ScoredTexts
from sims.llm.token_batches import check_token_rows, left_padded
from sims.llm.training.checkpoint import load_checkpoint, save_checkpoint
from sims.llm.training.placement import Placement
from sims.llm.training.reference import ReferencePass, reference_pass
from sims.llm.training.rollout import Rollout, Sampler
from theory.errors import InvalidInputError

_SEED = 104_729
_ARRAYS = ("log_probabilities", "lengths", "features")
_ROWS = 32
"""Completions that are drawn together, about."""


class InitialSamples(NamedTuple):
    """Completions of some prompts, those of a prompt side by side.

    **Fields**: `prompts`, `completions`: texts, one of each a completion; `log_probabilities` under the initial policy
    of the completion after its prompt; `lengths` in tokens; `features`, as `ScoredTexts` has them; `each`, completions
    of a prompt.
    """

    prompts: tuple[str, ...]
    completions: tuple[str, ...]
    log_probabilities: Float32[np.ndarray, " completions"]
    lengths: np.ndarray
    features: Float32[np.ndarray, "completions features"]
    each: int

    def texts(self) -> ScoredTexts:
        """What rewards are given."""
        return ScoredTexts(self.prompts, self.completions, self.features)


def initial_samples(
    model: LanguageModel,
    prompts: Sequence[str],
    each: int,
    max_tokens: int,
    *,
    prefix: str = "",
    first_number: int = 0,
    file: Path,
    placement: Placement,
    progress: Callable[[float], None] | None = None,
) -> InitialSamples:
    """Completions of prompts by the initial policy, drawn or found in a file.

    **Arguments**

    - `each`: completions of each prompt. `max_tokens`: of a completion.
    - `prefix`: stands before each prompt as completions are drawn, but not as their log-probabilities and features are
      taken: another source of completions, which the policy itself rarely gives.
    - `first_number`: names the random numbers of the first completion, and so on upwards.
    - `file`: keeps what was drawn; found again only if all of this is the same.
    - `progress`: called with the share that is done.
    """
    asked = {
        "model": model.checksum,
        "precision": str(model.parameters.embedding.dtype),
        "prompts": list(prompts),
        "each": each,
        "max_tokens": max_tokens,
        "prefix": prefix,
        "first_number": first_number,
    }
    kept = _kept(file, asked)
    # Either all processes have them, or all draw.
    if all(placement.from_all(int(kept is not None))):
        assert kept is not None
        return kept
    tokenizer, most = model.require_tokenizer(), model.config.context_length
    drawn_from = [tokenizer.encode(prefix + text, most) for text in prompts]
    plain = [tokenizer.encode(text, most) for text in prompts]
    check_token_rows(drawn_from, model.config, max_tokens)
    sampler = Sampler(model, drawn_from, max_tokens, placement)
    length = Sampler(model, plain, max_tokens, placement).prompt_length
    parameters = placement.parameters(model.parameters)
    size = max(1, _ROWS // each // placement.data) * placement.data
    rollouts, passes = [], []
    for start in range(0, len(prompts), size):
        # The last block is filled up, so that one shape is compiled.
        numbers = [number % len(prompts) for number in range(start, start + size)]
        rollout = sampler.draw(parameters, numbers, each, seed=_SEED, first_number=first_number + start * each)
        rollout = with_prompts(rollout, [plain[n] for n in numbers for _ in range(each)], length, max_tokens)
        passed = reference_pass(
            parameters, model.config, rollout, prompt_length=length, rows_at_once=size * each, placement=placement
        )
        rollouts.append(rollout)
        passes.append(passed)
        if progress is not None:
            progress(min(1.0, (start + size) / len(prompts)))
    found = _joined(prompts, each, rollouts, passes)
    record = {"asked": asked, "completions": list(found.completions)}
    arrays = {name: np.asarray(getattr(found, name)) for name in _ARRAYS}
    placement.first(lambda: save_checkpoint(file, record, arrays))
    return found


def with_prompts(rollout: Rollout, prompt_ids: Sequence[Sequence[int]], length: int, most: int) -> Rollout:
    """The same completions as if they followed other prompts, padded to `length` tokens."""
    prompt, prompt_kept = left_padded(prompt_ids, length, len(prompt_ids))
    return rollout._replace(
        token_ids=np.concatenate([prompt, rollout.token_ids[:, -most:]], axis=1),
        kept=np.concatenate([prompt_kept, rollout.kept[:, -most:]], axis=1),
    )


def _joined(prompts: Sequence[str], each: int, rollouts: list[Rollout], passes: list[ReferencePass]) -> InitialSamples:
    count = len(prompts) * each
    completions = [text for rollout in rollouts for text in rollout.completions]
    return InitialSamples(
        tuple(text for text in prompts for _ in range(each)),
        tuple(completions[:count]),
        np.concatenate([passed.log_probabilities for passed in passes])[:count],
        np.concatenate([rollout.lengths for rollout in rollouts])[:count],
        np.concatenate([passed.features for passed in passes])[:count],
        each,
    )


def _kept(file: Path, asked: dict[str, object]) -> InitialSamples | None:
    try:
        found = load_checkpoint(file)
    except InvalidInputError:
        return None  # It is drawn anew, and replaced.
    if found is None or found[0].get("asked") != asked:
        return None
    record, arrays = found
    if arrays.keys() != set(_ARRAYS):
        return None
    each = record["asked"]["each"]
    prompts = tuple(text for text in record["asked"]["prompts"] for _ in range(each))
    return InitialSamples(prompts, tuple(record["completions"]), **arrays, each=each)
