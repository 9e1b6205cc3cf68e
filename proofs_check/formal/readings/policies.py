"""Theorems about one policy of a table, one step of its flow, or its path, as the register speaks of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

from proofs_check.conformance.tabular import Point
from proofs_check.coq import numbers
from proofs_check.coq.reading import Pairs, Reading, Values
from proofs_check.formal.points.tables import column, is_flow, variables
from proofs_check.formal.readings.integrable import integrable

FLOW = {"gradient_flow": is_flow}
"""What a flow is, is compared once (`formal.definitions`); in each theorem, that it is that of the point's problem."""


def _outputs(point: Any) -> dict[str, Sequence[Any]]:
    return {"nat": range(len(point.proxy))}


def _policies(point: Point) -> Values:
    """The policy `p`, its reference `q`, and the reward without a prompt."""
    return {**variables(point), "p": column(point.policy), "q": column(point.reference), "r": column(point.proxy)}


def _once(values: Callable[[Point], Values]) -> Callable[[Point], list[Values]]:
    return lambda point: [values(point)]


def _at_each_output(values: Callable[[Point], Values]) -> Callable[[Point], list[Values]]:
    return lambda point: [{**values(point), "i": i} for i in range(len(point.proxy))]


def _swapped(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    return pairs[0][1], pairs[0][0]


def _times_prompts(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register's sides are velocities times the number of prompts, the claimed one first."""
    moving, claimed = pairs[0]
    return point.prompts * float(claimed), point.prompts * float(moving)


def _integrable_sides(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The same, both as they move; `Z` is one for logits that are logarithms of probabilities."""
    return point.prompts * float(pairs[0][0]), point.prompts * float(pairs[0][1])


def _per_square(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register divides by `q^2`."""
    return tuple(float(side) / float(values["q"]) ** 2 for side in pairs[0])  # type: ignore[return-value]


def _per_probability(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register divides by `pi(y)`."""
    return tuple(float(side) / float(values["p"](values["i"])) for side in pairs[0])  # type: ignore[return-value]


def _either_way(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register speaks of the absolute value; the theorem holds for the reward and for its negative."""
    return abs(float(pairs[0][0])), pairs[0][1]


def _grown(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register compares logarithms of masses relative to the start."""
    after, most = pairs[0]
    before = sum((p for p, inside in zip(point.reference, point.subset, strict=True) if inside), start=F(0))
    return numbers.logarithm(after / before), numbers.logarithm(float(most) / float(before))


def _fallen(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register compares the fall with zero."""
    return float(pairs[0][0]) - float(pairs[0][1]), 0.0


def _one_more(pairs: Pairs, values: Values, point: Point) -> tuple[Any, Any]:
    """The register adds one to both rewards."""
    return 1 + pairs[0][0], 1 + pairs[0][1]


def _varies(point: Point) -> bool:
    return len(set(point.regularized.tolist())) > 1


def _path_of_a_set(point: Point) -> Values:
    return {**variables(point), "inside": column(point.subset), "t": point.elapsed}


def _without_kl(point: Point) -> Values:
    return variables(replace(point, coefficient=F(0)))


def _kept(samples: Sequence[int], reward: Sequence[F]) -> Callable[[int], F]:
    """The best of the samples by a reward, ties broken evenly among the samples."""
    best = [y for y in samples if reward[y] == max(reward[z] for z in samples)]
    return lambda i: F(best.count(i), len(best))


def _best_of_n(point: Point) -> Values:
    return {
        **_policies(point),
        "p": column(point.reference),
        "g": column(point.truth),
        "N": point.samples,
        "rule": lambda samples: _kept(samples, point.proxy),
        "rule'": lambda samples: _kept(samples, point.truth),
    }


def _samples(point: Point) -> dict[str, Sequence[Any]]:
    outputs = range(len(point.proxy))
    return {"nat": outputs, "list nat": [s for n in range(3) for s in itertools.product(outputs, repeat=n)]}


def _reading(values: Callable[[Point], Values], *, per_output: bool = False, **more: Any) -> Reading:
    chosen = _at_each_output(values) if per_output else _once(values)
    settings: dict[str, Any] = {"given": FLOW, "ranges": _outputs} | more
    return Reading(chosen, per_output=per_output, **settings)


ANY_VARIANCE: dict[str, Any] = {"also": _varies, "wider": "that the regularised reward varies"}

POLICY_READINGS: Mapping[str, Reading] = {
    "def2": _reading(lambda point: {**_policies(point), "f": column(point.proxy)}, sides=_swapped),
    "lem3": _reading(_policies),
    "lem4": Reading(
        lambda point: [{"p": p, "q": q} for p, q in zip(point.policy, point.reference, strict=True)],
        sides=_per_square,
        per_output=True,
    ),
    "lem7": _reading(
        lambda point: {**_policies(point), "z": column([numbers.Logarithm(p) for p in point.policy])},
        per_output=True,
        sides=_swapped,
    ),
    "lem8": _reading(_policies, **ANY_VARIANCE),
    "lem9": _reading(variables, per_output=True, sides=_times_prompts),
    "lem11": _reading(_policies, per_output=True, sides=_per_probability),
    "s_lem11": _reading(_policies, per_output=True),
    "var_flow": _reading(variables, sides=_times_prompts),
    "var_rate": _reading(variables, **ANY_VARIANCE),
    "s3_var_rate": _reading(variables, **ANY_VARIANCE),
    "s3_value_rate": _reading(
        lambda point: {**variables(point), "g": column(point.truth)}, sides=_either_way, **ANY_VARIANCE
    ),
    "s5": _reading(_without_kl, per_output=True, sides=_integrable_sides, conclude=integrable),
    "lem10": _reading(_path_of_a_set, sides=_grown),
    "s_lem10": _reading(_path_of_a_set, sides=_grown),
    "objective_rises": _reading(lambda point: {**variables(point), "s": 0}, sides=_fallen),
    "proxy_rises": _reading(variables, sides=_fallen),
    "prop1": _reading(_best_of_n, sides=_one_more, ranges=_samples),
}
"""By the name of the theorem."""
