"""Bounds on gradients at completions of many tokens, where both sides are estimates with intervals.

Squares are compared, as these have estimates without bias. All bounds hold for one prompt, and for the mean over
prompts with the Fisher information and the reward variance averaged (Cauchy-Schwarz over prompts and outputs together,
as for S7) and the largest Jacobian norm (Jensen). Rewards lie in [-1, 1], there is no KL term, `L` is the most tokens.

- `s0`: `|| grad ||^2 <= lambda_max(F) Var`, both factors from both sides.
- `s2-mean`: `|| grad ||^2 <= Var E sum_l || J(x, y_{<l}) ||^2 / 2`, of which S2 is what is left when each Jacobian is
  replaced by the largest (docs/sharpened.md, proof of S2). The mean over contexts has an estimate from both sides.
- `s2`, `prop2`: with the largest Jacobian norm over all contexts, of which only visited ones are known. That makes
  their right-hand side too small: a gradient below it is below the bound, one above it would say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from theory.bounds.parameter_space import fisher_form, proposition_2, sharpened_proposition_2
from theory.estimators.scores.draws import Gram, Rewards, of_prompt
from theory.estimators.scores.fisher_norm import fisher_norm_from_above, fisher_norm_from_below
from theory.estimators.scores.intervals import Interval, student_interval
from theory.estimators.scores.mean_reward_variance import mean_reward_variance
from theory.estimators.scores.squared_gradient_norm import squared_gradient_norm_interval

from .context_jacobians import ContextJacobian


class SampledBound(NamedTuple):
    """One statement at one prompt, or at the mean of all.

    **Fields**: `statement`, its id; `prompt`, its number, None for the mean of all; `lower`, `upper`: limits of the
    squared bound, `upper` None where samples give none. Each of the up to three limits that such a number is made of
    is passed by the truth with half of what the confidence leaves.
    """

    statement: str
    prompt: int | None
    lower: float
    upper: float | None


class SampledGradient(NamedTuple):
    """The landscape at one prompt, or at the mean of all.

    **Fields**

    - `prompt`: its number, None for the mean of all.
    - `squared_gradient`: `|| grad E[r] ||^2`. `variance`: of the rewards within prompts.
    - `fisher_from_below`, `fisher_from_above`: intervals of which only the lower limit of the first and the upper limit
      of the second speak of `lambda_max(F)`.
    - `bounds`: on the squared gradient norm.
    """

    prompt: int | None
    squared_gradient: Interval
    variance: Interval
    fisher_from_below: Interval
    fisher_from_above: Interval
    bounds: list[SampledBound]

    @property
    def contradicted(self) -> list[str]:
        """The statements whose bound is, with its upper limit, below the gradient's lower limit."""
        least = self.squared_gradient.lower
        return [bound.statement for bound in self.bounds if bound.upper is not None and least > bound.upper]

    def margin(self, bound: SampledBound) -> float:
        """How many times the bound's lower limit, not squared, exceeds the gradient's upper limit; above 1, the
        intervals lie apart, and on the side that the statement says. NaN where that limit is not above zero: draws
        whose rewards are all the same have an interval without length, which says nothing."""
        most = self.squared_gradient.upper
        return float(np.sqrt(bound.lower / most)) if most > 0 else float("nan")


def sampled_landscape(
    rewards: Rewards, gram: Gram, jacobians: Sequence[ContextJacobian], length: int, *, confidence: float
) -> list[SampledGradient]:
    """The mean of all prompts, then each of them.

    **Arguments**

    - `rewards`, in [-1, 1], and `gram`: of at least five draws, see `theory.estimators.scores.draws`.
    - `jacobians`: one of each prompt. `length`: `L`. `confidence`: of each interval.

    **Raises** `InvalidInputError` for fewer draws, numbers that are not finite, and a confidence outside (0, 1).
    """
    norms = np.sqrt([found.squared_norm[0] for found in jacobians])
    everything = _gradient(None, rewards, gram, float(norms.max()), length, confidence)
    sums = [np.array([found.tokens * found.squared_norm[side] for found in jacobians]) for side in (0, 1)]
    limits = (
        student_interval(sums[0], confidence=confidence).lower,
        student_interval(sums[1], confidence=confidence).upper,
    )
    lower, upper = (
        max(value, 0.0) * max(factor, 0.0) / 2 for value, factor in zip(limits, everything.variance[1:], strict=True)
    )
    everything.bounds.insert(1, SampledBound("s2-mean", None, lower, upper))
    alone = [
        _gradient(x, rewards[x : x + 1], of_prompt(gram, x), float(norms[x]), length, confidence)
        for x in range(len(rewards))
    ]
    return [everything, *alone]


def _gradient(
    prompt: int | None, rewards: Rewards, gram: Gram, jacobian: float, length: int, confidence: float
) -> SampledGradient:
    variance = mean_reward_variance(rewards, confidence=confidence)
    below = fisher_norm_from_below(gram, confidence=confidence)
    above = fisher_norm_from_above(gram, confidence=confidence)
    least, most = max(variance.lower, 0.0), max(variance.upper, 0.0)
    bounds = [
        ("s0", fisher_form(least, max(below.lower, 0.0)), float(fisher_form(most, above.upper)) ** 2),
        ("s2", sharpened_proposition_2(least, jacobian, length), None),
        ("prop2", proposition_2(least, jacobian, length, 1.0), None),
    ]
    return SampledGradient(
        prompt,
        squared_gradient_norm_interval(rewards, gram, confidence=confidence),
        variance,
        below,
        above,
        [SampledBound(id, prompt, float(lower) ** 2, upper) for id, lower, upper in bounds],
    )
