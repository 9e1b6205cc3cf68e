"""Instances of statements about training in steps: a problem, step sizes, and where the methods are afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Float, Int

from theory.arrays import AnyArray, OutputVector, Scalars
from theory.instances.tabular import TabularInstance

RUN_STEPS, RUN_GROUP = 6, 4
"""Steps of a run and samples of a group, the same for all instances so that they can be stacked; steps may be zero."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class RunInstance(TabularInstance):
    """A problem on which several methods take the same steps, without a KL term and each on all prompts.

    **Fields** (float64)

    - `step_sizes`: `eta_n >= 0` in units of the flow's time, shape `(*batch, steps)`.
    - `samples`: the outputs of the group of each step, shape `(*batch, steps, group)`; `epsilon`: what is added to a
      group's standard deviation, shape `(*batch)`.
    - `change`, `sign_change`, `standardised_change`: by how much gradient ascent, ascent along the gradient's signs,
      and updates by the group's standardised advantages have changed the logits after all steps, shape
      `(*batch, outputs)`; None until a simulator has taken the steps. Small changes keep their digits so.
    """

    step_sizes: Float[AnyArray, "*batch steps"]
    samples: Int[AnyArray, "*batch steps group"]
    epsilon: Scalars
    change: OutputVector | None = None
    sign_change: OutputVector | None = None
    standardised_change: OutputVector | None = None


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, kw_only=True)
class GroupsInstance(TabularInstance):
    """A problem on which a policy is trained by RLOO, or by REINFORCE, on all prompts, without a KL term.

    **Fields** (float64)

    - `increase`: `gamma`, shape `(*batch)`; `group_size`: `k >= 2` samples of each prompt in each step.
    - `step_sizes`: `eta_n >= 0` in units of the flow's time, shape `(*batch, steps)`.
    - `reached`, `mean_time`: the probability that `t_gamma` is at most the sum of the steps, and the mean of the
      smaller of the two, shape `(*batch)`; None until somebody has gone through all groups that can be drawn.
    - `baseline`: `b` of REINFORCE, shape `(*batch)`; `baseline_reached`, `baseline_mean_time`: the same as above for
      it.
    """

    increase: Scalars
    group_size: Scalars
    step_sizes: Float[AnyArray, "*batch steps"]
    baseline: Scalars
    reached: Scalars | None = None
    mean_time: Scalars | None = None
    baseline_reached: Scalars | None = None
    baseline_mean_time: Scalars | None = None


def known(values: AnyArray | float | None) -> jax.Array:
    """What a simulator has found. **Raises** `ValueError` if none has been at work."""
    if values is None:
        raise ValueError("These steps have not been taken: proofs_check.instances.training.runs takes them.")
    return jnp.asarray(values)
