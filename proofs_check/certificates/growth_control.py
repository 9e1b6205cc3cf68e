"""S3+, S3++ and the linear corollary in ball arithmetic, the root of S3++ enclosed by an interval Newton step."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

from proofs_check.certificates.claim import BallClaim, Claim, in_floats, reward_range
from proofs_check.enclosures.balls import dot, exact, total
from proofs_check.enclosures.problem import BallProblem
from theory.bounds import growth_control

LONGEST = 100
"""Rises beyond this one are taken as infinite from above and as this one from below."""

START = exact(1e-9)
"""The relative width of the interval in which the root of the float64 iteration is looked for."""


def deviation(problem: BallProblem) -> arb:
    """`sqrt(Var_{pi0}[r_RM])`."""
    centred = [r - problem.proxy[0] for r in problem.proxy]
    mean = dot(problem.policy, centred)
    return total(p * (r - mean) ** 2 for p, r in zip(problem.policy, centred, strict=True)).sqrt()


def rise_of_artanh(problem: BallProblem) -> arb:
    """`artanh(V_G(0) + gamma) - artanh(V_G(0))`; no number where the target may be one or more."""
    height = dot(problem.policy, [1 + g for g in problem.truth])
    room = dot(problem.policy, [1 - g for g in problem.truth])
    return ((problem.increase / height).log1p() - (-problem.increase / room).log1p()) / 2


def _excess(root: arb, rise: arb) -> arb:
    two = arb(2).sqrt()
    return 2 * two * root - 3 * (root.tanh() / two).atanh() - rise


def _slope(root: arb) -> arb:
    two, slow = arb(2).sqrt(), 1 / root.cosh() ** 2
    return 2 * two - 3 * two * slow / (1 + slow)


def root_of(rise: arb) -> arb:
    """The `w` with `2 sqrt 2 w - 3 artanh(tanh(w) / sqrt 2) = D`; not a number where it is not found."""
    if not (rise > 0 and rise < LONGEST):
        return arb("nan")
    two = arb(2).sqrt()
    middle = (two * rise).min((rise + 3 * (1 / two).atanh()) / (2 * two)).mid()
    for _ in range(growth_control.NEWTON_STEPS):
        middle = (middle - _excess(middle, rise) / _slope(middle)).mid()
    interval = middle + arb(0, 1) * middle * START
    # The function is convex and increasing: one root, and it is where Newton's step from the middle leads.
    found = middle - _excess(middle, rise) / _slope(interval)
    return found if interval.contains(found) else arb("nan")


def scaled_time(rise: arb) -> arb:
    """`x` of `theory.bounds.growth_control.controlled_time`."""
    root = root_of(rise)
    return 4 * root.tanh() / (1 + 1 / root.cosh() ** 2) ** (arb(3) / 2)


def _varies(problem: BallProblem) -> dict[str, bool]:
    return {"reward-varies": bool(reward_range(problem) > 0)}


def _by_room(problem: BallProblem) -> BallClaim:
    rise, spread = rise_of_artanh(problem), deviation(problem)
    constant = exact(growth_control.BY_ROOM_CONSTANT)
    bound = constant * problem.prompts * -(-rise / 2).expm1() / spread
    return BallClaim(bound, in_floats(growth_control.time_by_room, rise, spread**2, problem.prompts), _varies(problem))


def _controlled(problem: BallProblem) -> BallClaim:
    rise, spread = rise_of_artanh(problem), deviation(problem)
    bound = problem.prompts * scaled_time(rise) / spread
    return BallClaim(
        bound, in_floats(growth_control.controlled_time, rise, spread**2, problem.prompts), _varies(problem)
    )


def _linear(constant: float, function: Callable[..., object], problem: BallProblem) -> BallClaim:
    spread = deviation(problem)
    bound = exact(constant) * problem.prompts * problem.increase / spread
    return BallClaim(bound, in_floats(function, problem.increase, spread**2, problem.prompts), _varies(problem))


GROWTH_CONTROL_CLAIMS: dict[str, Claim] = {
    "s3-plus": _by_room,
    "s3-plus-plus": _controlled,
    "s3-linear": lambda p: _linear(growth_control.LINEAR_CONSTANT, growth_control.linear_time, p),
    "linear-law": lambda p: _linear(growth_control.LINEAR_LAW_CONSTANT, growth_control.linear_law_time, p),
}
"""By statement id."""
