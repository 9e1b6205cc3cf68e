"""The effects of the paper's Section 4.1 on a real language model, and what theory says of scale and estimators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from figures.drawing.crossed_intervals import Crossed, Interval, crossed_mean, crossed_ratio, percentile_interval
from figures.language_model.training.increases import GRPO_LORA, RLOO_ALL, RLOO_LORA, Increases, increases_of
from figures.language_model.training.resampled import correlations_over_models, extra_divergence
from figures.language_model.training_data import TrainingData
from figures.paper.experiment.effects import Correlations, combined_lead, variance_lead
from figures.paper.experiment.properties import COMBINED, STANDARDISED
from sims.llm.experiment.presets import FLATTENED, OFF_POLICY, ON_POLICY, SQUASHED, TRUTH

FIRST, LAST = 1, -1
"""The first evaluation after the start, which stands for the paper's first epoch, and the last."""


@dataclass(frozen=True)
class MeasuredEffect:
    """**Fields**: `id`, as in `figures.paper.experiment.effects` where that has it; `claim`; `measure`, what the number
    is; `after`, how many updates; `found`, the number with its interval, positive where the effect appears."""

    id: str
    claim: str
    measure: str
    after: int
    found: Interval

    @property
    def verdict(self) -> str:
        """Whether it appears, in words."""
        if self.found == (0.0, 0.0, 0.0):
            return "not seen"
        if self.found.includes_zero:
            return "cannot be told"
        return "appears" if self.found.low > 0 else "opposite"


def measured_effects(data: TrainingData) -> list[MeasuredEffect]:
    """All effects, those of the paper first.

    Ratios have Fieller's intervals and differences those of `crossed_mean`, over seeds and held-out prompts; leads in
    correlation and the extra KL divergence have percentiles over 2,000 resamples of both.

    **Raises** `InvalidInputError` for an experiment that lacks one of the runs.
    """
    return [*_of_the_paper(data), *_of_scale(data)]


def _of_the_paper(data: TrainingData) -> list[MeasuredEffect]:
    truth, flat, on_policy, off_policy = (
        increases_of(data.evaluations, name, RLOO_LORA) for name in (TRUTH, FLATTENED, ON_POLICY, OFF_POLICY)
    )
    first, last = int(truth.step[FIRST]), int(truth.step[LAST])
    falls, lead = "perfect but flat falls behind", "lead in correlation"
    missed = [_one_less_ratio(flat.truth[at], on_policy.truth[at]) for at in (FIRST, LAST)]
    early = crossed_ratio(on_policy.truth[FIRST] - truth.truth[FIRST], truth.truth[FIRST])
    late = _one_less_ratio(on_policy.truth[LAST], truth.truth[LAST])
    divergence = extra_divergence(on_policy, flat)
    r = correlations_over_models(data, LAST, without=TRUTH).coefficients
    leads: tuple[tuple[str, str, Callable[[Correlations], np.ndarray]], ...] = (
        ("variance", "variance predicts the proxy", variance_lead),
        ("both", "both predict the truth", lambda r: combined_lead(r, COMBINED)),
        ("both-standardised", "both, standardised", lambda r: combined_lead(r, STANDARDISED)),
    )
    return [
        MeasuredEffect("flat", falls, "share of the increase missed", first, missed[0]),
        MeasuredEffect("flat-late", falls, "share of the increase missed", last, missed[1]),
        MeasuredEffect("early", "a proxy beats the truth early", "lead over the truth", first, early),
        MeasuredEffect("late", "the truth wins in the end", "lead of the truth", last, late),
        MeasuredEffect(
            "hacking", "an off-policy model is hacked", "fall from the peak", last, _fall(off_policy, truth)
        ),
        MeasuredEffect("kl", "accurate is KL-efficient", "extra KL of the proxy", last, _percentiles(divergence)),
        *(MeasuredEffect(id, claim, lead, last, _percentiles(of(r))) for id, claim, of in leads),
    ]


def _of_scale(data: TrainingData) -> list[MeasuredEffect]:
    """A truth squashed on all prompts alike against the truth, by estimator; and low rank against all parameters."""
    truth, squashed = (
        [increases_of(data.evaluations, name, course) for course in (RLOO_LORA, GRPO_LORA, RLOO_ALL)]
        for name in (TRUTH, SQUASHED)
    )
    last = int(truth[0].step[LAST])
    behind = [one.truth[LAST] - other.truth[LAST] for one, other in zip(truth, squashed, strict=True)]
    measure, missing = "increase missed, SD", "a squashed truth falls behind"
    rows: tuple[tuple[str, str, str, Crossed], ...] = (
        ("squashed-rloo", f"{missing}, RLOO", measure, behind[0]),
        ("squashed-grpo", f"{missing}, GRPO", measure, behind[1]),
        ("squashed-rloo-grpo", "it does so more under RLOO", "difference of both, SD", behind[0] - behind[1]),
        ("squashed-all", f"{missing}, all parameters", measure, behind[2]),
        (
            "lora-all",
            "low rank gains more than all parameters",
            "difference under the truth, SD",
            truth[0].truth[LAST][: len(truth[2].truth[LAST])] - truth[2].truth[LAST],
        ),
    )
    return [MeasuredEffect(id, claim, unit, last, crossed_mean(values)) for id, claim, unit, values in rows]


def _one_less_ratio(above: Crossed, below: Crossed) -> Interval:
    value, low, high = crossed_ratio(above, below)
    return Interval(1 - value, 1 - high, 1 - low)


def _fall(off_policy: Increases, truth: Increases) -> Interval:
    """How far the truth has fallen since its peak, as a share of its increase under itself.

    Each seed's peak is the evaluation at which the other seeds' mean is largest: noise has a peak, too. Zero where that
    is the last one.
    """
    paths = off_policy.truth.mean(axis=2)
    peaks = np.argmax(paths.sum(axis=1, keepdims=True) - paths, axis=0)
    falls = off_policy.truth[peaks, np.arange(len(peaks))] - off_policy.truth[LAST]
    return crossed_ratio(falls, truth.truth[LAST]) if falls.any() else Interval(0.0, 0.0, 0.0)


def _percentiles(resampled: np.ndarray) -> Interval:
    """The first is the sample's own."""
    return percentile_interval(float(resampled[0]), resampled[1:])
