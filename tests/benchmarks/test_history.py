"""The page of all kept runs."""

from __future__ import annotations

import re

from benchmarks.history import HEIGHT, MARGIN, WIDTH, history_page, line
from tests.benchmarks.recorded import report, run


def test_a_line_runs_from_left_to_right_and_up_where_it_is_better():
    points = line([1.0, 100.0, 10.0])
    assert [x for x, _ in points] == [MARGIN, WIDTH / 2, WIDTH - MARGIN]
    assert [y for _, y in points] == [HEIGHT - MARGIN, MARGIN, HEIGHT / 2]
    assert line([3.0]) == [(MARGIN, HEIGHT / 2)]


def test_the_page_has_every_row_and_colours_what_became_worse():
    runs = [
        run("2026-01-01", speed=report({"a <b>": "100x", "c": "1.0x memory"})),
        run("2026-01-02", speed=report({"a <b>": "70x", "c": "1.1x memory"})),
    ]
    page = history_page(runs)
    rows = re.findall(r"<tr( class=\"worse\")?><td>(8 outputs, [^<]*)</td><td class=\"number\">([^<]*)</td>", page)
    assert rows == [(' class="worse"', "8 outputs, a &lt;b&gt;", "70x"), ("", "8 outputs, c", "1.1x")]
    assert "2 runs, the last of\n2026-01-02 on a processor, 2 cores" in page
    # A ratio to a floor is better if it is smaller: its line goes down here, as the other's does.
    ends = re.findall(r'points="[\d.]+,([\d.]+) [\d.]+,([\d.]+)"', page)
    assert all(float(first) < float(last) for first, last in ends)
    assert len(ends) == 2
    assert "script" not in page


def test_a_single_run_has_a_page():
    assert "1 run, the last of" in history_page([run("2026-01-01", speed=report({"a": "100x"}, quick=True))])
