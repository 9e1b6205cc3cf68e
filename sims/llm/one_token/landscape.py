"""The landscape at a language model's own policy: each bound on the gradient against the gradient itself."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float64, Int64

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from theory.accuracy.pairs import uniform_accuracy
from theory.bounds.parameter_space import fisher_form, proposition_2, sharpened_proposition_2
from theory.moments import variance
from theory.tabular.policy import probabilities

from .batch import PromptBatch, next_token_log_policy
from .expectations import euclidean_norm, objective_gradient
from .operator_norms import fisher_norm, squared_jacobian_norm

Vector = Float64[np.ndarray, " vocabulary"]

PAIRS = 1_000_000

ROUNDING = 1e-4
"""A share of the gradient that float32 arithmetic may add to it; a bound exceeded by more counts as violated."""


class PolicyNorms(NamedTuple):
    """What a prompt's bounds need of the policy: each from below, and from above but for `FAILURE_PROBABILITY`.

    **Fields**: `fisher`, `lambda_max(F_x)`; `jacobian`, `J_x`; `centred_jacobian`, the norm of the Jacobian of the
    centred logits, which the contrast norm `J_x^{+-}` does not exceed. Pairs of a lower and an upper bound.
    """

    fisher: tuple[float, float]
    jacobian: tuple[float, float]
    centred_jacobian: tuple[float, float]


class GradientRow(NamedTuple):
    """One reward model at one prompt.

    **Fields**

    - `teacher`: its name; `accuracy`: over all pairs of tokens, ties counting as wrong; `on_policy_accuracy`: over a
      million pairs that the policy draws; `variance`: of its rewards under the policy, `Var_pi[r]`;
      `gradient_norm`: `|| grad V(theta; x) ||` in all parameters.
    - `bounds`: from above on the gradient norm, by the statement's id: `prop2`, `razin2024`, `s2`, `s6-gradient`, `s0`.
    """

    teacher: str
    accuracy: float
    on_policy_accuracy: float
    variance: float
    gradient_norm: float
    bounds: dict[str, float]

    @property
    def violated(self) -> list[str]:
        """The statements whose bound the gradient exceeds by more than rounding explains."""
        return [id for id, bound in self.bounds.items() if self.gradient_norm > (1 + ROUNDING) * bound]


def policy_norms(parameters: DecoderParameters, config: DecoderConfig, batch: PromptBatch, *, seed: int) -> PolicyNorms:
    """The norms of a batch of one prompt.

    **Arguments**: `seed`, of the random starts.
    """
    keys = jax.random.split(jax.random.key(seed), 3)
    fisher = fisher_norm(parameters, config, batch, keys[0])
    jacobian, centred = (
        squared_jacobian_norm(parameters, config, batch, key, centred=flag)
        for key, flag in zip(keys[1:], (False, True), strict=True)
    )
    roots = [(float(found.lower) ** 0.5, float(found.upper) ** 0.5) for found in (jacobian, centred)]
    return PolicyNorms((float(fisher.lower), float(fisher.upper)), *roots)


def gradient_rows(
    parameters: DecoderParameters,
    config: DecoderConfig,
    batch: PromptBatch,
    rewards: dict[str, Vector],
    norms: PolicyNorms,
) -> list[GradientRow]:
    """Every reward model at one prompt.

    **Arguments**

    - `parameters`, `config`: the model. `batch`: of one prompt.
    - `rewards`: of every next token, in [-1, 1], by name; `"truth"` among them.
    - `norms`: of the prompt.
    """
    log_policy = next_token_log_policy(parameters, config, batch)
    policy = np.asarray(probabilities(np.asarray(log_policy[0], np.float64)))
    pairs, truth, rows = pairs_of(policy), rewards["truth"], []
    for name, reward in rewards.items():
        _, gradient = _gradient(parameters, config, batch, reward[None].astype(np.float32))
        spread = float(variance(policy, reward))
        accuracies = float(uniform_accuracy(reward, truth)), accuracy_on(pairs, reward, truth)
        length = float(euclidean_norm(gradient))
        rows.append(GradientRow(name, *accuracies, spread, length, gradient_bounds(spread, norms)))
    return rows


def pairs_of(policy: Vector) -> Int64[np.ndarray, "two pairs"]:
    """A million pairs of tokens, both drawn from the policy: always the same."""
    return np.random.default_rng(0).choice(policy.size, (2, PAIRS), p=policy)


def accuracy_on(pairs: Int64[np.ndarray, "two pairs"], reward: Vector, truth: Vector) -> float:
    """The share of pairs that a reward orders as the truth does, ties counting as wrong.

    Pairs that the truth ties are left out.
    """
    first, second = pairs
    wanted, found = (np.sign(values[first] - values[second]) for values in (truth, reward))
    return float(np.mean((wanted == found)[wanted != 0])) if wanted.any() else 1.0


def gradient_bounds(spread: float, norms: PolicyNorms) -> dict[str, float]:
    """Bounds from above on a gradient's norm, for rewards in [-1, 1] and outputs of one token.

    **Arguments**: `spread`, the variance of the rewards; `norms`, of the prompt.

    Without a KL term Proposition 2 and Razin et al. 2024, Theorem 1, say the same of such rewards: `M` tends to 1.
    """
    spectral, contrast = norms.jacobian[1], norms.centred_jacobian[1]
    paper = float(proposition_2(spread, spectral, 1, 1.0))
    return {
        "prop2": paper,
        "razin2024": paper,
        "s2": float(sharpened_proposition_2(spread, spectral, 1)),
        "s6-gradient": float(sharpened_proposition_2(spread, contrast, 1)),
        "s0": float(fisher_form(spread, norms.fisher[1])),
    }


_gradient = jax.jit(objective_gradient, static_argnames="config")
