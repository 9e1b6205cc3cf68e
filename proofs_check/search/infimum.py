"""Infima, which say how tight each inequality can be: the infimum of the larger over the smaller side, and where it is.

Each entry is derived by hand and checked: at the members of its family the ratio falls to the value that is claimed.
It is `attained` (at the last member), `approached` (along the members), or `unknown`: then it lies between what is
proved and what the last member shows.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import jax
import numpy as np

from proofs_check.markdown import table
from proofs_check.sampling.tabular import simulated
from proofs_check.search.tabular import ratio_of
from theory.compilation import compiled_for_one_run
from theory.instances.tabular import TabularInstance
from theory.statements.register import find_statement

ROUNDING = 1e-7
"""By how much an attained value may be missed: the error of the simulators and of float64."""

NEARNESS = 0.02
"""How close to its value the last member of an approaching family has to be."""


class Kind(enum.Enum):
    """What is known of an infimum."""

    ATTAINED = "attained"
    APPROACHED = "approached"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Infimum:
    """What is claimed about the infimum of the larger over the smaller side of a statement.

    **Fields**

    - `statement`: its id; `reason`: in one line, where the infimum is and why.
    - `value`: the infimum, or for an unknown one the smallest ratio known; `proved`: a lower bound on it.
    - `reached`: whether the last member has the value, rather than its neighbourhood.
    - `members`: instances along which the ratio falls; None where the control's witness is meant (policies of any
      kind).
    """

    statement: str
    value: float
    proved: float
    reached: bool
    reason: str
    members: Callable[[], Sequence[TabularInstance]] | None = None

    @property
    def kind(self) -> Kind:
        """Attained or approached if the value is the proved lower bound, otherwise unknown."""
        if self.value > self.proved:
            return Kind.UNKNOWN
        return Kind.ATTAINED if self.reached else Kind.APPROACHED


def ratios(infimum: Infimum) -> list[float]:
    """The larger over the smaller side at each member, simulated where it has to be.

    **Raises** `ValueError` for an infimum without members, or a member that does not meet the statement's hypotheses.
    """
    if infimum.members is None:
        raise ValueError(f"members: got None. The infimum of {infimum.statement} is shown by no instances.")
    statement, found = find_statement(infimum.statement), []
    with jax.enable_x64(True):
        evaluate = compiled_for_one_run()(lambda i: (statement.applies(i), ratio_of(statement.sides(i))))
        for place, member in enumerate(infimum.members()):
            instance, _ = simulated(jax.tree.map(lambda leaf: np.asarray(leaf)[None], member))
            applies, ratio = evaluate(instance)
            if not np.all(applies):
                raise ValueError(
                    f"members: got one (number {place}) that does not meet {infimum.statement}'s hypotheses"
                )
            found.append(1 / float(np.asarray(ratio)[0]))
    return found


def objection(infimum: Infimum, found: Sequence[float]) -> str | None:
    """How the ratios at the members contradict what the entry claims; None if they agree with it."""
    below = [r for r in found if r < infimum.proved * (1 - ROUNDING)]
    if below:
        return f"a ratio of {below[0]!r} is below the proved {infimum.proved!r}"
    distance = [abs(r / infimum.value - 1) for r in found]
    if infimum.reached:
        return None if distance[-1] <= ROUNDING else f"the last ratio is {found[-1]!r}, not {infimum.value!r}"
    if any(after >= before for before, after in pairwise(distance)):
        return f"the ratios {list(found)} do not come closer and closer to {infimum.value!r}"
    return None if distance[-1] <= NEARNESS else f"the last ratio is {found[-1]!r}, far from {infimum.value!r}"


def value_in_words(infimum: Infimum) -> str:
    """The value, or between which numbers an unknown one lies."""
    if infimum.kind is Kind.UNKNOWN:
        return f"{infimum.proved:.6g} to {infimum.value:.6g}"
    return f"{infimum.value:.6g}"


def infimum_table(infima: Sequence[Infimum]) -> str:
    """The entries as a Markdown table."""
    rows = [[f"`{i.statement}`", i.kind.value, value_in_words(i), i.reason] for i in infima]
    return table(["id", "infimum", "value", "why"], rows)
