"""Evidence by adversarial search: ascent on the slack of a bound, over parameters, features and rewards, by JAX.

What random instances do not come near, a gradient finds: each restart maximises the smaller over the larger side of one
inequality. All inequalities are ascended by one compiled program, each restart with its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.instances.parametric_families import KINDS, policy_family
from proofs_check.sampling.campaign import Progress
from proofs_check.sampling.parametric import ParametricCampaign
from proofs_check.search.ascent import ascend
from sims.parameter_space.flow import rewarded_gain
from theory.bounds import parameter_space
from theory.compilation import compiled_for_one_run
from theory.instances.parametric import measure_policy, measure_state
from theory.parameter_space.objective import objective_gradient
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import output_log_probabilities
from theory.statement import Statement

SMALLEST = 1e-20
"""A larger side below this is not a success but a degenerate problem."""

REWARD_SIZE = 0.999
"""Rewards are this times a hyperbolic tangent, so that they stay in [-1, 1]."""

TARGETS = ("s0", "s2", "prop2", "s6-var-rate", "s6")
"""The inequalities that are ascended: the others' extremal instances are among theirs."""

INCREASES = (1e-3, 1e-2, 0.1, 0.5)
"""`gamma`s that flows from the instances found are followed to; the ascent on `s6` is exact as `gamma` tends to 0."""


@dataclass(frozen=True)
class SearchSettings:
    """How much to search.

    **Fields**: `kinds` of policies (names in `KINDS`); `restarts` per kind and target; `steps` of ascent each.
    """

    kinds: tuple[str, ...]
    restarts: int
    steps: int


LEVELS = {
    "quick": SearchSettings(("log-linear",), restarts=5, steps=250),
    "full": SearchSettings(("table", "log-linear", "log-linear, one token", "perceptron"), restarts=16, steps=2000),
}


def ratios(problem: PolicyProblem) -> jax.Array:
    """Of each target, the smaller over the larger side (the worst prompt's), shape `(targets,)`; at most one if it
    holds.

    For `s6` it is the bound over `t_gamma` as `gamma` tends to zero, when `t_gamma` is `gamma` over the rate at
    which the first prompt's expected ground-truth reward begins to rise; the policy is its own reference there.
    """
    own = output_log_probabilities(problem.policy, problem.parameters)
    at_start = PolicyProblem(
        problem.policy, problem.parameters, own, problem.proxy_reward, problem.ground_truth_reward, jnp.zeros(())
    )
    found = measure_policy(at_start)
    state = measure_state(at_start, problem.parameters)
    velocity = objective_gradient(at_start, problem.parameters)
    gain = partial(rewarded_gain, at_start, reward=problem.ground_truth_reward, prompt=0)
    _, rise = jax.jvp(gain, (problem.parameters,), (velocity,))
    length, contrast, spread = float(problem.policy.length), state.contrast_norm, state.variance
    variance, jacobian = found.variance, found.jacobian_norm
    slope = length * jnp.square(contrast) * jnp.sqrt(spread) / 2
    growth = parameter_space.variance_rate(spread, contrast, length, parameter_space.CONTRAST_VARIANCE_RATE)
    return jnp.stack(
        [
            jnp.max(_over(found.gradient_norm, parameter_space.fisher_form(variance, found.fisher_norm))),
            jnp.max(_over(found.gradient_norm, parameter_space.sharpened_proposition_2(variance, jacobian, length))),
            jnp.max(_over(found.gradient_norm, parameter_space.proposition_2(variance, jacobian, length, 1.0))),
            _over(state.variance_rate, growth),
            _over(rise, slope),
        ]
    )


def _over(smaller: Any, larger: Any) -> jax.Array:
    return smaller / jnp.maximum(larger, SMALLEST)


def _assembled(free: Any, problem: PolicyProblem) -> PolicyProblem:
    described, parameters, proxy, truth = free
    policy = jax.tree.unflatten(jax.tree.structure(problem.policy), described)
    proxy, truth = (REWARD_SIZE * jnp.tanh(raw) for raw in (proxy, truth))
    return PolicyProblem(policy, parameters, problem.log_reference, proxy, truth, problem.kl_coefficient)


@compiled_for_one_run(static_argnames=("steps",))
def _ascend(
    problems: PolicyProblem, raw: tuple[jax.Array, jax.Array], target: jax.Array, *, steps: int
) -> tuple[PolicyProblem, jax.Array]:
    """Each problem after `steps` of Adam on its own target, its rewards begun at `raw`; and the ratio there."""

    def one(problem: PolicyProblem, raw: tuple, target: jax.Array) -> tuple[PolicyProblem, jax.Array]:
        # What describes the policy in numbers, its features, is free as well.
        free = (jax.tree.leaves(problem.policy), problem.parameters, *raw)
        found, ratio = ascend(lambda free: ratios(_assembled(free, problem))[target], free, steps=steps)
        return _assembled(found, problem), ratio

    return jax.vmap(one)(problems, raw, target)


def worst_problems(
    rng: np.random.Generator, name: str, settings: SearchSettings
) -> tuple[PolicyProblem, np.ndarray, np.ndarray]:
    """The problems that ascent found for one kind of policy.

    **Returns** problems of batch shape `(restarts * targets,)` without KL, each its own reference; which target each
    was ascended on; and the ratio of the smaller to the larger side there.
    """
    count = settings.restarts * len(TARGETS)
    start = policy_family(rng, count, name, KINDS[name], own_reference=True).problem
    target = np.arange(count) % len(TARGETS)
    raw = tuple(jnp.asarray(rng.standard_normal(np.shape(start.proxy_reward))) for _ in range(2))
    found, ratio = _ascend(start, raw, jnp.asarray(target), steps=settings.steps)
    own = jax.vmap(output_log_probabilities)(found.policy, found.parameters)
    problems = PolicyProblem(
        found.policy, found.parameters, own, found.proxy_reward, found.ground_truth_reward, jnp.zeros(count)
    )
    return jax.tree.map(np.asarray, problems), target, np.asarray(ratio)


def search_parametric(
    statements: Sequence[Statement[Any]],
    *,
    settings: SearchSettings,
    seed: int,
    progress: Progress | None = None,
) -> list[Evidence]:
    """Tries to violate statements about policies of any kind where ascent leads; controls count refutations only.

    **Arguments**: as `proofs_check.sampling.parametric.sample_parametric`.

    **Returns** one `Evidence` per statement, in their order.
    """
    if not statements:
        return []
    counts = ParametricCampaign(Method.SEARCH, statements, seed=seed, progress=progress)
    with jax.enable_x64(True):
        for place, name in enumerate(settings.kinds):
            counts.report(f"adversarial search: {name}", place / len(settings.kinds))
            rng = np.random.default_rng([seed, place, 7])
            problems, target, _ = worst_problems(rng, name, settings)
            family = f"{name}, by ascent"
            counts.add_policies(problems, family)
            timed = np.flatnonzero(np.isin(target, [TARGETS.index("s6-var-rate"), TARGETS.index("s6")]))
            rows = np.repeat(timed, len(INCREASES))
            chosen = jax.tree.map(lambda leaf, rows=rows: leaf[rows], problems)
            increases = np.tile(INCREASES, len(timed))
            counts.add_flows(chosen, np.zeros(len(rows), np.int64), increases, family)
    return counts.evidence({"policies": list(settings.kinds), "restarts": settings.restarts, "steps": settings.steps})
