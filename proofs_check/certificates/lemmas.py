r"""Lemmas decided for two or three outputs: inequalities in few variables, on boxes, in ball arithmetic.

**Two outputs.** With `p = pi(1)`, `q = pi0(1)` the advantages are `A_1 = (1-p) D` and `A_2 = -p D`, where `D` is the
difference of the two values: of `r_KL` for the flow, `D = r_1 - r_2 - lambda L`, of `ln(pi/pi0)` for Lemma 11, `D = L =
logit p - logit q`. Then `p A_1 - sum pi^2 A = 2 p (1-p)^2 D`. With `z = ln(1 / min pi0) >= ln 2`:
`logit q = -+ l(z)`, `l(z) = z + ln(1 - e^(-z)) <= z`, whichever output is the rarer.

- Lemma 11 is `2 p (1-p)^2 |logit p +- l(z)| <= 2 z + 1/(2e)`.
- Lemma 10 for a single output is `2 p (1-p)^2 (r_1 - r_2 - lambda L) <= 4 + 2 lambda z`, that is `4 p (1-p)^2 <= 4`
  and `-2 p (1-p)^2 L <= 2 z`. The first even holds with 16/27: `16/27 - 4 p (1-p)^2 = 4/27 (1-3p)^2 (4-3p)`.

Since `2 p (1-p)^2 <= 8/27` and `|x ln x| <= 1/e`, both left sides are at most `4/e + 8/27 z`: beyond some `z` there is
nothing to check.

**Three outputs.** With `s_i = sqrt(p_i)` and `a_i = s_i A_i / sigma`, both of length one and orthogonal, `d/dt Var <= c
Var^(3/2)` without the KL term (which only helps) is `sum s_i a_i^3 - sum s_i^3 a_i <= c`: three angles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from flint import arb, fmpq_poly

from proofs_check.certificates.tally import FACTOR_ERROR
from proofs_check.enclosures.balls import between, certain_ratio, exact, working_precision
from proofs_check.enclosures.branch_and_bound import BoxResult, Decision, decide
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling.evaluation import instance_record
from theory.bounds import lemmas
from theory.instances.tabular import TabularInstance
from theory.statement import Statement
from theory.tabular.policy import log_probabilities
from theory.tabular.problem import make_problem

BITS = 64
MORE_GROWTH = 1.001
"""What Lemma 10's control is refuted by: this much more growth than it allows."""

LARGEST_Z = 2
"""Up to this `z` boxes are cut; beyond, the argument of the module's description applies."""


def x_log_x(x: arb) -> arb:
    """`x ln x` on a ball of numbers in [0, 1], zero at zero."""
    low, high = x.lower().max(arb(0)), x.upper()
    if low > 0:
        return x * x.log()
    # Down to zero: decreasing until 1/e.
    least = high * high.log() if high * arb.const_e() < 1 else -(arb(-1).exp())
    return between(least, arb(0))


def lemma_11_constant() -> arb:
    """Lemma 11's additive constant: `1/(2e)` itself if the number in `theory.bounds.lemmas` is the nearest to it."""
    nearest = float(1 / (2 * arb.const_e()))
    return 1 / (2 * arb.const_e()) if float(lemmas.LEMMA_11_CONSTANT) == nearest else exact(lemmas.LEMMA_11_CONSTANT)


def kl_velocity(p: arb, z: arb, sign: int) -> arb:
    """`2 p (1-p)^2 (logit p + sign l(z))`."""
    rest = 1 - p
    return 2 * (rest**2 * x_log_x(p) - p * rest * x_log_x(rest) + sign * p * rest**2 * (z + (-(-z).exp()).log1p()))


def _lemma_11(p: arb, z: arb) -> tuple[arb, arb]:
    smaller = abs(kl_velocity(p, z, 1)).max(abs(kl_velocity(p, z, -1)))
    return smaller, exact(lemmas.LEMMA_11_LOG_COEFFICIENT) * z + lemma_11_constant()


def _lemma_10_kl_part(p: arb, z: arb) -> tuple[arb, arb]:
    smaller = (-kl_velocity(p, z, 1)).max(-kl_velocity(p, z, -1))
    return smaller, exact(lemmas.LEMMA_10_KL_RATE) * z


def _lemma_10_reward_part(p: arb) -> tuple[arb, arb]:
    return 4 * p * (1 - p) ** 2, exact(lemmas.LEMMA_10_REWARD_RATE)


def sharp_rate_is_exact() -> bool:
    """Whether `16/27 - 4 p (1-p)^2` is the nonnegative product of the module's description, in rational arithmetic."""
    p = fmpq_poly([0, 1])
    return bool(fmpq_poly([16], 27) - 4 * p * (1 - p) ** 2 == fmpq_poly([4], 27) * (1 - 3 * p) ** 2 * (4 - 3 * p))


def tail_holds(log_coefficient: float, constant: arb) -> bool:
    """Whether `4/e + 8/27 z <= log_coefficient z + constant` for all `z >= LARGEST_Z`."""
    slope = exact(log_coefficient) - arb(8) / 27
    return bool(slope > 0) and bool(slope * LARGEST_Z + constant >= 4 / arb.const_e())


def _variance_rate_two(p: arb) -> tuple[arb, arb]:
    """`2 |1 - 2p| sqrt(p (1-p))` and the constant: the case of two outputs, in which `D` cancels."""
    return 2 * abs(1 - 2 * p) * (p * (1 - p)).nonnegative_part().sqrt(), exact(lemmas.VARIANCE_RATE_CONSTANT)


def _variance_rate_three(alpha: arb, beta: arb, phi: arb) -> tuple[arb, arb]:
    roots = (alpha.cos(), alpha.sin() * beta.cos(), alpha.sin() * beta.sin())
    first = (-alpha.sin(), alpha.cos() * beta.cos(), alpha.cos() * beta.sin())
    second = (arb(0), -beta.sin(), beta.cos())
    values = [phi.cos() * x + phi.sin() * y for x, y in zip(first, second, strict=True)]
    rate = sum((s * a * (a**2 - s**2) for s, a in zip(roots, values, strict=True)), arb(0))
    # The opposite direction has the opposite rate, so half a turn is enough for the absolute value.
    return abs(rate), exact(lemmas.VARIANCE_RATE_CONSTANT)


def _unit() -> tuple[arb, arb]:
    return arb(0), arb(1)


def _rarity() -> tuple[arb, arb]:
    return arb(2).log().lower(), arb(LARGEST_Z)


def _decide_lemma_11() -> tuple[list[BoxResult], bool, dict[str, Any]]:
    tail = tail_holds(lemmas.LEMMA_11_LOG_COEFFICIENT, lemma_11_constant())
    return [decide(_lemma_11, [_unit(), _rarity()])], tail, {"outputs": [2]}


def _decide_lemma_10() -> tuple[list[BoxResult], bool, dict[str, Any]]:
    tail = tail_holds(lemmas.LEMMA_10_KL_RATE, arb(0))
    results = [decide(_lemma_10_kl_part, [_unit(), _rarity()]), decide(_lemma_10_reward_part, [_unit()])]
    scope = {"outputs": [2]} | ({"reward rate that even holds": "16/27"} if sharp_rate_is_exact() else {})
    return results, tail, scope


def _decide_variance_rate() -> tuple[list[BoxResult], bool, dict[str, Any]]:
    right_angle, half_turn = (arb.pi() / 2).upper(), arb.pi().upper()
    quarter, half = (arb(0), right_angle), (arb(0), half_turn)
    return (
        [decide(_variance_rate_two, [_unit()]), decide(_variance_rate_three, [quarter, quarter, half])],
        True,
        {"outputs": [2, 3]},
    )


def _control_factor(statement: Statement, witness: TabularInstance) -> arb:
    """By how much the control's larger side is smaller than the statement's, rounding taken in the control's favour."""
    factor = float(np.max(statement.control.sides(witness).larger / statement.sides(witness).larger))
    return arb(factor) * (1 + FACTOR_ERROR)


def _probability(logits: object) -> float:
    return float(np.exp(np.asarray(log_probabilities(np.asarray(logits))))[0])


def _refute_lemma_11(statement: Statement) -> float:
    """The control's bound, a fraction of the lemma's, against the left side of either output at its witness."""
    witness = statement.control.witness()
    p, q = exact(_probability(witness.logits)), _probability(witness.problem.initial_log_probabilities)
    z = -exact(min(q, 1 - q)).log()
    factor = _control_factor(statement, witness)
    return min(certain_ratio(larger * factor, smaller) for smaller, larger in (_lemma_11(p, z), _lemma_11(1 - p, z)))


def _refute_variance_rate(statement: Statement) -> float:
    witness = statement.control.witness()
    smaller, larger = _variance_rate_two(exact(_probability(witness.logits)))
    return certain_ratio(larger * _control_factor(statement, witness), smaller)


def _refute_lemma_10(statement: Statement) -> float:
    """A certified hitting time: the first output's probability has grown by more than the control allows in time."""
    witness = statement.control.witness()
    problem, elapsed = witness.problem, float(np.asarray(witness.elapsed))
    # The allowance does not depend on the policy that is reached.
    allowed = float(statement.control.sides(replace(witness, logits=problem.initial_log_probabilities)).larger)
    gamma = 2 * _probability(problem.initial_log_probabilities) * np.expm1(MORE_GROWTH * allowed)
    watched = make_problem(
        initial_logits=problem.initial_log_probabilities,
        proxy_reward=problem.proxy_reward,
        ground_truth_reward=np.where(np.arange(problem.outputs) == 0, 1.0, -1.0),
        prompts=problem.prompts,
    )
    # Not even half of the surplus can be rounding of gamma and of the allowance.
    in_time = enclose_hitting_time(watched, gamma).upper < exact(elapsed)
    return 2 / (1 + MORE_GROWTH) if in_time else np.inf


DECIDED: dict[str, tuple[Callable[[], tuple[list[BoxResult], bool, dict[str, Any]]], Callable[[Statement], float]]] = {
    "lem10": (_decide_lemma_10, _refute_lemma_10),
    "lem11": (_decide_lemma_11, _refute_lemma_11),
    "var-rate": (_decide_variance_rate, _refute_variance_rate),
}
"""By statement id: how it is decided, and an upper bound on larger over smaller side of its control at its witness."""


def _control_outcome(statement: Statement, ratio: float) -> ControlOutcome:
    refuted = ratio < 1
    batch = jax.tree.map(lambda leaf: np.asarray(leaf)[None], statement.control.witness())
    return ControlOutcome(
        description=statement.control.description,
        refuted=refuted,
        ratio=ratio if refuted else None,
        violations=int(refuted),
        instance=instance_record(batch, 0) if refuted else None,
    )


def decide_lemmas(statements: Sequence[Statement]) -> list[Evidence]:
    """Decides the lemmas that have few variables for small numbers of outputs.

    **Arguments**: `statements`: from the register; others than those of `DECIDED` are passed over.

    **Returns** one `Evidence` each, whose `instances` are the boxes that were looked at.
    """
    evidence = []
    for statement in statements:
        if statement.id not in DECIDED:
            continue
        started = time.perf_counter()
        make, refute = DECIDED[statement.id]
        with jax.enable_x64(True), working_precision(BITS):
            results, rest_holds, scope = make()
            control_ratio = refute(statement)
        decisions = {result.decision for result in results}
        boxes = sum(result.boxes for result in results)
        if Decision.REFUTED in decisions:
            verdict, reason = Verdict.VIOLATED, None
        elif decisions == {Decision.HOLDS} and rest_holds:
            verdict, reason = Verdict.DECIDED, None
        else:
            verdict, reason = Verdict.UNKNOWN, f"{boxes} boxes did not decide it"
        ratio = min(result.ratio for result in results)
        evidence.append(
            Evidence(
                statement=statement.id,
                method=Method.BOXES,
                verdict=verdict,
                control=_control_outcome(statement, control_ratio),
                instances=boxes,
                violations=int(verdict is Verdict.VIOLATED),
                tightness=ratio if np.isfinite(ratio) else None,
                scope=scope | {"boxes": boxes},
                seconds=time.perf_counter() - started,
                reason=reason,
            )
        )
    return evidence
