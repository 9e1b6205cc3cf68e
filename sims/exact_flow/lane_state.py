"""The numbers of a lane: what it reads, and what it writes from panel to panel."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Bool, Float, Int

from sims.exact_flow.gauss_panel import GaussPanel
from sims.hitting import Status
from theory.arrays import AnyArray

Lanes = Float[AnyArray, " lanes"]
Flags = Bool[AnyArray, " lanes"]
Counts = Int[AnyArray, " lanes"]

FIRST_FRACTION = 0.9
"""Length of the first panel, times the steepest `p a`."""


class LaneConstants(NamedTuple):
    """What a lane reads; shapes `(outputs, lanes)` and `(lanes,)`, float64."""

    proxy_reward: Float[AnyArray, "outputs lanes"]
    """As given, times a power of two."""
    gaps: Float[AnyArray, "outputs lanes"]
    """The watched reward less its target (`sims.target_gaps`): the crossing is where its expectation reaches zero."""
    gap_error: Lanes
    """Bound on the absolute errors of the gaps."""
    target: Lanes
    """The time at which a lane ends that watches the time."""
    largest_gap: Lanes
    limit_gap: Lanes
    """Mean of the gaps over the outputs that share the limit of the policy."""
    limit_outputs: Lanes
    """How many outputs share it."""
    horizon: Lanes


class LaneState(NamedTuple):
    """What a lane writes."""

    probability: Float[AnyArray, "outputs lanes"]
    heights: Float[AnyArray, "rows lanes"]
    """The height at the nodes and the end of the last panel, to start the iteration with if it is redone."""
    length: Lanes
    """Clock length of the last panel."""
    redo: Lanes
    """Clock length to redo the panel with; 0 for a new panel."""
    fraction: Lanes
    """Length of the next new panel, times the steepest `p a`."""
    time: Lanes
    time_error: Lanes
    safe_time: Lanes
    """Up to here the target was certainly not reached: a bound below on the time, whatever comes later."""
    doubtful: Flags
    """A maximum was let pass that touches the target up to rounding."""
    final: Flags
    """The panel to redo ends at the crossing."""
    attempts: Counts
    panels: Counts
    evaluations: Counts
    status: Counts


def start_lanes(panel: GaussPanel, probability: Float[AnyArray, "outputs lanes"], time: Lanes) -> LaneState:
    """Lanes at a policy, at `time`."""
    lanes = probability.shape[-1]
    zeros = jnp.zeros(lanes, probability.dtype)
    counts = jnp.zeros(lanes, jnp.int32)
    return LaneState(
        probability=probability,
        heights=jnp.zeros((panel.nodes + 1, lanes), probability.dtype),
        length=zeros + 1.0,
        redo=zeros,
        fraction=zeros + FIRST_FRACTION,
        time=zeros + time,
        time_error=zeros,
        safe_time=zeros,
        doubtful=jnp.zeros(lanes, bool),
        final=jnp.zeros(lanes, bool),
        attempts=counts,
        panels=counts,
        evaluations=counts,
        status=counts + int(Status.CENSORED),
    )
