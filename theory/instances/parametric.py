"""Instances of statements about policies of any kind: numbers measured at a policy, or along its path."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arguments.rules import Indices
from theory.arguments.shape_rules import prompts_of_problem, single
from theory.arrays import Integers, Scalars
from theory.moments import advantage, expectation
from theory.parameter_space.fisher_information import fisher_norms, score_summary
from theory.parameter_space.jacobian_norms import jacobian_norms
from theory.parameter_space.objective import (
    martingale_variance,
    objective_gradient,
    prompt_gradients,
    regularized_reward,
    regularized_variance,
    squared_norm,
    squared_norms,
    variance_motion,
)
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import Parameters, output_log_probabilities


@dataclass(frozen=True, eq=False)
class PolicyCase:
    """A problem in parameter space on which a statement can be tried: what it says is still to be measured.

    **Field**: `problem`, a single one.
    """

    problem: PolicyProblem


@dataclass(frozen=True, eq=False)
class PathCase(PolicyCase):
    """A problem for a statement about paths. **Field**: `elapsed`, the time to follow the flow for."""

    elapsed: float


@dataclass(frozen=True, eq=False)
class HittingTimeCase(PolicyCase):
    """A problem for a statement about `t_gamma`.

    **Fields**: `increase`, `gamma`, of the ground-truth reward of the prompt numbered `prompt`.
    """

    increase: float
    prompt: int = 0


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class ParametricInstance:
    """What any statement about policies with shared parameters speaks about; its kinds have subclasses.

    **Fields** (float64, shape `(*batch)`): `length`, `L`; `kl_coefficient`, `lambda`.
    """

    length: Scalars
    kl_coefficient: Scalars

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single instance."""
        return tuple(jnp.shape(self.length))


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class ParametricPolicyInstance(ParametricInstance):
    """What is measured at one policy and one prompt.

    **Fields** (float64, shape `(*batch)`)

    - `variance`: `Var[r_KL]`; `largest_reward`: `max |r_KL|`.
    - `jacobian_norm`, `contrast_norm`: the two norms of `theory.parameter_space.jacobian_norms`, the largest over
      prefixes.
    - `gradient_norm`: `|| grad phi(theta; x) ||`; `fisher_norm`: `lambda_max(F_x)`.
    - `martingale_variance`, `first_token_variance`: the sum over positions, and its first term.
    """

    variance: Scalars
    jacobian_norm: Scalars
    contrast_norm: Scalars
    largest_reward: Scalars
    gradient_norm: Scalars
    fisher_norm: Scalars
    martingale_variance: Scalars
    first_token_variance: Scalars


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class FlowState(ParametricInstance):
    """What is measured at one point of a flow, over all prompts.

    **Fields** (float64, shape `(*batch)`)

    - `variance`: `Var[r_KL]`, averaged over the prompts; `variance_rate`: its `d/dt`.
    - `jacobian_norm`, `contrast_norm`, `largest_reward` (`max |r_KL|`): the largest over prefixes and prompts.
    - `gradient_norm`: of the objective.
    - `mean_fisher_norm`: the largest eigenvalue of the Fisher information averaged over the prompts.
    - `score_norm`, `largest_advantage`: the largest `||grad ln pi(y|x)||` and `|r_KL - E r_KL|` over outputs and
      prompts.
    - `fisher_norm`, `expected_truth`: `lambda_max(F_x)` and `E[r_G]` of the prompt that is watched.
    """

    variance: Scalars
    jacobian_norm: Scalars
    contrast_norm: Scalars
    largest_reward: Scalars
    gradient_norm: Scalars
    variance_rate: Scalars
    mean_fisher_norm: Scalars
    score_norm: Scalars
    largest_advantage: Scalars
    fisher_norm: Scalars
    expected_truth: Scalars


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class ParametricPathInstance(FlowState):
    """One point of a flow and the way there; `largest_reward` is the largest so far.

    **Fields** (float64, shape `(*batch)`): `elapsed`; `initial_variance`, `initial_truth` (`E[r_G]` of the watched
    prompt); `path_length`; and the largest so far of what a `FlowState` has under the rest of the name:
    `path_jacobian_norm`, `path_contrast_norm`, `path_mean_fisher_norm`, `path_score_norm`, `path_largest_advantage`,
    `path_fisher_norm`.
    """

    elapsed: Scalars
    initial_variance: Scalars
    path_length: Scalars
    path_jacobian_norm: Scalars
    path_contrast_norm: Scalars
    initial_truth: Scalars
    path_mean_fisher_norm: Scalars
    path_score_norm: Scalars
    path_largest_advantage: Scalars
    path_fisher_norm: Scalars


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class ParametricHittingTimeInstance(ParametricInstance):
    """What a statement about `t_gamma` speaks about, measured along the flow up to that time.

    **Fields** (float64, shape `(*batch)`): `increase` (`gamma`); `hitting_time` (`t_gamma`, infinity if never);
    `initial_variance`, `initial_truth` (`E[r_G]` of the watched prompt, at time zero); and, as in a
    `ParametricPathInstance`, the largest until then: `path_jacobian_norm`, `path_contrast_norm`,
    `path_mean_fisher_norm`, `path_score_norm`, `path_largest_advantage`, `path_fisher_norm`.
    """

    increase: Scalars
    hitting_time: Scalars
    initial_variance: Scalars
    path_jacobian_norm: Scalars
    path_contrast_norm: Scalars
    initial_truth: Scalars
    path_mean_fisher_norm: Scalars
    path_score_norm: Scalars
    path_largest_advantage: Scalars
    path_fisher_norm: Scalars


@double_precision()
def measure_policy(problem: PolicyProblem) -> ParametricPolicyInstance:
    """What the statements about a single policy say something of: a batch over the problem's prompts (traceable)."""
    policy, parameters = problem.policy, problem.parameters
    norms = jacobian_norms(policy, parameters)
    parts = martingale_variance(problem, parameters)
    reward = regularized_reward(problem, output_log_probabilities(policy, parameters))
    per_prompt = jnp.ones(policy.prompts)
    return ParametricPolicyInstance(
        length=policy.length * per_prompt,
        kl_coefficient=problem.kl_coefficient * per_prompt,
        variance=regularized_variance(problem, parameters),
        jacobian_norm=norms.spectral,
        contrast_norm=norms.contrast,
        largest_reward=jnp.max(jnp.abs(reward), axis=-1),
        gradient_norm=jnp.sqrt(squared_norms(prompt_gradients(problem, parameters))),
        fisher_norm=fisher_norms(policy, parameters),
        martingale_variance=jnp.sum(parts, axis=-1),
        first_token_variance=parts[:, 0],
    )


@double_precision(prompt=Indices(prompts_of_problem, single))
def measure_state(problem: PolicyProblem, parameters: Parameters, prompt: Integers = 0) -> FlowState:
    """What the statements about motion say something of, at one point of a path (traceable).

    **Arguments**: `prompt`: the number of the one that is watched.
    """
    policy = problem.policy
    norms = jacobian_norms(policy, parameters)
    velocity = objective_gradient(problem, parameters)
    motion = variance_motion(problem, parameters, velocity)
    log_policy = output_log_probabilities(policy, parameters)
    reward = regularized_reward(problem, log_policy)
    scores = score_summary(policy, parameters)
    return FlowState(
        length=jnp.asarray(float(policy.length)),
        kl_coefficient=jnp.asarray(problem.kl_coefficient),
        variance=motion.variance,
        jacobian_norm=jnp.max(norms.spectral),
        contrast_norm=jnp.max(norms.contrast),
        largest_reward=jnp.max(jnp.abs(reward)),
        gradient_norm=jnp.sqrt(squared_norm(velocity)),
        variance_rate=motion.rate,
        mean_fisher_norm=scores.mean_fisher_norm,
        score_norm=jnp.max(scores.score_norms),
        largest_advantage=jnp.max(jnp.abs(advantage(jnp.exp(log_policy), reward))),
        fisher_norm=scores.fisher_norms[prompt],
        expected_truth=expectation(jnp.exp(log_policy), jnp.asarray(problem.ground_truth_reward))[prompt],
    )
