"""The numbers of a lane: what it reads, and what it writes from panel to panel."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from sims.exact_flow.gauss_panel import GaussPanel
from sims.hitting import Status
from theory.arrays import AnyArray

Lanes = Float[AnyArray, " lanes"]
Flags = Bool[AnyArray, " lanes"]

FIRST_FRACTION = 0.9
"""Length of the first panel, times the steepest `p a`."""


class LaneConstants(NamedTuple):
    """What a lane reads; float64. Its single numbers stand in one array, as rows: fewer programs to compile."""

    proxy_reward: Float[AnyArray, "outputs lanes"]
    """As given, times a power of two."""
    gaps: Float[AnyArray, "outputs lanes"]
    """The watched reward less its target (`sims.target_gaps`): the crossing is where its expectation reaches zero."""
    numbers: Float[AnyArray, "numbers lanes"]

    @property
    def gap_error(self) -> Lanes:
        """Bound on the absolute errors of the gaps."""
        return self.numbers[0]

    @property
    def largest_gap(self) -> Lanes:
        """The largest of the gaps."""
        return self.numbers[1]

    @property
    def limit_gap(self) -> Lanes:
        """Mean of the gaps over the outputs that share the limit of the policy."""
        return self.numbers[2]

    @property
    def limit_outputs(self) -> Lanes:
        """How many outputs share it."""
        return self.numbers[3]

    @property
    def horizon(self) -> Lanes:
        """The time at which a lane gives up."""
        return self.numbers[4]

    @property
    def target(self) -> Lanes:
        """The time at which a lane ends that watches the time."""
        return self.numbers[5]

    def until(self, target: Lanes) -> LaneConstants:
        """The same with another such time."""
        rows = [self.numbers[:5], target[None]]
        numpy = all(isinstance(row, np.ndarray) for row in rows)
        return self._replace(numbers=np.concatenate(rows) if numpy else jnp.concatenate(rows))


class LaneNumbers(NamedTuple):
    """The single numbers of a lane that it writes; flags are one or zero, counts whole."""

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
    doubtful: Lanes
    """A maximum was let pass that touches the target up to rounding."""
    final: Lanes
    """The panel to redo ends at the crossing."""
    attempts: Lanes
    panels: Lanes
    evaluations: Lanes
    status: Lanes


class LaneState(NamedTuple):
    """What a lane writes; float64. Its single numbers stand in one array, as rows: fewer programs to compile."""

    probability: Float[AnyArray, "outputs lanes"]
    heights: Float[AnyArray, "rows lanes"]
    """The height at the nodes and the end of the last panel, to start the iteration with if it is redone."""
    rows: Float[AnyArray, "numbers lanes"]

    @property
    def numbers(self) -> LaneNumbers:
        """The single numbers, by name."""
        return LaneNumbers(*self.rows)


def lane_state(probability: AnyArray, heights: AnyArray, numbers: LaneNumbers) -> LaneState:
    """The state from its parts."""
    return LaneState(probability, heights, jnp.stack([jnp.asarray(row).astype(heights.dtype) for row in numbers]))


def start_lanes(panel: GaussPanel, probability: Float[AnyArray, "outputs lanes"], time: Lanes) -> LaneState:
    """Lanes at a policy, at `time`."""
    zeros = jnp.zeros(probability.shape[-1], probability.dtype)
    first = dict.fromkeys(LaneNumbers._fields, zeros) | {
        "length": zeros + 1.0,
        "fraction": zeros + FIRST_FRACTION,
        "time": zeros + time,
        "status": zeros + int(Status.CENSORED),
    }
    return lane_state(probability, jnp.zeros((panel.nodes + 1, len(zeros)), zeros.dtype), LaneNumbers(**first))
