"""The updates by which a reward model teaches: the exact gradient, continuously or in steps, or the mean of sampled
ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory.arguments.checks import check_number, check_whole
from theory.errors import InvalidInputError


@dataclass(frozen=True)
class TeachingMethod:
    """An update of a prompt's policy. Made by `exact_flow`, `exact_ascent`, `expected_rloo` and `expected_grpo`.

    Every prompt has its own parameters, and learns from its own objective `E_pi[r] - lambda KL(pi || pi_0)`: the flow
    is `d theta / dt = grad`, and a step adds `step_size` times the gradient. Theory's flow on the mean of `|S|` prompts
    is that with time divided by `|S|`. The gradient of the divergence is always exact, as that of a term of the loss.

    **Fields**

    - `name`: for legends.
    - `step_size`: in units of the flow's time; None for the flow.
    - `gradient_share`: by how much the reward's gradient is scaled.
    - `group_size`: samples in a group, where rewards are divided by their deviation in it; else None.
    - `epsilon`: what is added to that deviation, in units of reward.
    - `lost_degrees`: 0 for a mean square over all of the group, 1 for one over all but one.
    """

    name: str
    step_size: float | None = None
    gradient_share: float = 1.0
    group_size: int | None = None
    epsilon: float = 0.0
    lost_degrees: int = 0

    def __post_init__(self) -> None:
        if self.step_size is not None:
            size = check_number("step_size", self.step_size)
            if not (math.isfinite(size) and size > 0):
                raise InvalidInputError("step_size", size, "Give a number greater than zero.")
        if self.group_size is not None:
            check_whole("group_size", self.group_size, least=2)
        epsilon = check_number("epsilon", self.epsilon)
        if not (math.isfinite(epsilon) and epsilon >= 0):
            raise InvalidInputError("epsilon", epsilon, "Give a number of at least zero.")
        if self.lost_degrees not in (0, 1):
            raise InvalidInputError("lost_degrees", self.lost_degrees, "Give 0 or 1.")

    @property
    def standardised(self) -> bool:
        """Whether rewards are divided by their deviation in a group."""
        return self.group_size is not None


def exact_flow() -> TeachingMethod:
    """Gradient flow; times are those of the flow.

    >>> from sims.teaching import exact_flow
    >>> exact_flow().name
    'gradient flow'
    """
    return TeachingMethod("gradient flow")


def exact_ascent(step_size: float) -> TeachingMethod:
    """Gradient ascent; times are numbers of steps.

    >>> from sims.teaching import exact_ascent
    >>> exact_ascent(0.1).step_size
    0.1
    """
    return TeachingMethod("gradient ascent", step_size)


def expected_rloo(step_size: float) -> TeachingMethod:
    """The mean update of RLOO over its samples, whatever their number: the exact gradient (Ahmadian et al. 2024).

    Of samples `y_1 ... y_G` the update is the mean of `(r_g - mean of the others) grad ln pi(y_g)`. The mean of the
    others does not depend on `y_g`, whose score is zero on average: what is left is `E[r grad ln pi]`.

    >>> from sims.teaching import expected_rloo
    >>> expected_rloo(0.1).gradient_share
    1.0
    """
    return TeachingMethod("RLOO, expected", step_size)


def expected_grpo(
    step_size: float, group_size: int, *, standardise: bool = True, epsilon: float = 1e-4, lost_degrees: int = 0
) -> TeachingMethod:
    """The mean update of GRPO over groups of samples, on-policy: no ratio is clipped.

    With the division by the group's deviation (Shao et al. 2024) it is computed by `sims.teaching.group_advantages`.
    Without it (Liu et al. 2025) it is `(G - 1) / G` times the exact gradient: `r_g - mean of the group` is that share
    of `r_g - mean of the others`.

    **Arguments**: `step_size`; `group_size`, `G`; `epsilon` and `lost_degrees`, as trainers have them: 1e-4 and 1 for
    TRL, 1e-6 and 1 for verl, 1e-8 and 0 for open-instruct.

    >>> from sims.teaching import expected_grpo
    >>> expected_grpo(0.1, 4, standardise=False).gradient_share
    0.75
    """
    size = check_whole("group_size", group_size, least=2)
    if not standardise:
        return TeachingMethod("GRPO without deviation, expected", step_size, (size - 1) / size)
    return TeachingMethod("GRPO, expected", step_size, 1.0, size, epsilon, lost_degrees)
