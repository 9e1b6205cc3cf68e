"""The register: what any change of a policy can do to an expected reward and to a reward's deviation (S-PL)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax.numpy as jnp

from theory.arrays import AnyArray, BatchScalars, OutputVector
from theory.bounds import pathwise
from theory.instances.tabular import PolicyInstance
from theory.statement import Sides, Subject, stated
from theory.statements.tabular.hitting_time_hypotheses import VARIES
from theory.tabular.policy import log_probabilities
from theory.tabular.problem import make_problem

BothSides = Callable[[OutputVector, OutputVector, OutputVector], tuple[BatchScalars, BatchScalars]]
Size = Callable[[OutputVector, OutputVector], BatchScalars]


def _before_and_after(instance: PolicyInstance) -> tuple[AnyArray, AnyArray]:
    """The reference policy, which is taken as the one before the change, and the policy after it."""
    return log_probabilities(instance.problem.initial_log_probabilities), log_probabilities(instance.logits)


def _sides(
    both: BothSides, reward: Callable[[PolicyInstance], AnyArray], size: Size, factor: float
) -> Callable[[PolicyInstance], Sides]:
    def sides(instance: PolicyInstance) -> Sides:
        before, after = _before_and_after(instance)
        moved, allowed = both(before, after, reward(instance))
        terms = sum(
            jnp.max(jnp.abs(jnp.asarray(part)), axis=-1) + jnp.abs(size(part, reward(instance)))
            for part in (before, after)
        )
        return Sides(moved, factor * allowed, terms + allowed)

    return sides


def _value(factor: float) -> Callable[[PolicyInstance], Sides]:
    return _sides(
        pathwise.pathwise_value_sides, lambda i: i.problem.ground_truth_reward, pathwise.log_odds_of_value, factor
    )


def _deviation(factor: float) -> Callable[[PolicyInstance], Sides]:
    return _sides(pathwise.pathwise_deviation_sides, lambda i: i.problem.proxy_reward, pathwise.log_variance, factor)


def changed(before: list[float], after: list[float]) -> Callable[[], PolicyInstance]:
    """Two outputs of rewards one and minus one, under two policies."""

    def witness() -> PolicyInstance:
        problem = make_problem(initial_probabilities=before, proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0])
        return PolicyInstance(problem=problem, logits=jnp.log(jnp.asarray(after)))

    return witness


_statement = partial(stated, Subject.POLICY, section="ours, for any optimiser", origin="ours")

PATHWISE_STATEMENTS = (
    _statement(
        "s-path-value",
        "S-PL, value",
        "No change of the logits moves the artanh of an expected reward by more than half its range",
        r"\left|\operatorname{artanh} E_{\pi'}[r] - \operatorname{artanh} E_\pi[r]\right|"
        r" \le \tfrac12(\max_y u_y - \min_y u_y),\quad u = \ln(\pi'/\pi),\ r : Y \to [-1, 1]",
        _value(1.0),
        ("half the range lowered by one per cent", _value(0.99), changed([0.5, 0.5], [0.9, 0.1])),
    ),
    _statement(
        "s-path-deviation",
        "S-PL, deviation",
        "No change of the logits moves the logarithm of a reward's deviation by more than half its range",
        r"\left|\ln\sqrt{\mathrm{Var}_{\pi'}[r]} - \ln\sqrt{\mathrm{Var}_\pi[r]}\right|"
        r" \le \tfrac12(\max_y u_y - \min_y u_y),\quad u = \ln(\pi'/\pi)",
        _deviation(1.0),
        ("half the range lowered by one per cent", _deviation(0.99), changed([1e-6, 1 - 1e-6], [2e-6, 1 - 2e-6])),
        (VARIES,),
    ),
)
"""Statements about any two policies of a table, in the order of the ledger."""
