"""A ground-truth reward over the whole vocabulary, taken from a language model behind two contrasting contexts."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64

from sims.files import replace_together

from .contrast_prompts import CONTRAST_PROMPTS, ContrastPrompt
from .loading import LanguageModel, ensure_model_path, load_language_model
from .model_file import cache_folder, file_sha256
from .next_token import next_token_logits

_CACHE_FORMAT = 1


class LanguageModelProblems(NamedTuple):
    """Real problems: for each prompt, the initial policy's logits and the ground-truth reward of every next token."""

    prompts: tuple[str, ...]
    initial_logits: Float64[np.ndarray, "prompts vocabulary"]
    ground_truth_reward: Float64[np.ndarray, "prompts vocabulary"]


def contrast_reward(
    wanted_logits: Float32[np.ndarray, "prompts vocabulary"], unwanted_logits: Float32[np.ndarray, "prompts vocabulary"]
) -> Float64[np.ndarray, "prompts vocabulary"]:
    r"""The reward of each next token: how much likelier it is in the wanted context than in the unwanted one.

    With \(p_+\) and \(p_-\) the next-token probabilities of prompt \(x\) behind the two contexts,

    \[ r_G(x, y) = \tanh\!\big(\tfrac12 (\ln p_+(y) - \ln p_-(y))\big) = \frac{p_+(y) - p_-(y)}{p_+(y) + p_-(y)}, \]

    the difference between the posterior probabilities of the two contexts, given `y` and even odds beforehand. It lies
    in [-1, 1] and treats the contexts alike: swapping them changes its sign.

    **Arguments**

    - `wanted_logits`, `unwanted_logits`: next-token logits behind each context; a constant per row does not matter.

    **Returns** the rewards.
    """
    difference = _log_softmax(wanted_logits) - _log_softmax(unwanted_logits)
    return np.tanh(difference / 2)


def language_model_problems(
    model: LanguageModel | None = None,
    *,
    prompts: Sequence[ContrastPrompt] = CONTRAST_PROMPTS,
    cache: str | os.PathLike[str] | None = None,
) -> LanguageModelProblems:
    """The next-token distributions of a real language model with rewards taken from the model itself.

    **Arguments**

    - `model`: what `load_language_model` returned. Without it, the pinned model, which is then loaded only when the
      logits are not in the cache.
    - `prompts`: the prompts and their contexts.
    - `cache`: the folder that keeps the logits (7 MB), by the checksums of model and prompts; without it, that of
      `cache_folder`.

    **Returns** float64 logits of the bare prompts, whose softmax is positive everywhere, and the rewards of
    `contrast_reward`, both (prompts, vocabulary).

    **Raises** `InvalidInputError` when the model cannot be had or a prompt cannot be used.
    """
    prompts = tuple(ContrastPrompt(*prompt) for prompt in prompts)
    checksum = model.checksum if model is not None else file_sha256(ensure_model_path())
    key = hashlib.sha256(json.dumps([_CACHE_FORMAT, checksum, prompts]).encode()).hexdigest()
    path = Path(cache if cache is not None else cache_folder()) / f"contrast-logits-{key[:32]}.npz"
    logits = _load(path, len(prompts))
    if logits is None:
        logits = _contrast_logits(model if model is not None else load_language_model(), prompts)
        # Without a writable cache the same numbers are computed again the next time.
        with contextlib.suppress(OSError):
            _save(path, logits)
    bare, wanted, unwanted = logits
    return LanguageModelProblems(
        tuple(prompt.prompt for prompt in prompts), bare.astype(np.float64), contrast_reward(wanted, unwanted)
    )


def _contrast_logits(model: LanguageModel, prompts: Sequence[ContrastPrompt]) -> np.ndarray:
    """Logits behind no context, the wanted and the unwanted one: float32 (3, prompts, vocabulary)."""
    texts = [context + item.prompt for item in prompts for context in ("", item.wanted, item.unwanted)]
    logits = next_token_logits(model, texts)
    return np.ascontiguousarray(logits.reshape(len(prompts), 3, -1).swapaxes(0, 1))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _load(path: Path, prompts: int) -> np.ndarray | None:
    """The cached logits, or nothing when there are none or they cannot be what was saved."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            logits = archive["logits"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    usable = logits.dtype == np.float32 and logits.ndim == 3 and logits.shape[:2] == (3, prompts)
    return logits if usable and np.isfinite(logits).all() else None


def _save(path: Path, logits: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, logits=logits)
    replace_together(path.parent, {path.name: buffer.getvalue()})
