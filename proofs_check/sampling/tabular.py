"""Evidence by sampling: masses of random instances on the simulators, the constructions among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import jax
import numpy as np

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.merging import merge_evidence
from proofs_check.evidence.method import Method
from proofs_check.instances import limit_families
from proofs_check.instances import tabular_families as families
from proofs_check.instances.paths import path_instances, run_path
from proofs_check.instances.references import nearly_extremal_references, with_references
from proofs_check.instances.tabular_families import Family
from proofs_check.instances.training.groups import batch_size, follow_groups, group_instances, number_of_groups
from proofs_check.instances.training.runs import run_instances, take_steps
from proofs_check.instances.witnesses import Witnesses, at_home
from proofs_check.sampling.campaign import Campaign
from proofs_check.sampling.campaign import Progress as Progress
from proofs_check.sampling.evaluation import evaluate_batch
from proofs_check.sampling.tally import Tally
from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting
from sims.other_reference import reference_hitting_times
from theory.instances.runs import GroupsInstance, RunInstance
from theory.instances.tabular import (
    BestOfNInstance,
    HittingTimeInstance,
    PathInstance,
    PolicyInstance,
    ReferenceInstance,
    TabularInstance,
)
from theory.statement import Statement, Subject


@dataclass(frozen=True)
class Settings:
    """How much to sample.

    **Fields**: `sizes`: numbers of outputs; `problems`: problems per size and family for hitting times;
    `regularized_problems`, `regularized_sizes`: the same with a KL coefficient; `policies`: policies, paths and
    Best-of-N problems per size; `limits`: problems per size at the limits of Proposition 4 and as many of S-P4;
    `regularized_limits`, `regularized_limits_sizes`: the same with a KL term, and as many for each other statement that
    limits it.
    """

    sizes: tuple[int, ...]
    problems: int
    regularized_problems: int
    policies: int
    regularized_sizes: tuple[int, ...]
    limits: int = 0
    regularized_limits: int = 0
    regularized_limits_sizes: tuple[int, ...] = ()


LEVELS = {
    "quick": Settings(
        (2, 3, 8, 64),
        problems=45_000,
        regularized_problems=1000,
        policies=40_000,
        regularized_sizes=(3,),
        limits=2500,
        regularized_limits=1200,
        regularized_limits_sizes=(8,),
    ),
    "full": Settings(
        (2, 3, 4, 5, 8, 16, 32, 64),
        problems=150_000,
        regularized_problems=5_000,
        policies=200_000,
        regularized_sizes=(3, 4, 5, 8, 16, 32, 64),
        limits=25_000,
        regularized_limits=5_000,
        regularized_limits_sizes=(3, 4, 5, 8, 16, 64),
    ),
}
"""Sizes of a run: at both levels every bound meets at least 1e5 instances of its hypotheses."""

LARGE_OUTPUTS = 16
"""Above this size the number of instances falls as one over the number of outputs, so that sizes cost alike."""


def _count(wanted: int, outputs: int) -> int:
    return wanted if outputs <= LARGE_OUTPUTS else wanted * LARGE_OUTPUTS // outputs


FamilyMaker = Callable[[np.random.Generator, int, int], Family]


def _hitting_families(settings: Settings, outputs: int) -> list[tuple[FamilyMaker, int]]:
    without, limits = _count(settings.problems, outputs), _count(settings.limits, outputs)
    plan: list[tuple[FamilyMaker, int]] = [
        (families.arbitrary_problems, without),
        (families.nearly_extremal_problems, without),
        (partial(families.theorem_5_problems, fast=False), without),
        (partial(families.theorem_5_problems, fast=True), without),
        # Of two outputs one is good, and the other must be below the average: nothing is left to be bad.
        (partial(limit_families.limits_without_kl, others=without), limits)
        if outputs >= 3 and limits
        else (families.proposition_4_problems, without),
    ]
    if outputs >= 3:
        plan.append((families.theorem_6_problems, without))
    if outputs in settings.regularized_sizes:
        makers: list[Callable[..., Family]] = [
            families.arbitrary_problems,
            partial(families.theorem_5_problems, fast=True),
            families.proposition_4_problems,
            families.theorem_6_problems,
        ]
        plan += [(partial(make, regularized=True), settings.regularized_problems) for make in makers]
    if outputs in settings.regularized_limits_sizes:
        plan.append((limit_families.limits_with_kl, _count(settings.regularized_limits, outputs)))
    return plan


def hitting_time_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """Batches of problems with a `gamma` to be reached: arbitrary ones, nearly extremal ones, the paper's
    constructions."""
    for make, count in _hitting_families(settings, outputs):
        family = make(rng, count, outputs)
        # With a set in every batch, empty where the statements choose their own, all of them share one computation.
        chosen = np.zeros(family.problem.proxy_reward.shape, bool) if family.good_set is None else family.good_set
        yield HittingTimeInstance(problem=family.problem, increase=family.increase, good_set=chosen)


def policy_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """A batch of policies with a reference, rewards and a KL coefficient that is zero in half of them."""
    count = _count(settings.policies, outputs)
    family = families.arbitrary_problems(rng, count, outputs, regularized=True)
    coefficient = family.problem.kl_coefficient * rng.integers(0, 2, count)
    problem = replace(family.problem, kl_coefficient=coefficient)
    yield PolicyInstance(problem=problem, logits=_other_logits(rng, family))


def _other_logits(rng: np.random.Generator, family: Family) -> np.ndarray:
    """Policies near the reference, unrelated to it, and almost deterministic."""
    count, outputs = family.problem.initial_log_probabilities.shape
    near = family.problem.initial_log_probabilities + 0.3 * rng.standard_normal((count, outputs))
    far = families.random_log_policies(rng, count, outputs)
    sharp = 25 * rng.random((count, 1)) * np.eye(outputs)[rng.integers(0, outputs, count)]
    kind = rng.integers(0, 3, (count, 1))
    return np.select([kind == 0, kind == 1], [near, far], sharp)


def path_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """Batches of problems with a time to run for and a set of outputs, without and with a KL coefficient."""
    count = _count(settings.policies, outputs) // 2
    yield path_instances(rng, families.arbitrary_problems(rng, count, outputs))
    yield path_instances(rng, families.arbitrary_problems(rng, count, outputs, regularized=True))


def best_of_n_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """A batch of policies and reward models with a number of samples from 1 to a million."""
    count = _count(settings.policies, outputs)
    family = families.arbitrary_problems(rng, count, outputs)
    samples = np.floor(np.exp(rng.uniform(0, np.log(1e6), count)))
    yield BestOfNInstance(problem=family.problem, samples=samples)


def run_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """A batch of problems with the steps of a run, arbitrary ones and nearly extremal ones."""
    count = _count(settings.policies, outputs) // 2
    yield run_instances(rng, families.arbitrary_problems(rng, count, outputs))
    yield run_instances(rng, families.nearly_extremal_problems(rng, count, outputs))


GROUP_SIZES = (2, 3)
MOST_GROUPS = 2500
"""Of larger sizes, where so many groups differ, none is gone through."""


def group_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """Batches of problems with a few steps on groups of two samples, and of three."""
    for size in GROUP_SIZES:
        if number_of_groups(outputs, size) <= MOST_GROUPS:
            count = min(_count(settings.policies, outputs), batch_size(outputs, size))
            yield group_instances(rng, families.arbitrary_problems(rng, count, outputs), size)


def reference_batches(rng: np.random.Generator, settings: Settings, outputs: int) -> Iterator[TabularInstance]:
    """Batches of problems with another reference than the initial policy, arbitrary ones and nearly extremal ones."""
    if outputs <= LARGE_OUTPUTS:
        count = settings.regularized_problems
        yield with_references(rng, families.arbitrary_problems(rng, count, outputs))
        yield nearly_extremal_references(rng, count, outputs)


BATCHES = {
    Subject.HITTING_TIME: hitting_time_batches,
    Subject.POLICY: policy_batches,
    Subject.PATH: path_batches,
    Subject.BEST_OF_N: best_of_n_batches,
    Subject.RUN: run_batches,
    Subject.GROUP_TRAINING: group_batches,
    Subject.REFERENCE: reference_batches,
}
"""The random instances of each subject; hitting times and paths are still to be simulated."""


def sample(
    statements: Sequence[Statement], *, settings: Settings, seed: int, progress: Progress | None = None
) -> list[Evidence]:
    """Checks `statements` on random instances, and refutes their controls.

    **Arguments**

    - `statements`: from the register, about tabular policies (`proofs_check.sampling.parametric` has the others).
    - `settings`: one of `LEVELS`, or one's own.
    - `seed`: the same seed gives the same instances.
    - `progress`: called with what is going on.

    **Returns** one `Evidence` per statement that has instances, in their order.
    """
    report = progress or (lambda what, done: None)
    parts = []
    for place, outputs in enumerate(settings.sizes):
        report(f"sampling: {outputs} outputs", place / len(settings.sizes))
        for subject in BATCHES:
            parts += sample_part(statements, settings, seed, subject, outputs)
    evidence = {item.statement: item for item in merge_evidence(parts)}
    return [evidence[s.id] for s in statements if s.subject.tabular]


def sample_part(
    statements: Sequence[Statement], settings: Settings, seed: int, subject: Subject, outputs: int
) -> list[Evidence]:
    """The part of `sample` that is about one subject and one number of outputs; its instances are the same on its own.

    A witness whose number of outputs is none of the settings' takes part in that of the first one.

    **Returns** one `Evidence` per statement of that subject.
    """
    chosen = [s for s in statements if s.subject is subject]
    if not chosen:
        return []
    campaign = Campaign(Method.SAMPLING, chosen, seed=seed)
    rng = np.random.default_rng([seed, list(Subject).index(subject), outputs])

    with jax.enable_x64(True):
        witnesses = Witnesses(chosen, at_home(outputs, settings.sizes))
        for instance in BATCHES[subject](rng, settings, outputs):
            simulate_and_evaluate(campaign.tallies, chosen, witnesses.place(instance))
        for instance in witnesses.rest():
            simulate_and_evaluate(campaign.tallies, chosen, instance)
    return campaign.evidence({"outputs": [outputs]})


def simulated(instance: TabularInstance) -> tuple[TabularInstance, Hitting | None]:
    """The batch with what a simulator has to find (`t_gamma`, the end of a path) filled in."""
    if isinstance(instance, HittingTimeInstance):
        hitting = hitting_times(instance.problem, instance.increase)
        return replace(instance, hitting_time=hitting.time), hitting
    if isinstance(instance, ReferenceInstance):
        hitting = reference_hitting_times(instance.problem, instance.reference, instance.increase)
        return replace(instance, hitting_time=hitting.time), hitting
    if isinstance(instance, RunInstance):
        return take_steps(instance), None
    if isinstance(instance, GroupsInstance):
        return follow_groups(instance), None
    return (run_path(instance) if isinstance(instance, PathInstance) else instance), None


def simulate_and_evaluate(
    tallies: dict[str, Tally], statements: Sequence[Statement], instance: TabularInstance, *, family: str | None = None
) -> None:
    """Fills in what a simulator has to find, and adds the batch to the tallies.

    **Arguments**

    - `tallies`: by statement id; changed in place.
    - `statements`: all of one subject.
    - `instance`: a batch of that subject.
    - `family`: the name of the batch, for records of its instances.
    """
    instance, hitting = simulated(instance)
    evaluate_batch(tallies, statements, instance, hitting=hitting, family=family)
