"""Pairs of sampled completions, labelled by the ground truth, one pair a prompt."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from sims.reward_models.preference_pairs import PreferencePairs
from theory.arguments.checks import as_float64, check_whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError


def preference_pairs(
    on_policy: Float[AnyArray, "prompts on_policy_completions"],
    off_policy: Float[AnyArray, "prompts off_policy_completions"],
    *,
    on_policy_share: float,
    seed: int,
) -> PreferencePairs:
    """One pair a prompt, from completions of the policy itself or from those of another source.

    Both completions of a pair come from the same source. The pair is drawn uniformly from those that the ground truth
    distinguishes: ties are never labelled. Prompts are left out where either source has no such pair, so that reward
    models of different shares learn from the same prompts. With the same seed, a source's pair of a prompt is the same
    whatever the share, and the prompts that are on-policy at a share are so at every larger one.

    **Arguments**

    - `on_policy`: the ground truth of the initial policy's completions; NaN for a completion to leave out.
    - `off_policy`: that of the other source's completions.
    - `on_policy_share`: the share of pairs that are on-policy, in [0, 1]; their number is rounded.
    - `seed`: a whole number of at least 0.

    **Returns** pairs in the order of their prompts: the number of the prompt, and of the completions within the source
    that `on_policy` names.

    **Raises** `InvalidInputError` for arrays that do not fit or are infinite, numbers out of range, or no pair at all.

    **Source**: Razin et al. 2025 (arXiv 2503.15477), Section 4.1: shares of 1, 0.75, 0.5, 0.25 and 0.

    >>> import numpy as np
    >>> from sims.llm import preference_pairs
    >>> on_policy, off_policy = np.array([[0.1, 0.9], [0.3, 0.2]]), np.array([[0.5, 0.0], [0.5, 0.5]])
    >>> pairs = preference_pairs(on_policy, off_policy, on_policy_share=1.0, seed=0)
    >>> pairs.prompt.tolist(), pairs.chosen.tolist(), pairs.rejected.tolist()
    ([0], [1], [0])
    """
    sources = [_truth("on_policy", on_policy), _truth("off_policy", off_policy)]
    if len(sources[0]) != len(sources[1]):
        shown = f"{len(sources[1])} prompts"
        raise InvalidInputError("off_policy", shown, f"Give the {len(sources[0])} prompts of on_policy.")
    if not 0 <= on_policy_share <= 1:
        raise InvalidInputError("on_policy_share", on_policy_share, "Give a number in [0, 1].")
    draws = np.random.default_rng(check_whole("seed", seed, least=0))
    chances = draws.random((2, len(sources[0])))
    candidates = [[_distinguished(row) for row in source] for source in sources]
    prompts = [number for number, pair in enumerate(zip(*candidates, strict=True)) if all(map(len, pair))]
    if not prompts:
        remedy = "Give more completions, or a ground truth that varies."
        raise InvalidInputError("on_policy", "no prompt with a pair to label in both sources", remedy)
    is_on_policy = draws.permutation(len(prompts)) < round(on_policy_share * len(prompts))
    chosen, rejected = [], []
    for prompt, own in zip(prompts, is_on_policy, strict=True):
        source = 0 if own else 1
        pairs = candidates[source][prompt]
        better, worse = pairs[int(chances[source, prompt] * len(pairs))]
        chosen.append(better)
        rejected.append(worse)
    return PreferencePairs(np.array(prompts), np.array(chosen), np.array(rejected), is_on_policy)


def pair_features(
    pairs: PreferencePairs,
    on_policy: Float[AnyArray, "prompts on_policy_completions features"],
    off_policy: Float[AnyArray, "prompts off_policy_completions features"],
) -> tuple[Float[np.ndarray, "pairs features"], Float[np.ndarray, "pairs features"]]:
    """The features of the chosen and of the rejected completion of each pair.

    **Arguments**: `pairs`, as `preference_pairs` gives them; the features of all completions of both sources.

    >>> import numpy as np
    >>> from sims.llm import pair_features
    >>> from sims.reward_models import PreferencePairs
    >>> pairs = PreferencePairs(*(np.array([k]) for k in (0, 1, 0)), on_policy=np.array([True]))
    >>> chosen, rejected = pair_features(pairs, np.array([[[1.0], [2.0]]]), np.zeros((1, 2, 1)))
    >>> chosen.tolist(), rejected.tolist()
    ([[2.0]], [[1.0]])
    """
    on, off = np.asarray(on_policy), np.asarray(off_policy)
    if on.shape[-1] != off.shape[-1]:
        raise InvalidInputError("off_policy", f"{off.shape[-1]} features", f"Give {on.shape[-1]}, as in on_policy.")
    own = np.asarray(pairs.on_policy)
    return _side(pairs, own, np.asarray(pairs.chosen), on, off), _side(pairs, own, np.asarray(pairs.rejected), on, off)


def _side(
    pairs: PreferencePairs,
    own: Bool[np.ndarray, " pairs"],
    place: np.ndarray,
    on_policy: np.ndarray,
    off_policy: np.ndarray,
) -> np.ndarray:
    prompt = np.asarray(pairs.prompt)
    found = np.empty((len(prompt), on_policy.shape[-1]), np.result_type(on_policy, off_policy))
    found[own] = on_policy[prompt[own], place[own]]
    found[~own] = off_policy[prompt[~own], place[~own]]
    return found


def _truth(argument: str, values: object) -> np.ndarray:
    truth = as_float64(argument, values)
    if truth.ndim != 2:
        raise InvalidInputError(argument, f"shape {truth.shape}", "Give one number per prompt and completion.")
    if np.isinf(truth).any():
        raise InvalidInputError(argument, "an infinite one", "Give finite numbers, or NaN for what was not scored.")
    return truth


def _distinguished(truth: np.ndarray) -> np.ndarray:
    """The pairs `(better, worse)` of completions whose truth differs, each once; comparisons with NaN are false."""
    return np.argwhere(truth[:, None] > truth[None, :])
