"""`AuditResult`: the table has every number of the record."""

from __future__ import annotations

import pytest

from flatscape.audit import audit
from tests.flatscape.audit.audited import QUICK, noisy


def test_the_table_has_a_row_for_each_measure_and_model():
    result = audit(noisy(), settings=QUICK)
    (policy,) = result.record()["policies"]
    table = result.table()
    assert table.height == 2 * len(policy["measures"])
    assert table["measure"].unique(maintain_order=True).to_list() == [m["id"] for m in policy["measures"]]
    for row in table.to_dicts():
        (measure,) = (m for m in policy["measures"] if m["id"] == row["measure"])
        assert row["estimate"] == measure["estimate"][row["model"]]
        assert [row["low"], row["high"]] == measure["interval"][row["model"]]


def test_the_page_and_the_figure_are_made_of_the_record(tmp_path):
    pytest.importorskip("flatscape.audit.report.page")
    result = audit(noisy(6), settings=QUICK)
    page = result.to_html(tmp_path / "new" / "audit.html")
    assert (tmp_path / "new" / "audit.html").read_text(encoding="utf-8") == page
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert result.figure().axes
