"""Evidence by sampling far outside of what is usual (`instances.wide_families`), and on bounds compared with bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.method import Method
from proofs_check.instances import draws
from proofs_check.instances import wide_families as families
from proofs_check.instances.paths import path_instances
from proofs_check.instances.tabular_families import Family
from proofs_check.sampling.campaign import Campaign
from proofs_check.sampling.evaluation import evaluate_batch
from proofs_check.sampling.tabular import simulate_and_evaluate
from theory.bounds.parameter_space import fisher_norm_bound
from theory.instances.parametric import ParametricHittingTimeInstance
from theory.instances.tabular import (
    BestOfNInstance,
    HittingTimeInstance,
    PolicyInstance,
    ReferenceInstance,
    TabularInstance,
)
from theory.statement import Direction, Statement, Subject

MOST_SAMPLES = 1e6
SPREAD_OF_NORMS = 1e6
LONGEST_OUTPUT = 64


@dataclass(frozen=True)
class WideSettings:
    """How much to sample.

    **Fields**: `sizes`: numbers of outputs; of each, `problems` of every family with a `gamma`, `regularized` ones of
    every family with a KL coefficient, `policies` (and paths, and Best-of-N problems); `bounds`: instances on which
    bounds are compared.
    """

    sizes: tuple[int, ...]
    problems: int
    regularized: int
    policies: int
    bounds: int


WIDE_LEVELS = {
    "quick": WideSettings((2, 3), problems=4096, regularized=512, policies=4096, bounds=100_000),
    "full": WideSettings(families.SIZES, problems=50_000, regularized=4096, policies=50_000, bounds=1_000_000),
}


def _timed(rng: np.random.Generator, settings: WideSettings, outputs: int) -> Iterator[tuple[str, TabularInstance]]:
    for make in (families.wide_problems, families.wide_teachers):
        for regularized, count in ((False, settings.problems), (True, settings.regularized)):
            family = make(rng, count, outputs, regularized=regularized)
            # As in `sampling`: with a set in every batch all of them share one computation.
            chosen = np.zeros(family.problem.proxy_reward.shape, bool)
            yield family.name, HittingTimeInstance(problem=family.problem, increase=family.increase, good_set=chosen)


def _both(rng: np.random.Generator, settings: WideSettings, outputs: int) -> Iterator[Family]:
    for regularized in (False, True):
        yield families.wide_problems(rng, settings.policies, outputs, regularized=regularized)


def _policies(rng: np.random.Generator, settings: WideSettings, outputs: int) -> Iterator[tuple[str, TabularInstance]]:
    for family in _both(rng, settings, outputs):
        logits = families.wide_log_policies(rng, settings.policies, outputs)
        yield family.name, PolicyInstance(problem=family.problem, logits=logits)


def _paths(rng: np.random.Generator, settings: WideSettings, outputs: int) -> Iterator[tuple[str, TabularInstance]]:
    for family in _both(rng, settings, outputs):
        yield family.name, path_instances(rng, family)


def _best_of_n(rng: np.random.Generator, settings: WideSettings, outputs: int) -> Iterator[tuple[str, TabularInstance]]:
    family = families.wide_problems(rng, settings.policies, outputs)
    samples = np.floor(np.exp(rng.uniform(0, np.log(MOST_SAMPLES), settings.policies)))
    yield family.name, BestOfNInstance(problem=family.problem, samples=samples)


def _references(
    rng: np.random.Generator, settings: WideSettings, outputs: int
) -> Iterator[tuple[str, TabularInstance]]:
    family = families.wide_problems(rng, settings.regularized, outputs, regularized=True)
    reference = families.wide_log_policies(rng, settings.regularized, outputs)
    yield family.name, ReferenceInstance(problem=family.problem, reference=reference, increase=family.increase)


WIDE_BATCHES = {
    Subject.HITTING_TIME: _timed,
    Subject.POLICY: _policies,
    Subject.PATH: _paths,
    Subject.BEST_OF_N: _best_of_n,
    Subject.REFERENCE: _references,
}


def sample_wide_part(
    statements: Sequence[Statement[Any]], settings: WideSettings, seed: int, outputs: int
) -> list[Evidence]:
    """Checks statements about tables on wide families of one number of outputs.

    **Returns** one `Evidence` per statement whose subject has such families, in their order.
    """
    chosen = [s for s in statements if s.subject in WIDE_BATCHES]
    if not chosen:
        return []
    campaign = Campaign(Method.SAMPLING, chosen, seed=seed)
    with jax.enable_x64(True):
        for subject, batches in WIDE_BATCHES.items():
            about = [s for s in chosen if s.subject is subject]
            rng = np.random.default_rng([seed, list(Subject).index(subject), outputs, 12])
            for name, instance in batches(rng, settings, outputs) if about else ():
                simulate_and_evaluate(campaign.tallies, about, instance, family=name)
    return campaign.evidence({"outputs": [outputs]})


def compares_bounds(statement: Statement[Any]) -> bool:
    """Whether a statement about policies of any kind compares bounds, so that it takes numbers and no policy."""
    return statement.subject is Subject.PARAMETRIC_HITTING_TIME and statement.direction is Direction.NONE


def wide_bounds(rng: np.random.Generator, count: int) -> ParametricHittingTimeInstance:
    """What bounds take, far beyond what policies of a moderate size have, the ends of every range among them.

    `L` is up to 64, `J` from 1e-6 to 1e6, the variance from 1e-24 to one, which rewards in [-1, 1] cannot exceed.
    Fisher information and scores are at most what `L` and `J` allow, and often far less.
    """
    log_uniform = partial(draws.log_uniform, rng, size=count)

    def with_end(values: np.ndarray, end: float) -> np.ndarray:
        return np.where(rng.random(count) < 0.2, end, values)

    norm = log_uniform(1 / SPREAD_OF_NORMS, SPREAD_OF_NORMS)
    drawn = {
        "length": with_end(np.floor(log_uniform(1.0, LONGEST_OUTPUT + 1.0)), 1.0),
        "kl_coefficient": with_end(log_uniform(1e-6, families.LARGEST_COEFFICIENT), 0.0),
        "initial_variance": with_end(log_uniform(1e-24, 1.0), 1.0),
        "path_jacobian_norm": norm,
        "path_contrast_norm": norm * rng.random(count),
        "increase": with_end(log_uniform(1e-9, families.LARGEST_INCREASE), 2.0),
        "hitting_time": np.full(count, np.inf),
    }
    length, room = drawn["length"], np.maximum(2 - drawn["increase"], 0.0)
    largest_fisher_norm = fisher_norm_bound(norm, length)
    return ParametricHittingTimeInstance(
        **drawn,
        initial_truth=-1 + room * with_end(rng.random(count), 0.0),
        path_mean_fisher_norm=largest_fisher_norm * with_end(log_uniform(1e-6, 1.0), 1.0),
        path_fisher_norm=largest_fisher_norm * with_end(log_uniform(1e-6, 1.0), 1.0),
        path_score_norm=np.sqrt(2) * length * norm * with_end(log_uniform(1e-6, 1.0), 1.0),
        path_largest_advantage=with_end(log_uniform(1e-12, 2.0), 2.0),
    )


def sample_wide_bounds(statements: Sequence[Statement[Any]], settings: WideSettings, seed: int) -> list[Evidence]:
    """Checks statements that compare bounds.

    **Returns** one `Evidence` per statement of that kind, in their order.
    """
    chosen = [s for s in statements if compares_bounds(s)]
    if not chosen:
        return []
    campaign = Campaign(Method.SAMPLING, chosen, seed=seed)
    with jax.enable_x64(True):
        rng = np.random.default_rng([seed, list(Subject).index(Subject.PARAMETRIC_HITTING_TIME), 12])
        instance = wide_bounds(rng, settings.bounds)
        evaluate_batch(campaign.tallies, chosen, instance, hitting=None, family="wide bounds")
    return campaign.evidence({"policies": ["wide bounds"]})
