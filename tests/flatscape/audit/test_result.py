"""`AuditResult`: the table has every number of the record."""

from __future__ import annotations

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
