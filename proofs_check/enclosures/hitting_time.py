"""Rigorous enclosures of `t_gamma` for any tabular problem: the one call that everybody makes."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import numpy as np

from proofs_check.certain import certain
from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.curve import enclose_on_curve
from proofs_check.enclosures.problem import Enclosure, Found, Outcome, ball_problem, check_posed, towards
from proofs_check.enclosures.regularized import enclose_regularized
from theory.tabular.problem import Problem

MOST_STEPS = 400
"""Steps after which the answer is `t_gamma > T` (measured: a step takes 4 ms without and 16 ms with a KL term)."""


class _Attempt(NamedTuple):
    bits: int
    terms: int
    share: float


CURVE_ATTEMPTS = (_Attempt(160, 64, 0.5), _Attempt(320, 128, 0.5), _Attempt(2560, 64, 0.5))
FLOW_ATTEMPTS = (_Attempt(160, 40, 0.24), _Attempt(320, 80, 0.24))
"""Precision, terms of the power series, and length of a step in units of its disk, tried in turn. (The last precision
is for probabilities of 1e-300.)"""


def enclose_hitting_time(
    problem: Problem,
    increase: float,
    *,
    relative_width: float = 1e-12,
    most_steps: int = MOST_STEPS,
    horizon: float = math.inf,
    general_method: bool = False,
    log_reference: np.ndarray | None = None,
) -> Enclosure:
    """An enclosure of `t_gamma`, the first time at which gradient flow has raised `E_pi[r_G]` by `increase`.

    The numbers of the problem are float64 and taken as exact; the policy is the softmax of its logits. Everything else
    is ball arithmetic: the time lies between the two ends, and the target is not reached before the lower one.

    **Arguments**

    - `problem`: a single problem. `increase`: `gamma > 0`, taken as exact too.
    - `relative_width`: aimed at; a wider enclosure, or none, is tried again with twice the precision.
    - `most_steps`, `horizon`: after so many steps, or beyond such a time, the answer is `t_gamma > T`.
    - `log_reference`: `ln pi_ref`, taken as exact too, shape `(outputs,)`; the initial policy where it is not given.
    - `general_method`: use the method for `lambda > 0` also where `lambda = 0` (a check of each by the other).

    **Raises** `InvalidInputError` for a batch, or an increase that makes no sense.
    """
    check_posed(problem, increase)
    started = time.perf_counter()
    on_curve = float(problem.kl_coefficient) == 0 and not general_method
    best: tuple[Found, int] | None = None
    for bits, terms, share in CURVE_ATTEMPTS if on_curve else FLOW_ATTEMPTS:
        with working_precision(bits, terms):
            posed = ball_problem(problem, increase)
            if log_reference is not None:
                posed = towards(posed, log_reference)
            if on_curve:
                found = enclose_on_curve(posed, terms=terms, most_steps=most_steps, horizon=horizon)
            else:
                found = enclose_regularized(posed, terms=terms, share=share, most_steps=most_steps, horizon=horizon)
            if best is None or _is_better(found, best[0]):
                best = found, bits
            if found.outcome in (Outcome.NEVER, Outcome.BEYOND):
                break
            if found.outcome is Outcome.REACHED and found.upper - found.lower <= relative_width * found.lower:
                break
    (outcome, lower, upper, reason, steps), bits = certain(best, "the best of the attempts")
    return Enclosure(outcome, lower, upper, reason, bits, steps, time.perf_counter() - started)


def _is_better(new: Found, old: Found) -> bool:
    if new.outcome is not Outcome.REACHED or old.outcome is not Outcome.REACHED:
        return old.outcome is Outcome.UNKNOWN
    return bool(new.upper - new.lower < old.upper - old.lower)
