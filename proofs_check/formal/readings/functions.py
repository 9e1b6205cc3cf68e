"""Theorems of which the register has no sides, since no instance can be sampled: lemmas about functions of time, and
facts of the whole flow. They are compared with the formula that the register prints, or with what `theory` computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from proofs_check.conformance.tabular import Point
from proofs_check.coq import numbers
from proofs_check.coq.reading import Reading, Values
from proofs_check.formal.points.register_values import Registered
from proofs_check.formal.points.tables import for_each_prompt, policy_points, variables, velocity
from proofs_check.formal.readings.policies import FLOW


@dataclass(frozen=True)
class Growth:
    """A function that grows like `c g^p` from `start`, up to the time `elapsed`."""

    start: float
    rate: float
    power: float
    elapsed: float

    def bracket(self, t: Any) -> Any:
        """`1 - c (p-1) g(0)^(p-1) t`."""
        return 1 - self.rate * (self.power - 1) * self.start ** (self.power - 1) * t

    def at(self, t: Any, room: float) -> Any:
        """`g(t)`, for a function that grows at the rate `c + room`."""
        own = replace(self, rate=self.rate + room)
        if self.power == 1:
            return self.start * numbers.exp(own.rate * t)
        return self.start * numbers.rpower(own.bracket(t), -1 / (self.power - 1))


GROWTHS = (
    *(
        Growth(start, rate, power, elapsed)
        for start, rate, power in (
            (1.0, 0.5, 1.5),
            (0.25, 2.0, 4 / 3),
            (2.0, -1.0, 1.5),
            (0.5, 0.5, 3.0),
            (1.0, 0.5, 1.0),
        )
        for elapsed in (0.0, 0.75, 3.0, 9.0)
    ),
    # Close to every limit: little of the bracket is left, the exponent is hardly above one, the function is small.
    Growth(1.0, 0.5, 3.0, 0.995),
    Growth(1.0, 0.5, 1.005, 0.75),
    Growth(0.005, 0.5, 2.0, 0.75),
)
"""With the pole of the curve before the time, after it and never, and with an exponent that is too small."""

ROOM = 1e-3
"""By how much the rate of the function differs from that of the lemma."""


def _growing(room: float) -> Callable[[Growth], list[Values]]:
    """A function whose rate is a little less or more than what the lemma speaks of."""

    def values(growth: Growth) -> list[Values]:
        def function(t: Any) -> Any:
            return growth.at(t, room)

        def slope(t: Any) -> Any:
            return (growth.rate + room) * numbers.rpower(function(t), growth.power)

        return [{"c": growth.rate, "p": growth.power, "T": growth.elapsed, "g": function, "dg": slope}]

    return values


def _times(growth: Growth) -> Mapping[str, Any]:
    return {"R": tuple(growth.elapsed * share for share in (0, 0.5, 1)) if growth.bracket(growth.elapsed) > 0 else ()}


def _printed_growth(*, upper: bool) -> list[Registered]:
    """`g(T)` and `g(0) (1 - c (p-1) g(0)^(p-1) T)^(-1/(p-1))`, as the register prints it, for `p > 1`."""
    result = []
    for growth in GROWTHS:
        left = growth.bracket(growth.elapsed)
        applies = growth.power > 1 and left > 0
        bound = growth.start * left ** (-1 / (growth.power - 1)) if applies else 0.0
        reached = growth.at(growth.elapsed, -ROOM if upper else ROOM) if applies else 0.0
        sides = (reached, bound) if upper else (bound, reached)
        result.append(Registered(growth, applies, *((np.float64(s) for s in sides) if applies else (None, None))))
    return result


def _moving(point: Point) -> list[Values]:
    common = {
        **variables(point),
        "z": for_each_prompt(lambda i: numbers.Logarithm(point.policy[i])),
        "q": for_each_prompt(lambda i: point.reference[i]),
    }
    return [{**common, "i": i} for i in range(len(point.proxy))]


def _velocities() -> list[Registered]:
    return [Registered(point, True, velocity(point), velocity(point)) for point in policy_points()]


def _sums() -> list[Registered]:
    """The sums of the logits at a time and at the start, which a path that is no flow may have apart."""
    return [
        Registered(point, True, np.sum(np.log(point.floats("policy"))), np.sum(np.log(point.floats("reference"))))
        for point in policy_points()
    ]


def _outputs(point: Point) -> Mapping[str, Any]:
    return {"nat": range(max(len(point.proxy), point.prompts))}


FUNCTION_READINGS: Mapping[str, tuple[Reading, Callable[[], list[Registered]]]] = {
    "lem1": (Reading(_growing(-ROOM), ranges=_times), lambda: _printed_growth(upper=True)),
    "lem2": (Reading(_growing(ROOM), ranges=_times), lambda: _printed_growth(upper=False)),
    "independent_columns": (Reading(_moving, per_output=True, ranges=_outputs), _velocities),
    "constant_sum": (Reading(lambda point: [variables(point)], given=FLOW, ranges=_outputs), _sums),
}
"""How each theorem is read, and what it is compared with."""
