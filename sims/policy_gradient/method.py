"""The estimators of the policy gradient as descriptions: how many samples, which baseline, which clipping."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError


class Baseline(Enum):
    """What is subtracted from a sample's reward; the value is what a person reads."""

    NONE = "none"
    RUNNING_MEAN = "mean of all rewards of earlier steps"
    VALUE = "expected reward of the prompt"
    LEAVE_ONE_OUT = "mean reward of the other samples"
    GROUP_MEAN = "mean reward of the group"
    GROUP_STANDARDISED = "mean reward of the group, over its standard deviation"


_OF_GROUPS = (Baseline.LEAVE_ONE_OUT, Baseline.GROUP_MEAN, Baseline.GROUP_STANDARDISED)


@dataclass(frozen=True)
class Method:
    """An estimator of the policy gradient. Made by `exact_gradient`, `reinforce`, `rloo`, `grpo`, `ppo` and `dapo`.

    **Fields**

    - `name`: for legends.
    - `samples`: outputs per prompt and step (`k`); zero for the exact gradient over the minibatch.
    - `baseline`.
    - `clip_lower`, `clip_upper`: how far the probability ratio may leave one; infinite for no clipping.
    - `inner_epochs`: steps of the optimiser on the same samples.
    - `drop_degenerate`: whether groups of equal proxy reward are left out, see `advantages.keep_varied`.
    - `epsilon`: what is added to the standard deviation.

    **Raises** `InvalidInputError` for counts that are not whole or too small, and for clips or an epsilon below zero.
    """

    name: str
    samples: int
    baseline: Baseline = Baseline.NONE
    clip_lower: float = math.inf
    clip_upper: float = math.inf
    inner_epochs: int = 1
    drop_degenerate: bool = False
    epsilon: float = 1e-4

    def __post_init__(self) -> None:
        check_whole("samples", self.samples, least=2 if self.baseline in _OF_GROUPS else 0)
        check_whole("inner_epochs", self.inner_epochs, least=1)
        for name in ("clip_lower", "clip_upper", "epsilon"):
            value = getattr(self, name)
            if math.isnan(value) or value < 0:
                raise InvalidInputError(name, value, "Give a number of at least zero.")
        if self.samples == 0 and (self.inner_epochs > 1 or self.drop_degenerate):
            raise InvalidInputError("samples", 0, "Several steps on the same samples need samples: give one or more.")

    @property
    def exact(self) -> bool:
        """Whether nothing is sampled but the minibatches."""
        return self.samples == 0


def exact_gradient() -> Method:
    """The gradient of the minibatch by enumeration of all outputs.

    >>> from sims.policy_gradient import exact_gradient
    >>> method = exact_gradient()
    >>> method.name, method.exact
    ('exact', True)
    """
    return Method("exact", 0)


def reinforce(samples: int = 1, *, baseline: bool = True) -> Method:
    """REINFORCE, without a baseline or with the mean reward of all earlier steps (unbiased either way).

    >>> from sims.policy_gradient import reinforce
    >>> method = reinforce(4)
    >>> method.name, method.samples, method.baseline.value
    ('REINFORCE', 4, 'mean of all rewards of earlier steps')
    """
    chosen = Baseline.RUNNING_MEAN if baseline else Baseline.NONE
    return Method("REINFORCE" if baseline else "REINFORCE, no baseline", _drawn(samples), chosen)


def rloo(samples: int = 2) -> Method:
    """RLOO (Ahmadian et al. 2024); the paper takes two samples per prompt (Section 4).

    >>> from sims.policy_gradient import rloo
    >>> method = rloo()
    >>> method.name, method.samples, method.baseline.value
    ('RLOO', 2, 'mean reward of the other samples')
    """
    return Method("RLOO", samples, Baseline.LEAVE_ONE_OUT)


def grpo(
    samples: int = 8, *, standardise: bool = True, clip: float = 0.2, inner_epochs: int = 1, epsilon: float = 1e-4
) -> Method:
    """GRPO (Shao et al. 2024); without the division by the standard deviation as in Liu et al. 2025.

    KL regularisation acts through the reward here as for all methods, not as a term of the loss.

    >>> from sims.policy_gradient import grpo
    >>> method = grpo(8, standardise=False)
    >>> method.name, method.samples, method.clip_upper
    ('GRPO, no std', 8, 0.2)
    """
    name, baseline = ("GRPO", Baseline.GROUP_STANDARDISED) if standardise else ("GRPO, no std", Baseline.GROUP_MEAN)
    return Method(name, samples, baseline, clip, clip, inner_epochs, epsilon=epsilon)


def ppo(samples: int = 1, *, clip: float = 0.2, inner_epochs: int = 4) -> Method:
    """PPO (Schulman et al. 2017) with a perfect critic: the baseline is the exact expected reward of the prompt.

    >>> from sims.policy_gradient import ppo
    >>> method = ppo(inner_epochs=2)
    >>> method.name, method.inner_epochs, method.baseline.value
    ('PPO', 2, 'expected reward of the prompt')
    """
    return Method("PPO", _drawn(samples), Baseline.VALUE, clip, clip, inner_epochs)


def dapo(
    samples: int = 8,
    *,
    clip_lower: float = 0.2,
    clip_upper: float = 0.28,
    inner_epochs: int = 1,
    epsilon: float = 1e-4,
) -> Method:
    """DAPO (Yu et al. 2025): GRPO that clips higher and leaves out groups of equal proxy reward.

    >>> from sims.policy_gradient import dapo
    >>> method = dapo()
    >>> method.clip_lower, method.clip_upper, method.drop_degenerate
    (0.2, 0.28, True)
    """
    return Method("DAPO", samples, Baseline.GROUP_STANDARDISED, clip_lower, clip_upper, inner_epochs, True, epsilon)


def _drawn(samples: int) -> int:
    return check_whole("samples", samples, least=1)
