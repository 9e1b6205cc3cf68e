r"""Rigorous `t_gamma` of the KL-regularised flow: validated steps until the target is crossed or ruled out.

**Ruled out** (`theory.tabular.gibbs_policy.reward_ceiling`, here in balls): the objective never decreases, so
`KL(p(t) || p*)` never exceeds its present value `e`, `p*` being the Gibbs policy; by Donsker and Varadhan's formula
`E_p(t)[g] <= (ln E_p* exp(eta g) + e) / eta` for every `eta > 0` and all later `t`. With `g` the watched reward less
the target, a negative right-hand side for a single `eta` is a proof. `eta` is guessed in floating point.
"""

from __future__ import annotations

import numpy as np
from flint import arb

from proofs_check.enclosures.balls import around, dot, exact, float_below, total
from proofs_check.enclosures.crossing import Crossing, first_crossing
from proofs_check.enclosures.flow import FlowStep, flow_step
from proofs_check.enclosures.flow_disk import FlowProblem, policy_at
from proofs_check.enclosures.problem import BallProblem, Found, Outcome, can_never_reach, never, open_ended, reached

SMALLER_STEPS = (1.0, 0.83, 0.69)
"""Shares of a step to be tried where its end comes too close to the target."""

RATES = np.exp(np.linspace(-12.0, 14.0, 131))
"""The values of `eta` that are tried, in units of one over the largest distance of a reward from the target."""


def enclose_regularized(problem: BallProblem, *, terms: int, share: float, most_steps: int, horizon: float) -> Found:
    """An enclosure of `t_gamma` for any `lambda >= 0`, at Arb's present precision.

    **Arguments**

    - `problem`: see `proofs_check.enclosures.problem.ball_problem`.
    - `terms`, `share`: of each step's Taylor polynomial, and its length in units of the disk in which it is bounded:
      about `share ** terms` is left out.
    - `most_steps`, `horizon`: after so many steps, or at such a time, the search ends with `t_gamma > T`.
    """
    if can_never_reach(problem):
        return never(0)
    flow = FlowProblem(problem.logits, problem.proxy, problem.coefficient, [g - problem.target for g in problem.truth])
    logits, distance, time = problem.logits, arb(0), 0.0
    may_never_reach = bool(problem.coefficient > 0) and _limit_is_below(flow)
    for steps in range(most_steps):
        elapsed = problem.prompts * exact(time)
        if may_never_reach and is_ruled_out(flow, logits, distance):
            return never(steps)
        if elapsed > horizon:
            return open_ended(Outcome.BEYOND, elapsed, "the horizon was reached", steps)
        step = _clear_step(flow, logits, distance, time, terms=terms, share=share)
        if isinstance(step, str):
            return open_ended(Outcome.UNKNOWN, elapsed, step, steps)
        taken, place = step
        if place is not None:
            return reached(problem.prompts * (exact(time) + place), steps + 1)
        logits, distance, time = taken.logits, taken.distance, taken.time
    return open_ended(
        Outcome.BEYOND, problem.prompts * exact(time), f"{most_steps} steps did not reach the target", most_steps
    )


def _clear_step(
    problem: FlowProblem, logits: list[arb], distance: arb, time: float, *, terms: int, share: float
) -> tuple[FlowStep, arb | None] | str:
    """A step on which it is certain whether the target is reached, and where; or why there is none."""
    for smaller in SMALLER_STEPS:
        step = flow_step(problem, logits, distance, time, terms=terms, share=share * smaller)
        if isinstance(step, str):
            return step
        crossing, place = first_crossing(step.gap, step.length)
        if crossing is not Crossing.UNCLEAR:
            return step, place if crossing is Crossing.FOUND else None
    return "the expected reward comes closer to the target than the enclosure can tell"


def gibbs_policy(problem: FlowProblem) -> list[arb]:
    """The policy that maximises the regularised objective, `p* ~ p0 exp(r / lambda)`, for `lambda > 0`."""
    return policy_at([x + r / problem.coefficient for x, r in zip(problem.logits, problem.proxy, strict=True)])


def _limit_is_below(problem: FlowProblem) -> bool:
    return bool(dot(gibbs_policy(problem), problem.gaps) < 0)


def is_ruled_out(problem: FlowProblem, logits: list[arb], distance: arb) -> bool:
    """Whether the target is certain to be out of reach from a policy within `distance` of the one of these logits."""
    optimum = gibbs_policy(problem)
    near = [around(x, distance) for x in logits]
    policy = policy_at(near)
    divergence = total(p * (p / q).log() for p, q in zip(policy, optimum, strict=True)).upper()
    gaps = np.array([float(g) for g in problem.gaps])
    rates = RATES / np.abs(gaps).max()
    weights = np.log(np.maximum([float_below(q) for q in optimum], 1e-300))
    exponents = weights[:, None] + gaps[:, None] * rates
    largest = exponents.max(axis=0)
    ceiling = (largest + np.log(np.exp(exponents - largest).sum(axis=0)) + float(divergence)) / rates
    if not ceiling.min() < 0:
        return False
    rate = exact(rates[np.argmin(ceiling)])
    mean = total(q * (rate * g).exp() for q, g in zip(optimum, problem.gaps, strict=True))
    return bool(mean.log() + divergence < 0)
