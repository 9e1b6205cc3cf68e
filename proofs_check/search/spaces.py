"""Spaces of adversarial search: tabular instances as functions of free numbers, hypotheses met by construction."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_softmax

from proofs_check.instances.good_set_draft import dimension, draft_of
from proofs_check.instances.good_set_families import at_the_limits
from proofs_check.instances.training.groups import tree_steps
from theory.instances.runs import RUN_GROUP, RUN_STEPS, GroupsInstance, RunInstance
from theory.instances.tabular import (
    BestOfNInstance,
    HittingTimeInstance,
    PathInstance,
    ReferenceInstance,
    TabularInstance,
)
from theory.statement import Subject
from theory.tabular.problem import make_problem

LARGEST_LOGIT = 12.0
"""Policies are between uniform and e^-24."""

SMALLEST_SHARE = 1e-4
"""Of the reward that could be gained, the least that is asked for."""


class Space(NamedTuple):
    """A space of instances.

    **Fields**: `dimension(outputs)`, the number of free numbers; `build(free, outputs)`, the batch of instances of free
    numbers of shape `(count, dimension)`.
    """

    dimension: Callable[[int], int]
    build: Callable[[np.ndarray, int], TabularInstance]


Proxy = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The proxy reward from free numbers and the initial policy, both of shape `(count, outputs)`."""


def _any_reward(free: np.ndarray, policy: np.ndarray) -> np.ndarray:
    return np.tanh(free)


def _narrow(free: np.ndarray, policy: np.ndarray) -> np.ndarray:
    return np.tanh(free) / 2


def _first_stands_out(free: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """Theorem 5's fast teacher: 1 for the first output, less than its probability for the others."""
    first = np.arange(free.shape[-1]) == 0
    return np.where(first, 1.0, policy[:, :1] * (1e-9 + (1 - 2e-9) * expit(free)))


def _first_alone(free: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """Theorem 6's teacher."""
    return np.broadcast_to(np.where(np.arange(free.shape[-1]) == 0, 1.0, -1.0), free.shape)


def _problems(
    free: np.ndarray, outputs: int, proxy: Proxy, *, decades: float
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Log-probabilities, rewards and a coefficient from the first `3 * outputs + 1` numbers; and the others.

    **Arguments**: `decades`, how far coefficients reach above the smallest, 1e-6.
    """
    logits, second, third, (coefficient, *_), rest = _parts(free, outputs)
    log_policy = log_softmax(LARGEST_LOGIT * np.tanh(logits / LARGEST_LOGIT), axis=-1)
    # A negative number means no KL term at all.
    kl_coefficient = np.where(coefficient > 0, 10.0 ** (decades * np.tanh(coefficient / 2) - 6), 0.0)
    return {
        "initial_logits": log_policy,
        "proxy_reward": proxy(second, np.exp(log_policy)),
        "ground_truth_reward": np.tanh(third),
        "kl_coefficient": kl_coefficient,
    }, rest


def _parts(
    free: np.ndarray, outputs: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, ...], np.ndarray]:
    logits, second, third = (free[:, k * outputs : (k + 1) * outputs] for k in range(3))
    return logits, second, third, (free[:, 3 * outputs],), free[:, 3 * outputs + 1 :]


def _timed(proxy: Proxy) -> Space:
    def build(free: np.ndarray, outputs: int) -> TabularInstance:
        fields, rest = _problems(free, outputs, proxy, decades=6.0)
        truth, policy = fields["ground_truth_reward"], np.exp(fields["initial_logits"])
        ranked_first = np.argmax(fields["proxy_reward"], axis=-1)[:, None]
        room = np.take_along_axis(truth, ranked_first, axis=-1)[:, 0] - np.sum(policy * truth, axis=-1)
        share = SMALLEST_SHARE + (1 - 2 * SMALLEST_SHARE) * expit(rest[:, 0])
        no_set = np.zeros(truth.shape, bool)
        return HittingTimeInstance(
            problem=make_problem(**fields), increase=np.maximum(room * share, 1e-6), good_set=no_set
        )

    return Space(lambda outputs: 3 * outputs + 2, build)


def _path(free: np.ndarray, outputs: int) -> TabularInstance:
    fields, rest = _problems(free, outputs, _any_reward, decades=9.0)
    subset = rest[:, 1:] > 0
    subset[:, 0] = True
    return PathInstance(problem=make_problem(**fields), elapsed=10.0 ** (3 * np.tanh(rest[:, 0]) - 2), subset=subset)


def _best_of_n(free: np.ndarray, outputs: int) -> TabularInstance:
    fields, rest = _problems(free, outputs, _any_reward, decades=6.0)
    return BestOfNInstance(problem=make_problem(**fields), samples=np.floor(1 + 50 * expit(rest[:, 0])))


def _at_limits(*, sharpened: bool) -> Space:
    """Any good set of one to three outputs, with bad outputs and a KL term up to a little beyond their limits."""

    def build(free: np.ndarray, outputs: int) -> TabularInstance:
        numbers = expit(free)
        draft = draft_of(numbers[:, 2:], outputs, sharpened=sharpened)
        kl_share, bad_share = (np.maximum(1.1 * numbers[:, k], 1e-3) for k in (0, 1))
        return at_the_limits(draft, kl_share, bad_share, sharpened=sharpened)

    return Space(lambda outputs: dimension(outputs) + 2, build)


def _run(free: np.ndarray, outputs: int) -> TabularInstance:
    """Steps of any size; the groups' samples come from further numbers."""
    fields, rest = _problems(free, outputs, _any_reward, decades=6.0)
    sizes = 10.0 ** (3 * np.tanh(rest[:, :RUN_STEPS] - 0.5))
    shares = expit(rest[:, RUN_STEPS:]).reshape(-1, RUN_STEPS, RUN_GROUP)
    return RunInstance(
        problem=make_problem(**fields | {"kl_coefficient": np.zeros(len(free))}),
        step_sizes=sizes * (rest[:, :RUN_STEPS] > -1.5),
        samples=np.minimum((outputs * shares).astype(np.int64), outputs - 1),
        epsilon=np.full(len(free), 1e-8),
    )


GROUP = 2
"""Samples of the groups that are searched."""


def _groups(free: np.ndarray, outputs: int) -> TabularInstance:
    """A few steps on groups of two samples, and a share of what the first step may bring."""
    fields, rest = _problems(free, outputs, _any_reward, decades=6.0)
    truth, policy = fields["ground_truth_reward"], np.exp(fields["initial_logits"])
    room = np.max(truth, axis=-1) - np.sum(policy * truth, axis=-1)
    return GroupsInstance(
        problem=make_problem(**fields | {"kl_coefficient": np.zeros(len(free))}),
        increase=np.maximum(room, 1e-6) * 10.0 ** (2 * np.tanh(rest[:, 0]) - 2),
        group_size=np.full(len(free), float(GROUP)),
        step_sizes=10.0 ** (3 * np.tanh(rest[:, 2:])),
        baseline=np.tanh(rest[:, 1]),
    )


def _reference(*, uniform: bool) -> Space:
    """Any two policies, of which the second is the reference, or a uniform reference; a rise up to what is left."""

    def build(free: np.ndarray, outputs: int) -> TabularInstance:
        fields, rest = _problems(free, outputs, _any_reward, decades=6.0)
        truth, policy = fields["ground_truth_reward"], np.exp(fields["initial_logits"])
        room = np.max(truth, axis=-1) - np.sum(policy * truth, axis=-1)
        log_reference = log_softmax(LARGEST_LOGIT * np.tanh(rest[:, 1:] / LARGEST_LOGIT), axis=-1)
        return ReferenceInstance(
            problem=make_problem(**fields),
            reference=np.full_like(log_reference, -np.log(outputs)) if uniform else log_reference,
            increase=np.maximum(room * 10.0 ** (2 * np.tanh(rest[:, 0]) - 2), 1e-6),
        )

    return Space(lambda outputs: 4 * outputs + 2, build)


SPACES = {
    Subject.PATH: Space(lambda k: 4 * k + 2, _path),
    Subject.BEST_OF_N: Space(lambda k: 3 * k + 2, _best_of_n),
    Subject.GROUP_TRAINING: Space(lambda k: 3 * k + 3 + tree_steps(k, GROUP), _groups),
    Subject.RUN: Space(lambda k: 3 * k + 1 + RUN_STEPS * (1 + RUN_GROUP), _run),
    Subject.REFERENCE: _reference(uniform=False),
}
"""Of subjects whose statements have no hypotheses that need a space of their own."""

TIMED = {
    "thm5-slow": _timed(_narrow),
    "s-thm5": _timed(_narrow),
    "thm5-fast": _timed(_first_stands_out),
    "s-thm5-fast": _timed(_first_stands_out),
    "thm6-fast": _timed(_first_alone),
    "s-thm6-fast": _timed(_first_alone),
    "thm6-slow": _timed(_first_alone),
    "s-thm6": _timed(_first_alone),
    "prop4": _at_limits(sharpened=False),
    "s-prop4": _at_limits(sharpened=True),
    "s3-entropy": _reference(uniform=True),
}
"""By the statement about `t_gamma`, the space in which its hypotheses can hold; any reward for those not listed."""

ANY_TIMED = _timed(_any_reward)


def space_of(subject: Subject, id: str) -> Space:
    """The space in which the statement's instances are looked for."""
    return TIMED[id] if id in TIMED else SPACES.get(subject, ANY_TIMED)
