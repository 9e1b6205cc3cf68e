"""Evidence by sampling for policies of any kind: random networks, rewards and prompts, and flows that start there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import jax
import numpy as np

from proofs_check.evidence.evidence import Evidence
from proofs_check.evidence.merging import merge_evidence
from proofs_check.evidence.method import Method
from proofs_check.instances.bump_families import bump_problems
from proofs_check.instances.chunks import in_chunks
from proofs_check.instances.parametric_families import KINDS, LARGER_KINDS, QUICK_KINDS, policy_family
from proofs_check.instances.tables_as_policies import in_parameter_space
from proofs_check.sampling.campaign import Campaign, Progress
from proofs_check.sampling.evaluation import evaluate_batch
from sims.hitting import Hitting, Status
from sims.parameter_space.flow import follow_flow
from sims.parameter_space.hitting_times import hitting_paths
from sims.parameter_space.path import LARGEST_SO_FAR, measured_path, measured_paths
from theory.compilation import compiled_for_one_run
from theory.instances.parametric import (
    ParametricHittingTimeInstance,
    ParametricInstance,
    ParametricPathInstance,
    ParametricPolicyInstance,
    PolicyCase,
    measure_policy,
)
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import Policy
from theory.statement import Statement, Subject

POINTS = 9
"""Points of a path at which it is measured, its beginning and its end among them."""

PATH_IN_CLOCKS = 30.0
"""How long a flow is followed whose hitting time is unknown or infinite, in units of `1 / (J^2 sqrt(E Var_0))`."""

MOST_EVALUATIONS = 1500
"""Gradients a flow may take before it is censored: those that have turned stiff near a limit below the target."""

MEASURED_AT_ONCE = 256


@dataclass(frozen=True)
class ParametricSettings:
    """How much to sample.

    **Fields**: `kinds` of policies; of each kind `policies` are measured, and `flows` are followed; `bumps`: flows of
    tables whose expected reward rises to the target and falls again.
    """

    kinds: dict[str, Policy]
    policies: dict[str, int]
    flows: dict[str, int]
    bumps: int = 0


LARGER = {f"larger {kind}": policy for kind, policy in LARGER_KINDS.items() if policy is not KINDS[kind]}

LEVELS = {
    "quick": ParametricSettings(
        QUICK_KINDS,
        policies=dict.fromkeys(QUICK_KINDS, 2048),
        flows=dict.fromkeys(QUICK_KINDS, 240) | {"small transformer": 40},
        bumps=60,
    ),
    "full": ParametricSettings(
        KINDS | LARGER,
        policies=dict.fromkeys(KINDS, 4096) | dict.fromkeys(LARGER, 512),
        flows=dict.fromkeys(KINDS, 320) | dict.fromkeys(LARGER, 64),
        bumps=320,
    ),
}
"""At both levels at least 1e4 networks x rewards x prompts, and at least 500 flows."""


MeasuredT = TypeVar("MeasuredT", bound=ParametricInstance)
CaseT = TypeVar("CaseT", bound=PolicyCase)


@compiled_for_one_run()
def _measure(problems: PolicyProblem) -> ParametricPolicyInstance:
    return jax.vmap(measure_policy)(problems)


def measured_policies(problems: PolicyProblem) -> ParametricPolicyInstance:
    """Every prompt of every problem measured, shape `(batch * prompts,)`."""
    (count,) = problems.batch_shape
    size = min(MEASURED_AT_ONCE, count)
    with jax.enable_x64(True):
        return _flattened(in_chunks(_measure, problems, count, size))


RESOLVED = 1e-2
"""Errors of the steps may be this share of a path's length; a point of a shorter path decides nothing."""


class MeasuredFlows(NamedTuple):
    """What `measured_flows` finds of a batch of flows.

    **Fields**: `hitting`; `at_end`, what there is at the hitting times, shape `(batch,)`; `path`, what there is at
    points of the paths there, shape `(batch * points,)`; `unresolved`, at which of these the path is hardly longer than
    the errors of its steps.
    """

    hitting: Hitting
    at_end: ParametricHittingTimeInstance
    path: ParametricPathInstance
    unresolved: np.ndarray


def measured_flows(problems: PolicyProblem, prompt: np.ndarray, increase: np.ndarray) -> MeasuredFlows:
    """Hitting times, and what is measured on the way."""
    hitting, paths = hitting_paths(problems, increase, prompt=prompt, most_evaluations=MOST_EVALUATIONS)
    # A flow that may never arrive is measured along its beginning. Early points are where Lemma 5 still says something.
    until = np.array(
        [
            min(path.end, PATH_IN_CLOCKS * path.clock) if path.status is not Status.REACHED else path.end
            for path in paths
        ]
    )
    path = measured_paths(paths, until[:, None] * np.linspace(0.0, 1.0, POINTS) ** 2, prompt)
    ends = jax.tree.map(lambda field: field[:, -1], path)
    unresolved = np.array([own.length_error for own in paths])[:, None] > RESOLVED * np.asarray(path.path_length)
    at_end = ParametricHittingTimeInstance(
        length=ends.length,
        kl_coefficient=ends.kl_coefficient,
        increase=increase,
        hitting_time=hitting.time,
        initial_variance=ends.initial_variance,
        initial_truth=ends.initial_truth,
        **{name: getattr(ends, name) for name in map("path_{}".format, LARGEST_SO_FAR)},
    )
    return MeasuredFlows(hitting, at_end, _flattened(path), unresolved.reshape(-1))


def _flattened(instance: MeasuredT) -> MeasuredT:
    return jax.tree.map(lambda field: np.asarray(field).reshape(-1), instance)


class ParametricCampaign(Campaign):
    """A campaign on statements about policies of any kind, and what is done with a family of problems."""

    def __init__(
        self, method: Method, statements: Sequence[Statement[Any]], *, seed: int, progress: Progress | None = None
    ) -> None:
        super().__init__(method, statements, seed=seed, progress=progress)
        self.by_subject = {
            subject: [s for s in statements if s.subject is subject] for subject in Subject if subject.parametric
        }

    def wants(self, *subjects: Subject) -> bool:
        """Whether any statement about one of the subjects is to be checked."""
        return any(self.by_subject[subject] for subject in subjects)

    def add(
        self,
        subject: Subject,
        instance: ParametricInstance,
        family: str,
        hitting: Hitting | None = None,
        unresolved: np.ndarray | None = None,
    ) -> None:
        """Evaluates the statements about a subject on a batch of its instances."""
        chosen = self.by_subject[subject]
        if chosen:
            evaluate_batch(self.tallies, chosen, instance, hitting=hitting, family=family, unresolved=unresolved)

    def add_policies(self, problems: PolicyProblem, family: str) -> None:
        """Checks the statements about single policies on the problems of a family."""
        if self.wants(Subject.PARAMETRIC_POLICY):
            self.add(Subject.PARAMETRIC_POLICY, measured_policies(problems), family)

    def add_flows(self, problems: PolicyProblem, prompt: np.ndarray, increase: np.ndarray, family: str) -> None:
        """Checks the statements about paths and hitting times on the flows of a family."""
        if self.wants(Subject.PARAMETRIC_PATH, Subject.PARAMETRIC_HITTING_TIME):
            found = measured_flows(problems, prompt, increase)
            self.add(Subject.PARAMETRIC_HITTING_TIME, found.at_end, family, found.hitting)
            self.add(Subject.PARAMETRIC_PATH, found.path, family, unresolved=found.unresolved)

    def add_witnesses(self) -> None:
        """The cases at which the controls are known to be false, each kind in one batch."""
        for subject, statements in self.by_subject.items():
            for cases in _alike([s.control.witness() for s in statements]):
                problems = jax.tree.map(lambda *leaves: np.stack(leaves), *[case.problem for case in cases])
                if subject is Subject.PARAMETRIC_POLICY:
                    self.add(subject, measured_policies(problems), "witness")
                elif subject is Subject.PARAMETRIC_PATH:
                    for case in cases:
                        path = follow_flow(case.problem, float(case.elapsed))
                        measured = measured_path(path, path.end * np.linspace(0.0, 1.0, POINTS))
                        self.add(subject, measured, "witness")
                else:
                    prompts, increases = (
                        np.array([getattr(c, name) for c in cases]) for name in ("prompt", "increase")
                    )
                    hitting, at_end, *_ = measured_flows(problems, prompts, increases)
                    self.add(subject, at_end, "witness", hitting)


def _alike(cases: Sequence[CaseT]) -> Iterator[list[CaseT]]:
    """The cases grouped by the form of their problems."""
    forms: dict[str, list[CaseT]] = {}
    for case in cases:
        form = f"{jax.tree.structure(case.problem)} {[np.shape(leaf) for leaf in jax.tree.leaves(case.problem)]}"
        forms.setdefault(form, []).append(case)
    yield from forms.values()


def sample_parametric(
    statements: Sequence[Statement[Any]],
    *,
    settings: ParametricSettings,
    seed: int,
    progress: Progress | None = None,
) -> list[Evidence]:
    """Checks statements about policies of any kind on random ones, and refutes their controls.

    **Arguments**: as `proofs_check.sampling.tabular.sample`, for statements of the subjects about policies of any kind.

    **Returns** one `Evidence` per statement, in their order.
    """
    report = progress or (lambda what, done: None)
    parts = []
    for place, kind in enumerate([*settings.kinds, BUMPS, WITNESSES]):
        report(f"policies in parameter space: {kind}", place / len(settings.kinds))
        parts += sample_parametric_part(statements, settings, seed, kind)
    evidence = {item.statement: item for item in merge_evidence(parts)}
    return [evidence[s.id] for s in statements]


WITNESSES = "witnesses"
"""The part that holds the controls' witnesses, beside one part for each kind of policy."""

BUMPS = "bumps"
"""The part that holds flows of tables on which the expected reward rises to the target and falls again.

What a solver finds too late would make every lower bound look good that is compared with it."""

BUMP_OUTPUTS = 4


def _add_bumps(campaign: ParametricCampaign, number: int, rng: np.random.Generator) -> None:
    for regularized in (False, True) if number else ():
        bumps = bump_problems(rng, number, BUMP_OUTPUTS, regularized=regularized)
        campaign.add_flows(in_parameter_space(bumps.problem), np.zeros(number, np.int64), bumps.increase, bumps.name)


def sample_parametric_part(
    statements: Sequence[Statement[Any]], settings: ParametricSettings, seed: int, kind: str
) -> list[Evidence]:
    """The part of `sample_parametric` that is about one kind of policy, the `BUMPS`, or the controls' `WITNESSES`.

    A part has a stream of random numbers of its own: the same instances whichever other parts and statements there are.

    **Returns** one `Evidence` per statement, in their order.
    """
    if not statements:
        return []
    count = ParametricCampaign(Method.SAMPLING, statements, seed=seed)
    with jax.enable_x64(True):
        if kind == WITNESSES:
            count.add_witnesses()
        elif kind == BUMPS:
            _add_bumps(count, settings.bumps // 2, np.random.default_rng([seed, 17, 5]))
        else:
            policy = settings.kinds[kind]
            rng = np.random.default_rng([seed, list(settings.kinds).index(kind), 5])
            family = policy_family(rng, settings.policies[kind], kind, policy, own_reference=False)
            count.add_policies(family.problem, kind)
            flows = policy_family(rng, settings.flows[kind], kind, policy, own_reference=True)
            count.add_flows(flows.problem, flows.prompt, flows.increase, kind)
    return count.evidence({"policies": [kind]})
