"""Theorems about policies of any kind, as the register speaks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from proofs_check.coq.evaluation import CannotCompute, Evaluator, Scope
from proofs_check.coq.reading import Pairs, Reading, Values
from proofs_check.coq.terms import Apply, Term
from proofs_check.formal.points.cases import (
    ROOM,
    Case,
    compared_cases,
    moving_cases,
    our_share,
    paper_kl_limit,
    paper_share,
    path_cases,
    policy_cases,
    timed_cases,
)
from proofs_check.formal.points.models import differentiable, is_flow, ranges, variables

GIVEN = {"model_flow": is_flow, "differentiable": differentiable}
"""What a flow is, is compared once (`formal.definitions`); gradients are differentiated exactly."""

FEW = (0, 2, 4, 6, 11, 12, 13)
"""Places of models of every kind, for the theorem that is read at every output of each."""

HALVINGS = 56

NEAR = 1e-13
"""A norm is what was measured where a bound holds this much above it, and does not hold as much below."""

MOMENT = 1 / 256
"""A time after the start."""


def _values(case: Case) -> Values:
    """The variables at a case; `q` is the reference, `z` the parameters of now, `x` the first prompt."""
    numbers, model = case.numbers, case.model
    reference = np.exp(model.log_probability(model.start))[0].tolist()
    return {
        **variables(model, case.velocity),
        "z": lambda j: model.now[j],
        "q": lambda y: reference[model.outputs[y]],
        "x": 0,
        "t": MOMENT,
        "gamma": numbers["increase"],
        "T": numbers["elapsed"],
        "J": numbers["path_jacobian_norm"],
        "C": numbers["path_contrast_norm"],
        "F": numbers["path_mean_fisher_norm"],
        "Fx": numbers["path_fisher_norm"],
        "B": numbers["path_largest_advantage"],
        "kappa": numbers["path_score_norm"],
        "length": numbers["path_length"],
    }


def _at_a_policy(case: Case) -> Values:
    """The same at one policy, where the numbers are those of the first prompt, whose rewards are meant."""
    numbers, values = case.numbers, _values(case)
    return {
        **values,
        "r": values["r"](0),
        "J": numbers["jacobian_norm"],
        "C": numbers["contrast_norm"],
        "F": numbers["fisher_norm"],
        "M": max(numbers["largest_reward"], 1.0),
    }


def _tokens(case: Case) -> Values:
    """The policy token by token, and its regularised reward."""
    model, values = case.model, _values(case)
    logits = (model.features[0] @ np.array(model.now)).tolist()
    ratio = (model.log_probability(model.now) - model.log_probability(model.start))[0]
    reward = (model.proxy[0] - model.coefficient * ratio).tolist()

    def next_token(prefix: tuple[int, ...]) -> Callable[[int], float]:
        weights = np.exp(logits[model.prefixes[prefix]])
        return lambda v: float(weights[v] / weights.sum())

    return {**values, "next": next_token, "f": lambda y: reward[model.outputs[y]]}


def _every_output(case: Case) -> list[Values]:
    values = _values(case)
    return [{**values, "x": x, "y": y} for x in range(case.model.prompts) for y in case.model.outputs]


def _ranges(case: Case) -> Mapping[str, Sequence[Any]]:
    elapsed = case.numbers["elapsed"]
    return ranges(case.model, (0.0, elapsed / 2, elapsed) if elapsed else (0.0, 1.0))


def _norm_like(measured: str) -> Callable[[Evaluator, Term, Scope], Pairs]:
    """Reads a conclusion that bounds a norm: the smallest number for which it holds, and the one that it names.

    **Arguments**: `measured`, the variable that is the norm with its room: the smallest number is first sought there.
    """

    def conclude(evaluator: Evaluator, conclusion: Term, scope: Scope) -> Pairs:
        if not isinstance(conclusion, Apply):
            raise CannotCompute("a conclusion that bounds no norm")
        *arguments, bound = conclusion.arguments
        holds = evaluator.value(Apply(conclusion.function, tuple(arguments)), scope)
        named = evaluator.value(bound, scope)
        likely = float(scope[measured]) / ROOM
        if holds(likely * (1 + NEAR)) and not holds(likely * (1 - NEAR)):
            return [(likely, named)]
        low, high = 0.0, 2 * float(named) + 1
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return [(high, named)]

    return conclude


def _swapped(pairs: Pairs, values: Values, case: Any) -> tuple[Any, Any]:
    return pairs[0][1], pairs[0][0]


def _within(pairs: Pairs, values: Values, case: Any) -> tuple[Any, Any]:
    """`-8 <= r` and `r <= 8` as `|r| <= 8`."""
    (low, number), (again, high) = pairs
    if number != again or low != -high:
        raise CannotCompute("two bounds that are not those of an absolute value")
    return abs(number), high


def _inflated(pairs: Pairs, values: Values, case: Case) -> tuple[Any, Any]:
    """The register's norm has been given a little room; what is found has none."""
    return float(pairs[0][0]) * ROOM, pairs[0][1]


def _rising(pairs: Pairs, values: Values, case: Any) -> tuple[Any, Any]:
    """A rate that falls breaks nothing, and is zero in the register."""
    return max(float(pairs[0][0]), 0.0), pairs[0][1]


def _varies(case: Case) -> bool:
    return case.numbers["variance"] > 0


def _started(case: Case) -> bool:
    return _varies(case) and case.numbers["elapsed"] > 0


def _moderate(case: Case) -> bool:
    return _started(case) and case.numbers["largest_reward"] <= 8


def _without_kl(case: Case) -> bool:
    return _varies(case) and case.model.coefficient == 0


def _numbers(case: Case) -> Values:
    """The numbers alone, where a theorem is about nothing else."""
    n = case.numbers
    return {**_values(case), "Var0": n["initial_variance"], "V0": n["initial_truth"]}


def _reading(values: Callable[[Case], Values], **more: Any) -> Reading:
    return Reading(lambda case: [values(case)], given=GIVEN, ranges=_ranges, **more)


ANY_VARIANCE: dict[str, Any] = {"also": _varies, "wider": "that the regularised reward varies"}
ANY_TIME: dict[str, Any] = {"also": _started, "wider": "that the regularised reward varies, and T > 0"}
OUR_SHARE = our_share("path_jacobian_norm", 1.0)
CONTRAST_SHARE = our_share("path_contrast_norm", 0.5)
LEMMA_6 = Reading(_every_output, sides=_within, given=GIVEN, ranges=_ranges, **ANY_TIME)
LEMMA_5_WIDER = "that |r_KL| <= 8, that the regularised reward varies, and T > 0"

PARAMETRIC_READINGS: Mapping[str, tuple[Reading, Callable[[], list[Case]]]] = {
    "martingale": (_reading(_tokens, sides=_swapped), policy_cases),
    "contrast": (_reading(_at_a_policy, conclude=_norm_like("C"), sides=_inflated, **ANY_VARIANCE), policy_cases),
    "s0_fisher": (_reading(_at_a_policy, conclude=_norm_like("F"), sides=_inflated), policy_cases),
    "s0": (_reading(_at_a_policy, **ANY_VARIANCE), policy_cases),
    "s6_gradient": (_reading(_at_a_policy, **ANY_VARIANCE), policy_cases),
    "s2": (_reading(_at_a_policy, **ANY_VARIANCE), policy_cases),
    "prop2": (_reading(_at_a_policy), policy_cases),
    "razin2024": (_reading(_at_a_policy, also=_without_kl), policy_cases),
    "s4_var_rate": (_reading(_values, sides=_rising, **ANY_VARIANCE), moving_cases),
    "s6_var_rate": (_reading(_values, sides=_rising, **ANY_VARIANCE), moving_cases),
    "lem5_var_rate": (_reading(_values, sides=_rising), moving_cases),
    "s4_path": (_reading(_values, **ANY_TIME), partial(path_cases, OUR_SHARE)),
    "s6_path": (_reading(_values, **ANY_TIME), partial(path_cases, CONTRAST_SHARE)),
    "lem5": (_reading(_values, also=_moderate, wider=LEMMA_5_WIDER), partial(path_cases, paper_share)),
    "lem6": (LEMMA_6, partial(path_cases, paper_share, paper_kl_limit, places=FEW)),
    "s4": (_reading(_values), timed_cases),
    "thm4": (_reading(_values), timed_cases),
    "s6": (_reading(_values), timed_cases),
    "s7": (_reading(_values), timed_cases),
    "s8": (_reading(_values), timed_cases),
    "s8_over_s4": (_reading(_numbers), compared_cases),
}
"""How each theorem is read, and at which cases, by its name."""
