"""The record of an audit: what `--json` writes, version 1, as `schema.json` in this folder describes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from flatscape.audit.analysis.measured import Found
from flatscape.audit.analysis.policy_audit import PolicyAudit
from flatscape.audit.analysis.verdict import CANNOT_KNOW, Verdict
from flatscape.audit.given.settings import AuditSettings
from flatscape.audit.reading.scored_table import ScoredTable
from flatscape.audit.report.content.schema import SCHEMA, VERSION
from flatscape.audit.report.teaching_record import teaching_record
from flatscape.audit.report.values import number, numbers, of_models
from theory.estimators.no_signal import expected_batches


def audit_record(table: ScoredTable, settings: AuditSettings, policies: Sequence[PolicyAudit]) -> dict[str, Any]:
    """Everything found, in values that JSON has."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "source": _source(table),
        "settings": _settings(settings),
        "policies": [_policy(found, settings) for found in policies],
        "cannot_know": list(CANNOT_KNOW),
    }


def _source(table: ScoredTable) -> dict[str, Any]:
    sizes = table.frame.group_by("group").len()["len"].to_numpy()
    return {
        "format": table.format,
        "group_key": list(table.group_key),
        "rows_read": table.rows_read,
        "rows_used": table.frame.height,
        "prompts": len(sizes),
        "completions": {"least": int(sizes.min()), "median": float(np.median(sizes)), "most": int(sizes.max())},
        "exclusions": [
            {"reason": e.reason, "count": e.count, "examples": [_example(row) for row in e.examples]}
            for e in table.exclusions
        ],
        "warnings": list(table.warnings),
    }


def _example(row: Any) -> dict[str, Any]:
    return {str(key): number(value) if isinstance(value, float) else value for key, value in row.items()}


def _settings(settings: AuditSettings) -> dict[str, Any]:
    own = settings.teaching
    return {
        "trainer": settings.trainer,
        "group_sizes": list(settings.group_sizes),
        "subset_sizes": list(settings.subset_sizes),
        "no_signal_target": float(settings.no_signal_target),
        "weighting": settings.weighting,
        "resamples": settings.resamples,
        "seed": settings.seed,
        "level": settings.level,
        "rule": settings.rule,
        "normalisation": own.normalisation_in_force,
        "teaching": {
            "method": own.method,
            "step_size": None if own.method == "flow" else float(own.step_size),
            "budget": None if own.budget is None else float(own.budget),
            "kl_coefficient": float(own.kl_coefficient),
            "gains": None if own.gains is None else [float(gain) for gain in own.gains],
            "group_size": own.group_size if own.method == "grpo" else None,
        },
    }


def _policy(found: PolicyAudit, settings: AuditSettings) -> dict[str, Any]:
    models = found.samples.models
    return {
        "policy": found.samples.policy,
        "prompts": len(found.samples.grouped.sizes),
        "singletons": found.singletons,
        "models": list(models),
        "notes": list(found.notes),
        "measures": [_measure(models, one) for one in found.found],
        "variance_over_prompts": {
            "edges": numbers(found.histogram.edges),
            "counts": {name: own.tolist() for name, own in zip(models, found.histogram.counts, strict=True)},
            "zero": dict(zip(models, found.histogram.zero.tolist(), strict=True)),
            "undefined": dict(zip(models, found.histogram.undefined.tolist(), strict=True)),
        },
        "no_signal": _no_signal(found, settings),
        "best_of_k": _best_of_k(found, settings),
        "advantages": None if found.agreement is None else found.agreement._asdict(),
        "teaching": None if found.taught is None else teaching_record(found.samples, found.taught, settings),
        "verdict": _verdict(found.verdict),
    }


def _measure(models: Sequence[str], found: Found) -> dict[str, Any]:
    about, values = found
    ends, apart = np.stack(values.interval, axis=-1), np.stack(values.difference_interval, axis=-1)
    return {
        **about._asdict(),
        "estimate": of_models(models, values.estimate),
        "interval": of_models(models, ends),
        "differences": [
            {
                "first": models[a],
                "second": models[b],
                "estimate": number(values.difference[a, b]),
                "interval": numbers(apart[a, b]),
                "probability_first_larger": number(values.order[a, b]),
            }
            for a in range(len(models))
            for b in range(a + 1, len(models))
        ],
    }


def _series(found: PolicyAudit, ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Estimates `(models, ids)` and intervals `(models, ids, 2)`, NaN where there is no such measure."""
    by_id = {one.about.id: one.values for one in found.found}
    models = len(found.samples.models)
    estimates, ends = np.full((models, len(ids)), np.nan), np.full((models, len(ids), 2), np.nan)
    for place, id in enumerate(ids):
        if id in by_id:
            estimates[:, place] = by_id[id].estimate
            ends[:, place] = np.stack(by_id[id].interval, axis=-1)
    return estimates, ends


def _no_signal(found: PolicyAudit, settings: AuditSettings) -> dict[str, Any]:
    models = found.samples.models
    estimates, ends = _series(found, [f"no-signal-{size}" for size in settings.group_sizes])
    return {
        "group_sizes": list(settings.group_sizes),
        "probability": of_models(models, estimates),
        "interval": of_models(models, ends),
        "target": float(settings.no_signal_target),
        "group_size_for_target": {
            name: None if np.isnan(size) else int(size)
            for name, size in zip(models, found.signal.group_size, strict=True)
        },
        "largest_group_size_tried": found.signal.largest,
        "expected_batches": of_models(models, expected_batches(np.clip(estimates, 0.0, 1.0))),
    }


def _best_of_k(found: PolicyAudit, settings: AuditSettings) -> dict[str, Any]:
    models, sizes = found.samples.models, settings.subset_sizes
    reward, _ = _series(found, [f"best-of-{k}-reward" for k in sizes])
    truth, _ = _series(found, [f"best-of-{k}-truth" for k in sizes])
    known = any(re.fullmatch(r"best-of-\d+-truth", one.about.id) for one in found.found)
    return {
        "k": list(sizes),
        "reward": of_models(models, reward),
        "truth": of_models(models, truth) if known else None,
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "rule": verdict.rule,
        "unit": verdict.unit,
        "order": list(verdict.order),
        "pairs": [
            {
                "better": pair.better,
                "worse": pair.worse,
                "difference": number(pair.difference),
                "interval": numbers(pair.interval),
                "probability": number(pair.probability),
                "decided": pair.decided,
                "more_prompts": pair.more_prompts,
            }
            for pair in verdict.pairs
        ],
        "sentences": list(verdict.sentences),
    }
