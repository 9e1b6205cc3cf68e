"""The report on a terminal: everything is there, whatever the names."""

from __future__ import annotations

import pytest

from flatscape.audit import audit
from flatscape.audit.report.terminal import show_audit
from tests.flatscape.audit.audited import QUICK, noisy


@pytest.mark.parametrize("names", [("rm_0", "rm_1"), ("[red]x", "[/bold] <y>")])
def test_the_report_has_the_verdict_the_tables_and_the_limits(names, capsys):
    table = noisy(6)
    for name, own in zip(names, ("rm_0", "rm_1"), strict=True):
        table[name] = table.pop(own)
    record = audit(table, rewards=list(names), settings=QUICK).record()
    show_audit(record)
    printed = capsys.readouterr().out
    for part in ("Verdict", "reward variance", "P(no signal)", "Simulated teaching", "Pairs", "What this cannot know"):
        assert part in printed
    for name in names:
        assert name in printed
    # More than fits is no longer one line.
    words = " ".join(printed.split())
    for sentence in record["policies"][0]["verdict"]["sentences"]:
        assert sentence in words


def test_no_number_is_left_out_of_many_models(capsys):
    record = audit(noisy(4, noises=tuple(0.1 * k for k in range(1, 8))), settings=QUICK).record()
    show_audit(record)
    printed = capsys.readouterr().out
    assert "No room for" not in printed
    assert all(f"rm_{k}" in printed for k in range(7))
