"""The result of an audit, as numbers, tables, figures and pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flatscape.audit.analysis.policy_audit import PolicyAudit
from flatscape.audit.analysis.verdict import Verdict
from flatscape.audit.given.settings import AuditSettings
from flatscape.audit.reading.scored_table import ScoredTable
from flatscape.audit.report.record import audit_record
from theory.errors import InvalidInputError

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class AuditResult:
    """What was found. Made by `flatscape.audit.audit`.

    **Fields**: `table`, what was read; `settings`; `policies`, one audit for each policy that the table names.
    """

    scored: ScoredTable
    settings: AuditSettings
    policies: tuple[PolicyAudit, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, if the table has completions of one policy; None if teaching could not be simulated.

        **Raises** `InvalidInputError` for a table of several policies, each of which has a verdict of its own.
        """
        if len(self.policies) > 1:
            names = ", ".join(str(found.samples.policy) for found in self.policies)
            raise InvalidInputError("verdict", f"policies {names}", "Each has its own: take it from `policies`.")
        return self.policies[0].verdict

    @cached_property
    def _record(self) -> dict[str, Any]:
        return audit_record(self.scored, self.settings, self.policies)

    def record(self) -> dict[str, Any]:
        """Everything, in values that JSON has, as docs/audit.md describes it."""
        return self._record

    def table(self) -> pl.DataFrame:
        """One row for each measure and reward model (and policy): estimates and the ends of their intervals."""
        import polars as pl

        rows = [
            {
                "policy": policy["policy"],
                "model": model,
                "measure": measure["id"],
                "estimate": measure["estimate"][model],
                "low": measure["interval"][model][0],
                "high": measure["interval"][model][1],
            }
            for policy in self.record()["policies"]
            for measure in policy["measures"]
            for model in policy["models"]
        ]
        texts = dict.fromkeys(("policy", "model", "measure"), pl.String)
        return pl.DataFrame(rows, schema=texts | dict.fromkeys(("estimate", "low", "high"), pl.Float64))

    def figure(self) -> Figure:
        """The plots of the page, drawn by matplotlib."""
        from flatscape.audit.report.figure import audit_figure

        return audit_figure(self.record())

    def to_html(self, path: str | Path | None = None) -> str:
        """The page, in one file that needs nothing else; written to `path` too, if one is given."""
        from flatscape.audit.report.page import audit_page
        from sims.files import replace_together

        page = audit_page(self.record())
        if path is not None:
            replace_together(Path(path).parent, {Path(path).name: page.encode()})
        return page
