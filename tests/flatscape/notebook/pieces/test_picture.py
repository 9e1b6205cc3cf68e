"""Pictures: vector graphics that say in words what is seen, the same every time, and leave Matplotlib as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import matplotlib
import pytest
from markupsafe import Markup

from flatscape.notebook.pieces.picture import picture


def line(height: float = 0.72) -> Markup:
    with picture('A line, "straight".', height=height) as drawn:
        drawn.axes.plot([0, 1], [0, 1])
        drawn.axes.set_xlabel("time")
    return drawn.svg


def test_it_is_in_the_page_and_says_what_is_seen() -> None:
    svg = line()
    assert 'aria-label="A line, &#34;straight&#34;."' in svg
    assert "<metadata>" not in svg
    assert "http" not in svg.replace("http://www.w3.org/1999/xlink", "")


def test_it_is_as_wide_as_its_column() -> None:
    head = line()[: line().index(">", line().index("<svg"))]
    assert "viewBox" in head
    assert "width=" not in head


def test_it_is_the_same_every_time_and_in_any_thread() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(line, [0.5] * 4))) == 1


def test_settings_are_left_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    with pytest.raises(ZeroDivisionError), picture("Nothing."):
        _ = 1 / 0
    assert dict(matplotlib.rcParams) == before
    line()
