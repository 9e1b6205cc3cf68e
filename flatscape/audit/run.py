"""The audit of reward models on a person's own scored completions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flatscape.audit.analysis.policy_audit import policy_audit
from flatscape.audit.analysis.teaching_input import teaching_method
from flatscape.audit.given.samples import policy_samples
from flatscape.audit.given.settings import AuditSettings
from flatscape.audit.reading.scored_table import read_scored
from flatscape.audit.result import AuditResult

OnProgress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is finished; by several threads."""


def audit(
    paths_or_frames: Any,
    *,
    format: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    rewards: str | Sequence[str] | None = None,
    truth: str | None = None,
    strict: bool = False,
    settings: AuditSettings | None = None,
    on_progress: OnProgress | None = None,
) -> AuditResult:
    """Measures reward models on scored completions, lets each teach in simulation, and says which teaches best.

    **Arguments**

    - `paths_or_frames`, `format`, `mapping`, `rewards`, `truth`, `strict`: as `flatscape.audit.reading.read_scored`.
    - `settings`: what is measured and simulated, and how (the defaults of `AuditSettings` if none are given).
    - `on_progress`: called now and then with a sentence and the share of the work that is done.

    **Returns** an `AuditResult`.

    **Raises** `InvalidInputError` for input that cannot be read or compared, and for settings that do not fit it.

    >>> table = {"prompt": ["a", "a", "b", "b"], "rm": [1.0, 0.0, 0.2, 0.9], "truth": [1, 0, 0, 1]}
    >>> from flatscape.audit import audit
    >>> result = audit(table)
    >>> result.verdict.order
    ('rm',)
    >>> found = {row["measure"]: row["estimate"] for row in result.table().to_dicts()}
    >>> round(found["reward-variance"], 4), found["accuracy-strict-pooled"]
    (0.3725, 1.0)
    """
    settings = settings or AuditSettings()
    teaching_method(settings.teaching, settings.trainer)
    report = on_progress or (lambda what, done: None)
    report("reading", 0.0)
    table = read_scored(paths_or_frames, format=format, mapping=mapping, rewards=rewards, truth=truth, strict=strict)
    policies = []
    for samples in policy_samples(table, settings.weighting):
        total = len(samples.models) * len(samples.grouped.sizes)
        name = "" if samples.policy is None else f" ({samples.policy})"
        report(f"measuring{name}", 0.0)
        policies.append(policy_audit(samples, settings, _counting(report, f"prompts taught{name}", total)))
    return AuditResult(table, settings, tuple(policies))


def _counting(report: OnProgress, what: str, total: int) -> Callable[[int], None]:
    finished = 0

    def advance(more: int) -> None:
        nonlocal finished
        # Threads may lose a count between them: it is only shown.
        finished += more
        report(f"{finished:,} of {total:,} {what}", min(finished / total, 1.0))

    return advance
