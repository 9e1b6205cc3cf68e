"""Problems whose KL term is towards another policy than the initial one, and entropy bonuses among them."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from proofs_check.instances.draws import log_uniform
from proofs_check.instances.tabular_families import Family, nearly_extremal_problems, random_log_policies
from theory.instances.tabular import ReferenceInstance
from theory.tabular.problem import make_problem


def references_of(rng: np.random.Generator, log_policy: np.ndarray) -> np.ndarray:
    """References near the policy, unrelated to it, uniform, and the policy itself; shape `(count, outputs)`."""
    count, outputs = log_policy.shape
    near = log_softmax(log_policy + 0.3 * rng.standard_normal((count, outputs)), axis=-1)
    kind = rng.integers(0, 4, (count, 1))
    uniform = np.full((count, outputs), -np.log(outputs))
    far = random_log_policies(rng, count, outputs)
    return np.select([kind == 0, kind == 1, kind == 2], [near, far, uniform], log_policy)


def with_references(rng: np.random.Generator, family: Family) -> ReferenceInstance:
    """The problems of a family with coefficients from 1e-3 to 3, and a rise that the flow mostly attains."""
    problem = family.problem
    log_policy, truth = np.asarray(problem.initial_log_probabilities), problem.ground_truth_reward
    count = len(log_policy)
    coefficient = log_uniform(rng, 1e-3, 3.0, count)
    reference = references_of(rng, log_policy)
    optimum = log_softmax(reference + problem.proxy_reward / coefficient[:, None], axis=-1)
    room = np.sum((np.exp(optimum) - np.exp(log_policy)) * truth, axis=-1)
    rest = np.max(truth, axis=-1) - np.sum(np.exp(log_policy) * truth, axis=-1)
    share = log_uniform(rng, 1e-3, 0.98, count)
    return ReferenceInstance(
        problem=make_problem(
            initial_logits=log_policy,
            proxy_reward=problem.proxy_reward,
            ground_truth_reward=truth,
            kl_coefficient=coefficient,
            prompts=problem.prompts,
        ),
        reference=reference,
        increase=np.maximum(np.where(room > 1e-6, room, rest), 1e-6) * share,
    )


def nearly_extremal_references(rng: np.random.Generator, count: int, outputs: int) -> ReferenceInstance:
    """Two outputs share the mass almost evenly, which is where S3 is tight; the rises are as small."""
    family = nearly_extremal_problems(rng, count, outputs)
    drawn = with_references(rng, family)
    return ReferenceInstance(
        problem=drawn.problem, reference=drawn.reference, increase=np.minimum(drawn.increase, family.increase)
    )
