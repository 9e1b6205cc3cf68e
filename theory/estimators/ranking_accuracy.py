"""Accuracy of reward models on the pairs of completions of each prompt, by every rule that has a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.errors import InvalidInputError
from theory.estimators.group_moments import defined_mean, divided
from theory.estimators.pairs import PairSums


def _half_credit(sums: PairSums) -> np.ndarray:
    return sums.concordant + 0.5 * np.maximum(sums.distinguished - sums.concordant - sums.discordant, 0.0)


ACCURACY_RULES: Mapping[str, tuple[Callable[[PairSums], np.ndarray], Callable[[PairSums], np.ndarray]]] = {
    "strict": (lambda sums: sums.concordant, lambda sums: sums.distinguished),
    "half_credit": (_half_credit, lambda sums: sums.distinguished),
    "equal_signs": (lambda sums: sums.concordant + sums.tied_in_both, lambda sums: sums.pairs),
    "harm_aware": (lambda sums: sums.harmless, lambda sums: sums.distinguished),
}
"""The rules: what counts as right, out of which pairs.

- `strict`: of the pairs that the truth distinguishes, those that the model orders strictly as the truth does;
- `half_credit`: besides, half of those that the model does not distinguish: `(1 + D) / 2` for
  Somers' `D`;
- `equal_signs`: of all pairs, those with `sign(r_RM(y) - r_RM(y'))` equal to `sign(r_G(y) - r_G(y'))` (paper,
  Definition 1, and its official code): a tie is right only against a tie;
- `harm_aware`: of the pairs that the truth distinguishes, those ordered strictly as the truth does, or whose worse
  completion has a reward below the model's own mean under the policy, so that it loses probability anyway. This is HAcc
  of Shang et al. 2026 (arXiv 2604.25872, Section 4), as their official code computes it (`metrics/accuracy.py`), except
  that pairs of equal truth are left out, which that code ranks by their places.
"""


class PromptRatios(NamedTuple):
    """An accuracy, prompt by prompt, as sums that are divided; both of shape `(models, prompts)`.

    **Fields**: `right`, the weight of the pairs that count as right; `total`, that of the pairs that count.
    """

    right: Float64[np.ndarray, "models prompts"]
    total: Float64[np.ndarray, "models prompts"]

    @property
    def of_prompts(self) -> Float64[np.ndarray, "models prompts"]:
        """The accuracy within each prompt, NaN without a pair that counts."""
        return divided(self.right, self.total)

    @property
    def by_prompt(self) -> Float64[np.ndarray, " models"]:
        """The mean of the accuracies of the prompts that have one."""
        return defined_mean(self.of_prompts)

    @property
    def pooled(self) -> Float64[np.ndarray, " models"]:
        """All pairs of all prompts taken together."""
        return divided(self.right.sum(axis=-1), self.total.sum(axis=-1))


def ranking_accuracy(sums: PairSums, rule: str = "strict", *, across_prompts: bool = False) -> PromptRatios:
    """Accuracy by a rule of `ACCURACY_RULES`.

    **Arguments**

    - `sums`: weighted by the policy's probabilities or not (`pair_sums`).
    - `rule`: its name.
    - `across_prompts`: whether the weights of prompts are put on one scale, as they are given: the pooled accuracy then
      weighs a pair by the product of its probabilities (Acc-W and HAcc-W of arXiv 2604.25872). One pair can decide:
      look at `effective_pairs`. Else the largest weight of each prompt is one.

    **Raises** `InvalidInputError` for another rule.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> from theory.estimators.pairs import pair_sums
    >>> data = make_grouped_rewards([[1.0, 0.0, 1.0, 0.5, 0.5]], [0, 3, 5], truth=[1.0, 0.0, 0.0, 1.0, 0.0])
    >>> found = ranking_accuracy(pair_sums(data), "half_credit")
    >>> found.by_prompt.tolist(), found.pooled.round(6).tolist()
    ([0.625], [0.666667])
    """
    if rule not in ACCURACY_RULES:
        raise InvalidInputError("rule", rule, f"Choose one of {', '.join(ACCURACY_RULES)}.")
    right, total = (part(sums) for part in ACCURACY_RULES[rule])
    scale = np.exp(sums.log_scale - sums.log_scale.max()) if across_prompts else np.ones(right.shape[1])
    return PromptRatios(right * scale, total * scale)


def effective_pairs(sums: PairSums) -> Float64[np.ndarray, "models prompts"]:
    """How many equally weighted pairs a prompt's distinguished pairs are worth, `(sum w)^2 / sum w^2`.

    NaN without any. Log-probabilities of whole sequences differ by tens, so that it is often one: the accuracy weighted
    by them is then that of a single pair.
    """
    return divided(sums.distinguished**2, sums.squared_weights)


def effective_pairs_across_prompts(sums: PairSums) -> Float64[np.ndarray, " models"]:
    """The same for the pairs of all prompts together, weighted as in `across_prompts`."""
    scale = np.exp(sums.log_scale - sums.log_scale.max())
    total = (sums.distinguished * scale).sum(axis=-1)
    return divided(total**2, (sums.squared_weights * scale**2).sum(axis=-1))
