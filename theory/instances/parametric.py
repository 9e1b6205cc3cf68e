"""What a statement about a policy of any kind speaks about: numbers measured at a policy, or along its path."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from theory.arguments.precision import double_precision
from theory.arrays import Scalars
from theory.parameter_space.fisher_information import fisher_norms
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
    """A problem in parameter space on which a statement can be tried; what it says is still to be measured.

    **Fields**: `problem`, a single one; for statements about `t_gamma`, `increase` (`gamma`) of the ground-truth reward
    of the prompt numbered `prompt`; for statements about paths, `elapsed`, the time to follow the flow for.
    """

    problem: PolicyProblem
    increase: float | None = None
    elapsed: float | None = None
    prompt: int = 0


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class ParametricInstance:
    """One instance, or a batch of them; what a statement does not speak about stays None.

    **Fields** (float64, shape `(*batch)`)

    - `length`: `L`. `kl_coefficient`: `lambda`.
    - `variance`: `Var[r_KL]` of one prompt, or for paths and times its mean over the prompts, at the policy in
      question.
    - `jacobian_norm`, `contrast_norm`: the two norms of `theory.parameter_space.jacobian_norms`, the largest over
      prefixes (for paths and times over prompts too).
    - `largest_reward`: `max |r_KL|`; for paths the largest so far.
    - Of one prompt: `gradient_norm` (`|| grad phi(theta; x) ||`), `fisher_norm` (`lambda_max(F_x)`),
      `martingale_variance` and `first_token_variance` (the sum over positions, and its first term).
    - Of a path: `elapsed`; `initial_variance`; `path_length`; `variance_rate` (`d/dt` of `variance`);
      `path_jacobian_norm`, `path_contrast_norm` (the largest so far).
    - Of a hitting time: `increase`, `hitting_time`, `initial_variance`, `path_jacobian_norm`, `path_contrast_norm`.
    """

    length: Scalars
    kl_coefficient: Scalars
    variance: Scalars | None = None
    jacobian_norm: Scalars | None = None
    contrast_norm: Scalars | None = None
    largest_reward: Scalars | None = None
    gradient_norm: Scalars | None = None
    fisher_norm: Scalars | None = None
    martingale_variance: Scalars | None = None
    first_token_variance: Scalars | None = None
    elapsed: Scalars | None = None
    initial_variance: Scalars | None = None
    path_length: Scalars | None = None
    variance_rate: Scalars | None = None
    path_jacobian_norm: Scalars | None = None
    path_contrast_norm: Scalars | None = None
    increase: Scalars | None = None
    hitting_time: Scalars | None = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single instance."""
        return tuple(jnp.shape(self.length))


@double_precision()
def measure_policy(problem: PolicyProblem) -> ParametricInstance:
    """What the statements about a single policy say something of: a batch over the problem's prompts (traceable)."""
    policy, parameters = problem.policy, problem.parameters
    norms = jacobian_norms(policy, parameters)
    parts = martingale_variance(problem, parameters)
    reward = regularized_reward(problem, output_log_probabilities(policy, parameters))
    per_prompt = jnp.ones(policy.prompts)
    return ParametricInstance(
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


@double_precision()
def measure_state(problem: PolicyProblem, parameters: Parameters) -> ParametricInstance:
    """What the statements about motion say something of, at one point of a path (traceable).

    Fields that only a whole path has (`elapsed`, `path_length`, the largest so far) are left to whoever follows it.
    """
    policy = problem.policy
    norms = jacobian_norms(policy, parameters)
    velocity = objective_gradient(problem, parameters)
    motion = variance_motion(problem, parameters, velocity)
    reward = regularized_reward(problem, output_log_probabilities(policy, parameters))
    return ParametricInstance(
        length=jnp.asarray(float(policy.length)),
        kl_coefficient=jnp.asarray(problem.kl_coefficient),
        variance=motion.variance,
        jacobian_norm=jnp.max(norms.spectral),
        contrast_norm=jnp.max(norms.contrast),
        largest_reward=jnp.max(jnp.abs(reward)),
        gradient_norm=jnp.sqrt(squared_norm(velocity)),
        variance_rate=motion.rate,
    )
