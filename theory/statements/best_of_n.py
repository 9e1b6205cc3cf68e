"""The register, part four: Best-of-N sampling."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from theory.arrays import AnyArray
from theory.instances.tabular import BestOfNInstance
from theory.statement import Control, Sides, Statement, Subject
from theory.tabular.best_of_n import best_of_n_reward
from theory.tabular.policy import probabilities
from theory.tabular.problem import make_problem


def _sides(perfect: Callable[[AnyArray], AnyArray]) -> Callable[[BestOfNInstance], Sides]:
    """`E_BoN r_G` under the instance's reward model, and under `perfect(r_G)`; both plus one, so that ratios make
    sense."""

    def sides(instance: BestOfNInstance) -> Sides:
        problem = instance.problem
        policy = probabilities(problem.initial_log_probabilities)
        truth = jnp.asarray(problem.ground_truth_reward)
        own = best_of_n_reward(policy, problem.proxy_reward, truth, instance.samples)
        best = best_of_n_reward(policy, perfect(truth), truth, instance.samples)
        return Sides(1 + own, 1 + best, jnp.full_like(own, 2.0))

    return sides


def _witness() -> BestOfNInstance:
    problem = make_problem(
        initial_probabilities=[0.2, 0.3, 0.5], proxy_reward=[1.0, 0.0, -1.0], ground_truth_reward=[1.0, 0.0, -1.0]
    )
    return BestOfNInstance(problem=problem, samples=4.0)


BEST_OF_N_STATEMENTS = (
    Statement(
        id="prop1",
        number="Proposition 1",
        section="Section 3.1",
        origin="paper",
        title="For Best-of-N, a perfectly accurate reward model is the best there is",
        latex=r"E_{y\sim BoN(\pi, r_{RM}, N)}[r_G] \le E_{y\sim BoN(\pi, r_G, N)}[r_G]",
        subject=Subject.BEST_OF_N,
        sides=_sides(lambda truth: truth),
        control=Control(
            "the most accurate reward model replaced by one that reverses every pair",
            _sides(lambda truth: -truth),
            (),
            _witness,
        ),
    ),
)
"""Statements about Best-of-N, in the order of the ledger."""
