"""The part of the record that simulated teaching has."""

from __future__ import annotations

from typing import Any

import numpy as np

from flatscape.audit.analysis.teaching import Taught
from flatscape.audit.given.samples import PolicySamples
from flatscape.audit.given.settings import AuditSettings
from flatscape.audit.report.values import number, numbers, of_models


def teaching_record(samples: PolicySamples, found: Taught, settings: AuditSettings) -> dict[str, Any]:
    """Curves with intervals, times of gains, and what each judge gains at the budget from each teacher.

    The gain of a judge is in the units in which its rewards teach.
    """
    outcome, models = found.outcome, samples.models
    truth = interval = None
    if outcome.truth is not None and found.truth_interval is not None:
        truth = of_models(models, outcome.truth)
        single = len(samples.grouped.sizes) < 2
        ends = np.stack(found.truth_interval, axis=-1)
        interval = of_models(models, np.full_like(ends, np.nan) if single else ends)
    return {
        "method": outcome.method.name,
        "units": settings.teaching.units,
        "budget": found.budget,
        "prompts": found.groups.prompts,
        "times": numbers(outcome.times),
        "truth": truth,
        "truth_interval": interval,
        "kl": of_models(models, outcome.divergence),
        "proxy": of_models(models, outcome.proxy),
        "time_to_gain": _times_to_gain(samples, found),
        "matrix": {
            "taught": list(models),
            "judged": list(models),
            "gain": numbers(outcome.judged[:, :, -1] - outcome.judged[:, :, 0]),
        },
    }


def _times_to_gain(samples: PolicySamples, found: Taught) -> list[dict[str, Any]]:
    rows = []
    for k, gain in enumerate(found.outcome.gains):
        ends = np.stack([found.rise_interval.low[k], found.rise_interval.high[k]], axis=-1)
        if len(samples.grouped.sizes) < 2:
            ends = np.full_like(ends, np.nan)
        rows.append(
            {
                "gain": number(gain),
                "time": of_models(samples.models, found.rise[k]),
                "interval": of_models(samples.models, ends),
            }
        )
    return rows
