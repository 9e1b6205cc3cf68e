"""Evidence by adversarial search for tabular statements: each inequality is driven towards a violation.

Where the sides are functions of a policy, a gradient leads (`search.ascent`). Hitting times, paths and Best-of-N are
simulated, so there an evolution strategy leads: every candidate is simulated, judged and counted as a random instance
would be. One compiled program serves all statements of a subject.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.sampling.campaign import Campaign, Progress
from proofs_check.sampling.evaluation import evaluate_batch
from proofs_check.sampling.tabular import simulated
from proofs_check.search.ascent import ascend
from proofs_check.search.spaces import space_of
from sims.hitting import Status
from theory.compilation import compiled_for_one_run
from theory.instances.tabular import PolicyInstance, TabularInstance
from theory.statement import Relation, Sides, Statement, Subject
from theory.tabular.policy import log_probabilities
from theory.tabular.problem import Problem

GROWTH, DECAY = 1.5, 1.5**-0.25
"""Of a restart's step after a success and after a failure: a fifth of the steps succeed (Rechenberg's rule)."""

TINY = 1e-200


@dataclass(frozen=True)
class TabularSearchSettings:
    """How much to search.

    **Fields**: `outputs`: numbers of outputs; `restarts` per statement and number of outputs; `steps` of ascent by
    gradients; `generations` of the evolution strategy; `regularized`: whether hitting times are looked for with a KL
    term too; `limit_outputs`: numbers of outputs for which Proposition 4 and S-P4 are driven at their limits, always
    with a KL term.
    """

    outputs: tuple[int, ...]
    restarts: int
    steps: int
    generations: int
    regularized: bool
    limit_outputs: tuple[int, ...] = ()


TABULAR_SEARCH_LEVELS = {
    "quick": TabularSearchSettings((3,), restarts=10, steps=200, generations=45, regularized=False, limit_outputs=(5,)),
    "full": TabularSearchSettings(
        (2, 3, 5), restarts=64, steps=2000, generations=600, regularized=True, limit_outputs=(4, 6)
    ),
}


AT_LIMITS = ("prop4", "s-prop4")
"""Statements whose space goes up to the limits of bad outputs and of the KL term."""


def ratio_of(sides: Sides) -> jax.Array:
    """The smaller over the larger side, the worst output's, shape `(*batch)`; at most one where the claim holds."""
    smaller, larger = jnp.broadcast_arrays(jnp.asarray(sides.smaller), jnp.asarray(sides.larger))
    ratio = smaller / jnp.maximum(larger, TINY)
    return ratio if ratio.ndim == 1 else jnp.max(ratio, axis=-1)


def inequalities(statements: Sequence[Statement[Any]], subject: Subject) -> list[Statement[Any]]:
    """Those of one subject that are driven: not identities, nor comparisons with zero, whose ratio says nothing."""
    signs = ("objective-rises", "proxy-rises")
    return [s for s in statements if s.subject is subject and s.relation is Relation.AT_MOST and s.id not in signs]


def _policy_instance(free: tuple[jax.Array, ...]) -> TabularInstance:
    logits, reference, proxy, truth, coefficient = free
    problem = Problem(
        initial_log_probabilities=log_probabilities(reference),
        proxy_reward=jnp.tanh(proxy),
        ground_truth_reward=jnp.tanh(truth),
        kl_coefficient=jax.nn.relu(coefficient),
        prompts=jnp.ones_like(coefficient),
    )
    return PolicyInstance(problem=problem, logits=logits)


@lru_cache(maxsize=8)
def _ascent(targets: tuple[Statement[Any], ...], steps: int) -> Callable[..., Any]:
    """All restarts of all targets as one program: each restart climbs its own ratio."""

    def run(free: tuple[jax.Array, ...], target: jax.Array) -> tuple[Any, jax.Array]:
        def total(free: tuple[jax.Array, ...]) -> jax.Array:
            return jnp.sum(jnp.take_along_axis(own(free), target[None], axis=0))

        def own(free: tuple[jax.Array, ...]) -> jax.Array:
            instance = _policy_instance(free)
            return jnp.stack([ratio_of(s.sides(instance)) for s in targets])

        # Restarts do not touch each other, so that the gradient of the sum is that of each; only clipping is shared.
        found, _ = ascend(total, free, steps=steps)
        return found, jnp.take_along_axis(own(found), target[None], axis=0)[0]

    return compiled_for_one_run()(run)


def _search_policies(campaign: Campaign, settings: TabularSearchSettings, rng: np.random.Generator) -> None:
    targets = tuple(inequalities(campaign.statements, Subject.POLICY))
    for outputs in settings.outputs:
        count = settings.restarts * max(len(targets), 1)
        shapes = [(count, outputs)] * 4 + [(count,)]
        size = np.exp(rng.uniform(np.log(0.3), np.log(6.0), count))
        free = tuple((size if len(shape) == 1 else size[:, None]) * rng.standard_normal(shape) for shape in shapes)
        if targets:
            place = np.arange(count) % len(targets)
            free, _ = _ascent(targets, settings.steps)(free, jnp.asarray(place))
        found = jax.tree.map(np.asarray, _policy_instance(tuple(jnp.asarray(part) for part in free)))
        evaluate_batch(campaign.tallies, campaign.statements, found, family="by ascent")


def _search_simulated(
    campaign: Campaign, subject: Subject, settings: TabularSearchSettings, rng: np.random.Generator
) -> None:
    targets = inequalities(campaign.statements, subject) or list(campaign.statements)
    for outputs in settings.outputs:
        regularized = settings.regularized or subject is not Subject.HITTING_TIME
        _evolve(campaign, campaign.statements, targets, outputs, settings, rng, regularized=regularized)
    at_limits = [s for s in targets if s.id in AT_LIMITS]
    for outputs in settings.limit_outputs if at_limits else ():
        _evolve(campaign, at_limits, at_limits, outputs, settings, rng, regularized=True)


def _evolve(
    campaign: Campaign,
    counted: Sequence[Statement[Any]],
    targets: Sequence[Statement[Any]],
    outputs: int,
    settings: TabularSearchSettings,
    rng: np.random.Generator,
    *,
    regularized: bool,
) -> None:
    """Drives each of `targets` in its own space; every candidate counts for all of `counted`."""
    spaces = [space_of(s.subject, s.id) for s in targets]
    dimensions = [space.dimension(outputs) for space in spaces]
    free = [1.5 * rng.standard_normal((settings.restarts, dimension)) for dimension in dimensions]
    steps = np.ones((len(targets), settings.restarts, 1))
    best = np.full((len(targets), settings.restarts), -np.inf)
    for generation in range(settings.generations + 1):
        proposed = [
            own + (generation > 0) * step * rng.standard_normal(own.shape) * (rng.random(own.shape) < 0.5)
            for own, step in zip(free, steps, strict=True)
        ]
        batches = [space.build(own, outputs) for space, own in zip(spaces, proposed, strict=True)]
        batch = jax.tree.map(lambda *leaves: np.concatenate(leaves), *batches)
        if not regularized:
            without = np.zeros_like(batch.problem.kl_coefficient)
            batch = replace(batch, problem=replace(batch.problem, kl_coefficient=without))
        score = _judged(campaign, counted, targets, batch)
        better = score > best
        for k, own in enumerate(proposed):
            free[k] = np.where(better[k][:, None], own, free[k])
        best = np.maximum(best, score)
        steps = np.clip(steps * np.where(better, GROWTH, DECAY)[..., None], 1e-9, 3.0)


def _judged(
    campaign: Campaign, counted: Sequence[Statement[Any]], targets: Sequence[Statement[Any]], instance: TabularInstance
) -> np.ndarray:
    """Counts the batch, and scores each row for its own target: the ratio where the hypotheses hold, otherwise
    `-inf`; shape `(targets, restarts)`."""
    instance, hitting = simulated(instance)
    results = evaluate_batch(campaign.tallies, counted, instance, hitting=hitting, family="by evolution")
    (count,) = instance.batch_shape
    decided = np.ones(count, bool) if hitting is None else np.asarray(hitting.status) == Status.REACHED
    scores = np.full((len(targets), count // len(targets)), -np.inf)
    for k, statement in enumerate(targets):
        found = results[statement.id]
        rows = slice(k * scores.shape[1], (k + 1) * scores.shape[1])
        usable = np.broadcast_to(np.asarray(found.applies), (count,)) & decided
        scores[k] = np.where(usable, np.nan_to_num(np.asarray(ratio_of(found.sides)), nan=-np.inf), -np.inf)[rows]
    return scores


def search_tabular(
    statements: Sequence[Statement[Any]],
    *,
    settings: TabularSearchSettings,
    seed: int,
    progress: Progress | None = None,
) -> list[Evidence]:
    """Tries to violate tabular statements where ascent leads; controls count refutations only.

    **Arguments**: as `proofs_check.sampling.tabular.sample`.

    **Returns** one `Evidence` per statement, in their order.
    """
    evidence: dict[str, Evidence] = {}
    scope = {
        "outputs": list(settings.outputs),
        "restarts": settings.restarts,
        "steps": settings.steps,
        "generations": settings.generations,
    }
    subjects = (
        *(Subject.POLICY, Subject.PATH, Subject.BEST_OF_N),
        *(Subject.RUN, Subject.GROUP_TRAINING, Subject.HITTING_TIME, Subject.REFERENCE),
    )
    with jax.enable_x64(True):
        for place, subject in enumerate(subjects):
            chosen = [s for s in statements if s.subject is subject]
            if not chosen:
                continue
            campaign = Campaign(Method.SEARCH, chosen, seed=seed, progress=progress)
            campaign.report(f"adversarial search: {subject.value}", place / len(subjects))
            rng = np.random.default_rng([seed, place, 11])
            if subject is Subject.POLICY:
                _search_policies(campaign, settings, rng)
            else:
                _search_simulated(campaign, subject, settings, rng)
            evidence |= {e.statement: e for e in campaign.evidence(scope)}
    return [evidence[s.id] for s in statements]
