"""The register: lower bounds on `t_gamma` where the KL term is towards a policy other than the initial one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from theory.arrays import Scalars
from theory.instances.other_reference import bound_by_entropy_start, bound_by_regularized_start, bound_by_reward_alone
from theory.instances.tabular import ReferenceInstance
from theory.statement import Control, Direction, Hypothesis, Statement, Subject
from theory.statements.tabular.hitting_time_hypotheses import DRIVEN, UNIFORM
from theory.statements.tabular.hitting_time_sides import lower_bound_sides
from theory.tabular.problem import make_problem


def with_reference(
    policy: list[float], reference: list[float], reward: list[float], coefficient: float, increase: float
) -> ReferenceInstance:
    """Two outputs of true rewards 1 and -1."""
    problem = make_problem(
        initial_probabilities=policy, proxy_reward=reward, ground_truth_reward=[1.0, -1.0], kl_coefficient=coefficient
    )
    return ReferenceInstance(problem=problem, reference=np.log(np.array(reference)), increase=np.float64(increase))


def nothing_to_learn() -> ReferenceInstance:
    """A reward model that hardly tells the outputs apart, and a reference that prefers the first one."""
    return with_reference([0.5, 0.5], [0.9, 0.1], [1e-3, 0.0], 0.5, 1e-3)


def high_temperature() -> ReferenceInstance:
    """The rarer of two outputs, which entropy alone brings back."""
    return with_reference([0.1, 0.9], [0.5, 0.5], [1e-3, 0.0], 1.0, 1e-3)


def _with_reference(
    id: str,
    number: str,
    title: str,
    deviation: str,
    bound: Callable[[ReferenceInstance], Scalars],
    hypotheses: tuple[Hypothesis[ReferenceInstance], ...],
    witness: Callable[[], ReferenceInstance],
    section: str,
) -> Statement[ReferenceInstance]:
    return Statement(
        id=id,
        number=number,
        section=section,
        title=title,
        origin="ours",
        latex=r"t_\gamma \ge \frac{|S|}{\sigma'_0}\,\frac{2s}{(1 - s^2)^{3/2}},\quad s, D \text{ as in S3++},\quad"
        rf" \sigma'^2_0 = \mathrm{{Var}}_{{\pi_{{\theta(0)}}(\cdot|x)}}[{deviation}]",
        subject=Subject.REFERENCE,
        sides=lower_bound_sides(bound),
        hypotheses=hypotheses,
        direction=Direction.LOWER,
        control=Control(
            "the variance of the reward model alone, as where the initial policy is the reference",
            lower_bound_sides(bound_by_reward_alone),
            hypotheses,
            witness,
        ),
    )


REFERENCE_STATEMENTS = (
    _with_reference(
        "s3-other-reference",
        "S3++, any reference",
        "What drives the start is the variance of the regularised reward",
        r"r_{RM}(x,\cdot) - \lambda\ln(\pi_{\theta(0)}/\pi_{ref})",
        bound_by_regularized_start,
        (DRIVEN,),
        nothing_to_learn,
        "ours, S3++ without its premise on the reference",
    ),
    _with_reference(
        "s3-entropy",
        "S3++, entropy",
        "With an entropy bonus what drives the start is the variance of the reward and of the surprise",
        r"r_{RM}(x,\cdot) - \lambda\ln\pi_{\theta(0)}",
        bound_by_entropy_start,
        (DRIVEN, UNIFORM),
        high_temperature,
        "ours, S3++ with a uniform reference",
    ),
)
"""Statements about other references, in the order of the ledger."""
