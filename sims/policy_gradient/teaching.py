"""The data that one step of policy gradient uses: policy, prompts, rewards and reference."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from theory.arrays import AnyArray
from theory.policies.policy import Parameters, Policy, output_log_probabilities
from theory.tabular.policy import kl_regularized_reward


class Teaching(NamedTuple):
    """**Fields**

    - `policy`: what turns parameters into probabilities.
    - `prompts`: the numbers of those prompts of the policy that are trained on and measured, shape `(prompts,)`.
    - `log_reference`: `ln pi_ref(y|x)` of all prompts of the policy, shape `(all, outputs)`.
    - `proxy_reward`, `ground_truth_reward`: the same shape.
    - `kl_coefficient`: `lambda`, shape `()`.
    """

    policy: Policy
    prompts: Int[AnyArray, " prompts"]
    log_reference: Float[AnyArray, "all outputs"]
    proxy_reward: Float[AnyArray, "all outputs"]
    ground_truth_reward: Float[AnyArray, "all outputs"]
    kl_coefficient: Float[AnyArray, ""]

    def regularized(
        self, log_policy: Float[AnyArray, "chosen outputs"], chosen: Int[AnyArray, " chosen"]
    ) -> Float[AnyArray, "chosen outputs"]:
        """`r_KL` at the prompts numbered `chosen` for the policy of the given log-probabilities (paper, Section 2)."""
        coefficient = jnp.broadcast_to(self.kl_coefficient, chosen.shape)
        return kl_regularized_reward(log_policy, self.log_reference[chosen], self.proxy_reward[chosen], coefficient)


def new_teaching(
    policy: Policy,
    parameters: Parameters,
    *,
    prompts: Int[np.ndarray, " prompts"],
    log_reference: object | None,
    proxy_reward: Float[np.ndarray, "all outputs"],
    ground_truth_reward: Float[np.ndarray, "all outputs"],
    kl_coefficient: float,
) -> Teaching:
    """Arguments that have been checked, in the precision that JAX is set to.

    The reference policy is that of `parameters` if no `log_reference` is given.
    """
    reference = output_log_probabilities(policy, parameters) if log_reference is None else log_reference
    arrays = (jnp.asarray(array, float) for array in (reference, proxy_reward, ground_truth_reward, kl_coefficient))
    return Teaching(policy, jnp.asarray(prompts), *arrays)
