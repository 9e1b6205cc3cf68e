"""Theorems about the hitting time of a table, as the register speaks of them.

Variables that a theorem leaves open, such as a lower bound of the initial probabilities, are what the register takes:
the extreme value that the hypotheses allow.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction as F
from functools import lru_cache
from typing import Any

from proofs_check.conformance import printed_good_sets, printed_upper_bounds
from proofs_check.conformance.good_set_points import good_set_point
from proofs_check.conformance.points_at_limits import make_point
from proofs_check.conformance.printed_good_sets import StatedSet, above_average, mean
from proofs_check.conformance.tabular import Point
from proofs_check.coq.reading import Reading, Values
from proofs_check.formal.points.tables import Path, column, known, variables
from proofs_check.formal.readings.policies import FLOW

TIMED = FLOW | {"hitting_time": known(4, 1)}
"""The hitting time is one at every point of the register; what it is, is compared once (`formal.definitions`)."""


def _outputs(point: Any) -> dict[str, Sequence[Any]]:
    return {"nat": range(len(point.proxy))}


def _timed(point: Point) -> Values:
    """The variables, on a path whose policy is another at any time after the start."""
    squares = [p * p for p in (*point.reference[1:], point.reference[0])]
    later = tuple(p / sum(squares) for p in squares)
    return {**variables(point), "theta": Path(replace(point, policy=later))}


def _best(point: Point) -> int:
    return point.proxy.index(max(point.proxy))


def _others(point: Point) -> list[int]:
    return [k for k in range(len(point.proxy)) if k != _best(point)]


def _above_goal(point: Point, outputs: Sequence[int]) -> bool:
    goal = mean(point, point.truth) + point.increase
    return any(point.truth[k] > goal for k in outputs)


def _narrow(point: Point) -> list[Values]:
    """`T` is one over the range of the rewards; there is none where they are equal."""
    width = max(point.proxy) - min(point.proxy)
    return [{**_timed(point), "lo": min(point.proxy), "T": 1 / width}] if width else []


def _at_least_one(point: Point) -> bool:
    """Theorem 5's `T >= 1`."""
    return max(point.proxy) - min(point.proxy) <= 1


def _of_the_best(point: Point) -> Values:
    """The output `y` of the highest reward, and what is read off it."""
    y = _best(point)
    return {
        **_timed(point),
        "y": y,
        "h": max(point.proxy[k] for k in _others(point)),
        "w": min(point.truth),
        "c": point.reference[y],
    }


JUST_BELOW = 1 - 1e-15
"""`1/sqrt(q)` is rounded, and is not to be above what it stands for."""


def _rare(point: Point) -> Values:
    """`T` with `pi0(y) = 1/T^2`."""
    values = _of_the_best(point)
    return {**values, "T": JUST_BELOW / math.sqrt(values["c"])}


def _two_good(point: Point) -> bool:
    """Theorem 6 speaks of two outputs that are good; each of its bounds needs one of them or none."""
    return _above_goal(point, [_best(point)]) and _above_goal(point, _others(point))


def _set(find: Callable[[Point], StatedSet | None], *, sharpened: bool) -> Callable[[Point], list[Values]]:
    def values(point: Point) -> list[Values]:
        found = find(point)
        if found is None:
            return []
        good, outputs = found.members, range(len(point.proxy))
        bad = [k for k in above_average(point) if k not in good]
        rest = [point.proxy[k] for k in outputs if k not in good and k not in bad]
        rewards = [point.proxy[k] for k in good]
        spread = max(rewards) - min(rewards)
        return [
            {
                **_timed(point),
                "good": column([k in good for k in outputs]),
                "bad": column([k in bad for k in outputs]),
                "top": max(rewards),
                "gmin": min(point.truth[k] for k in good),
                "w": min(point.truth),
                **({"d": spread, "h": max(rest)} if sharpened else {"spread": spread}),
            }
        ]

    return values


def _good_above_average(find: Callable[[Point], StatedSet | None]) -> Callable[[Point], bool]:
    """The register asks that good outputs are rewarded above the average."""

    def holds(point: Point) -> bool:
        found = find(point)
        return found is not None and set(found.members) <= set(above_average(point))

    return holds


@lru_cache(maxsize=1)
def more_time_points() -> tuple[Point, ...]:
    """Points at which the paper's Theorems 5 and 6 apply, which ask for much: a good output that stands out, little
    KL, at one prompt and at several."""
    reference, truth = (F(1, 2), F(1, 4), F(1, 8), F(1, 8)), (F(1), F(-1), F(-1, 2), F(-3, 4))
    models = ((F(7, 8), F(1, 8), F(1, 4), F(0)), (F(1), F(-1), F(-1), F(-1)))
    choices = itertools.product(models, (F(1, 512), F(1, 2)), (F(0), F(1, 10**6)), (1, 3))
    four = [make_point(reference, proxy, truth, rise, kl, prompts=n) for proxy, rise, kl, n in choices]
    # Two outputs, and rewards that hardly vary.
    halves, ends, near = (F(1, 2), F(1, 2)), (F(1), F(-1)), (F(1, 256), F(0))
    two = [make_point(halves, proxy, ends, F(1, 512), prompts=n) for proxy in (ends, near) for n in (1, 2)]
    rare = (F(1, 64), F(1, 2), F(31, 64))
    two += [make_point(rare, (F(1), F(-1), F(-1)), (F(1), F(1), F(-1)), F(1, 512))]
    two += [make_point((F(1, 256), F(1, 2), F(127, 256)), (F(1), F(-1), F(-1)), (F(1), F(-1), F(-1)), F(1, 2))]
    several = [good_set_point(4, good, increase=F(1, 512)) for good in (1, 2)]
    return (*four, *two, *several)


def _reading(values: Callable[[Point], list[Values]], **more: Any) -> Reading:
    return Reading(values, given=TIMED, ranges=_outputs, **more)


def _lower(values: Callable[[Point], Values], **more: Any) -> Reading:
    return _reading(lambda point: [values(point)], **more)


TIME_READINGS: Mapping[str, Reading] = {
    "s3": _lower(_timed),
    "prop3": _lower(_timed),
    "s_thm5": _reading(_narrow, also=_at_least_one, wider="T >= 1"),
    "thm5_slow": _reading(_narrow, also=_at_least_one, wider="T >= 1"),
    "s_thm6": _lower(_of_the_best, also=_two_good, wider="that two outputs are good"),
    "thm6_slow": _lower(_rare, also=_two_good, wider="that two outputs are good"),
    "s_prop4": _reading(
        _set(printed_upper_bounds.proposition_4_set, sharpened=True),
        also=_good_above_average(printed_upper_bounds.proposition_4_set),
        wider="that good outputs are rewarded above the average",
    ),
    "prop4": _reading(
        _set(printed_good_sets.proposition_4_set, sharpened=False),
        also=_good_above_average(printed_good_sets.proposition_4_set),
        wider="that good outputs are rewarded above the average",
    ),
    "s_thm5_fast": _lower(_of_the_best),
    "s_thm6_fast": _lower(_of_the_best),
    "thm5_fast": _lower(_of_the_best),
    "thm6_fast": _lower(_of_the_best),
}
"""By the name of the theorem."""
