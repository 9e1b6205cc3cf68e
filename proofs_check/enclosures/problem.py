"""Rigorous enclosures of `t_gamma`, as answers, and the problem in ball arithmetic that it speaks about."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from flint import arb

from proofs_check.enclosures.balls import dot, exact, float_above, float_below, softmax, working_precision
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem


class Outcome(enum.Enum):
    """What is certain about `t_gamma`; the value is what a person reads."""

    REACHED = "t_gamma lies between the two ends."
    NEVER = "The expected reward is proven to stay below the target for ever: t_gamma is infinite."
    BEYOND = "t_gamma is greater than the lower end; the work ended there."
    UNKNOWN = "The enclosure could not be carried beyond the lower end."


@dataclass(frozen=True, eq=False)
class Enclosure:
    """A rigorous enclosure of `t_gamma`, the first time at which `E_pi[reward]` has risen by `gamma`.

    **Fields**

    - `outcome`: what is certain; `reason`: why no more is, None if the time is enclosed.
    - `lower`, `upper`: exact balls with `lower <= t_gamma <= upper`; `upper` is infinite unless reached.
    - `precision`: bits of Arb's midpoints; `steps`: of the integration; `seconds`: what it took.
    """

    outcome: Outcome
    lower: arb
    upper: arb
    reason: str | None
    precision: int
    steps: int
    seconds: float

    @property
    def lower_float(self) -> float:
        """A float64 that `t_gamma` is certain to be at least."""
        return float_below(self.lower)

    @property
    def upper_float(self) -> float:
        """A float64 that `t_gamma` is certain to be at most."""
        return float_above(self.upper)

    @property
    def relative_width(self) -> float:
        """`(upper - lower) / lower`, infinite unless reached."""
        if self.outcome is not Outcome.REACHED or not self.lower > 0:
            return np.inf
        return float_above((self.upper - self.lower) / self.lower)

    @property
    def time(self) -> arb:
        """One ball that contains `t_gamma`; infinite balls where it is not enclosed."""
        with working_precision(self.precision):
            return self.lower.union(self.upper)


class Found(NamedTuple):
    """What an integration of the flow found, before it is timed and labelled.

    **Fields**: `outcome`; `lower`, `upper`: balls, of which the lower end and the upper end count; `reason`; `steps`.
    """

    outcome: Outcome
    lower: arb
    upper: arb
    reason: str | None
    steps: int


def reached(time: arb, steps: int) -> Found:
    """`t_gamma` lies in the ball `time`."""
    return Found(Outcome.REACHED, time.lower(), time.upper(), None, steps)


def never(steps: int) -> Found:
    """`t_gamma` is infinite."""
    return Found(Outcome.NEVER, arb("inf"), arb("inf"), None, steps)


def open_ended(outcome: Outcome, time: arb, reason: str, steps: int) -> Found:
    """`t_gamma > time` and no more is known, because of `reason`."""
    return Found(outcome, time.lower(), arb("inf"), reason, steps)


class BallProblem(NamedTuple):
    """A single problem whose float64 numbers are taken as exact, with what follows from them as balls.

    **Fields**

    - `logits`, `proxy`, `truth`: exact balls, one per output; `truth` is the reward that is watched.
    - `coefficient`, `prompts`, `increase`: `lambda`, `|S|` and `gamma`, exact.
    - `policy`: the softmax of the logits. `start`: `V(0) = sum_i policy_i truth_i`. `target`: `V(0) + gamma`.
    - `good_set`: the places of the outputs in `Y+` of Proposition 4 and S-P4; none where the statement chooses.
    """

    logits: list[arb]
    proxy: list[arb]
    truth: list[arb]
    coefficient: arb
    prompts: arb
    increase: arb
    policy: list[arb]
    start: arb
    target: arb
    good_set: tuple[int, ...] = ()


def check_posed(problem: Problem, increase: float) -> None:
    """**Raises** `InvalidInputError` for a batch, or an increase that is not positive and finite."""
    if problem.batch_shape:
        raise InvalidInputError("problem", f"a batch of shape {problem.batch_shape}", "Give one problem at a time.")
    if not (np.isfinite(increase) and increase > 0):
        raise InvalidInputError("increase", increase, "Give a positive number.")


def ball_problem(problem: Problem, increase: float) -> BallProblem:
    """The problem at Arb's present precision, of input that `check_posed` has passed."""
    logits = np.asarray(problem.initial_log_probabilities, np.float64)
    truth = [exact(x) for x in np.asarray(problem.ground_truth_reward)]
    policy = softmax(logits)
    gamma = exact(increase)
    start = dot(policy, truth)
    return BallProblem(
        logits=[exact(x) for x in logits],
        proxy=[exact(x) for x in np.asarray(problem.proxy_reward)],
        truth=truth,
        coefficient=exact(problem.kl_coefficient),
        prompts=exact(problem.prompts),
        increase=gamma,
        policy=policy,
        start=start,
        target=start + gamma,
    )


def towards(problem: BallProblem, log_reference: np.ndarray) -> BallProblem:
    """The problem whose flow is that of `problem` with its KL term towards another reference than the initial policy.

    `r_RM - lambda ln(pi / pi_ref)` is the reward `r_RM - lambda (theta(0) - ln pi_ref)`, up to a constant, less `lambda
    ln(pi / pi0)`. Rewards of the result are balls, of any size.

    **Arguments**: `log_reference`: `ln pi_ref` up to a constant, float64, taken as exact, shape `(outputs,)`.
    """
    moved = zip(problem.proxy, problem.logits, log_reference, strict=True)
    return problem._replace(proxy=[r - problem.coefficient * (x - exact(q)) for r, x, q in moved])


def largest_index(values: list[arb], ties: list[arb] | None = None) -> int:
    """The place of the largest of some exact balls; among equals that of the largest tie-breaker, then the first."""
    keys = list(zip(values, ties if ties is not None else values, strict=True))
    best = 0
    for place in range(1, len(keys)):
        value, tie = keys[place]
        if value > keys[best][0] or (value == keys[best][0] and tie > keys[best][1]):
            best = place
    return best


def can_never_reach(problem: BallProblem) -> bool:
    """Whether the target is certain to be out of reach from the start: a policy that never moves, or the largest
    reward is below it."""
    return all(r == problem.proxy[0] for r in problem.proxy) or all(g < problem.target for g in problem.truth)
