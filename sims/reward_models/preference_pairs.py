"""Pairs of outputs labelled by the ground truth, from the policy itself or from another distribution (Section 4.1)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int

from sims.policy_gradient.sampling import sample_outputs
from sims.policy_gradient.training_input import check_prompts
from theory.arguments.checks import as_float64, check_finite, check_whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError


class PreferencePairs(NamedTuple):
    """**Fields**, one entry for each pair: the number of its `prompt`; the outputs `chosen` and `rejected`, the ground
    truth preferring the first; whether both were drawn `on_policy`."""

    prompt: Int[AnyArray, "*batch pairs"]
    chosen: Int[AnyArray, "*batch pairs"]
    rejected: Int[AnyArray, "*batch pairs"]
    on_policy: Bool[AnyArray, "*batch pairs"]


def sample_pairs(
    key: jax.Array,
    *,
    log_policy: object,
    log_off_policy: object,
    ground_truth_reward: object,
    on_policy_shares: object,
    pairs_per_prompt: int,
    prompts: Int[AnyArray, " chosen"] | None = None,
) -> PreferencePairs:
    """Preference data for several reward models that differ in how many of their pairs are on-policy.

    Both outputs of a pair come from the same distribution, independently, given that their ground-truth rewards differ.
    A pair is on-policy for a model of share `s` if its place in one random order is among the first `s` of all, so that
    models of neighbouring shares have most pairs in common.

    **Arguments**

    - `log_policy`: of the initial policy, shape `(prompts, outputs)`. `log_off_policy`: of the other distribution.
    - `on_policy_shares`: for each model, in [0, 1]; `(1.0, 0.75, 0.5, 0.25, 0.0)` in the paper.
    - `prompts`: the numbers of those to draw pairs for; all if not given. Those whose outputs all have the same ground
      truth are left out.

    **Returns** pairs of shape `(models, pairs)`.

    **Raises** `InvalidInputError` for arrays or shares that do not fit, or if that leaves no pair at all, or for a
    distribution all of whose mass (to rounding) has one ground truth.

    >>> import jax, numpy as np
    >>> from sims.reward_models import sample_pairs
    >>> log_policy = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    >>> truth = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    >>> pairs = sample_pairs(
    ...     jax.random.key(0),
    ...     log_policy=log_policy,
    ...     log_off_policy=np.log(np.full((2, 3), 1 / 3)),
    ...     ground_truth_reward=truth,
    ...     on_policy_shares=[1.0, 0.5],
    ...     pairs_per_prompt=4,
    ... )
    >>> pairs.chosen.shape, pairs.on_policy.sum(axis=1).tolist()
    ((2, 8), [8, 4])
    """
    truth = as_float64("ground_truth_reward", ground_truth_reward)
    check_finite("ground_truth_reward", truth)
    if truth.ndim != 2:
        raise InvalidInputError("ground_truth_reward", f"shape {truth.shape}", "Give one number per prompt and output.")
    logs = {
        name: as_float64(name, value)
        for name, value in (("log_policy", log_policy), ("log_off_policy", log_off_policy))
    }
    for name, array in logs.items():
        if array.shape != truth.shape:
            raise InvalidInputError(
                name, f"shape {array.shape}", f"Give one number per prompt and output: {truth.shape}."
            )
        if np.isnan(array).any():
            raise InvalidInputError(name, "a NaN", "Give log-probabilities.")
    shares = as_float64("on_policy_shares", on_policy_shares)
    if shares.ndim != 1 or not shares.size or not ((shares >= 0) & (shares <= 1)).all():
        raise InvalidInputError("on_policy_shares", shares.tolist(), "Give a list of numbers in [0, 1].")
    per_prompt = check_whole("pairs_per_prompt", pairs_per_prompt, least=0)
    numbers = np.arange(len(truth)) if prompts is None else np.asarray(prompts)
    if numbers.size:
        check_prompts(numbers, len(truth))
    varied = numbers[np.ptp(truth[numbers], axis=1) > 0] if numbers.size else numbers
    count = per_prompt * len(varied)
    if not count:
        reason = f"{per_prompt} pairs per prompt, {len(numbers)} prompts, {len(varied)} of them with a preference"
        raise InvalidInputError(
            "pairs_per_prompt", reason, "That is no pair to learn from: draw more, or use a ground truth that varies."
        )
    order_key, on_key, off_key = jax.random.split(key, 3)
    prompt = jnp.asarray(np.repeat(varied, per_prompt))
    worth = jnp.asarray(truth, float)
    pairs = []
    for name, own_key in (("log_policy", on_key), ("log_off_policy", off_key)):
        *pair, mass = _differing_pairs(own_key, jnp.asarray(logs[name], float), worth, prompt)
        # Below the normal numbers, what is drawn could have probability zero.
        found = np.asarray(mass)[varied] >= jnp.finfo(mass.dtype).tiny
        if not found.all():
            raise InvalidInputError(
                name,
                f"one level of ground truth at prompt {varied[np.argmin(found)]}",
                "Give a distribution that meets several levels.",
            )
        pairs.append(pair)
    place = jax.random.permutation(order_key, count)
    chosen_on = place[None, :] < np.rint(shares * count)[:, None]
    chosen, rejected = (jnp.where(chosen_on, one[None, :], other[None, :]) for one, other in zip(*pairs, strict=True))
    return PreferencePairs(jnp.broadcast_to(prompt, chosen.shape), chosen, rejected, chosen_on)


@jax.jit
def _differing_pairs(
    key: jax.Array, log_probabilities: jax.Array, truth: jax.Array, prompt: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The preferred and the other output of one pair for each entry of `prompt`; for every prompt there is, the
    probability that two outputs differ: where it vanishes, the pair means nothing."""
    same = truth[:, :, None] == truth[:, None, :]
    others = jnp.sum(jnp.where(same, 0.0, jnp.exp(log_probabilities)[:, None, :]), axis=-1)
    first_key, second_key = jax.random.split(key)
    # The first output weighted by the chance that a second one differs, then the second given that it does.
    log_first = log_probabilities + jnp.log(others)
    first = sample_outputs(first_key, log_first[prompt], 1)
    differs = jnp.where(same[prompt, first[:, 0]], -jnp.inf, log_probabilities[prompt])
    second = sample_outputs(second_key, differs, 1)
    pair = jnp.concatenate([first, second], axis=1)
    worth = truth[prompt[:, None], pair]
    ahead = worth[:, 0] > worth[:, 1]
    better, worse = jnp.where(ahead, pair[:, 0], pair[:, 1]), jnp.where(ahead, pair[:, 1], pair[:, 0])
    return better, worse, jnp.sum(jnp.exp(log_first), axis=-1)
