"""Notebooks in a browser: a slider is moved, a number changes; no error, no network, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.notebook_browser import MOVES, opened, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("name", MOVES)
def test_a_slider_is_moved_and_a_number_changes(name: str, chromium: Browser, request: pytest.FixtureRequest) -> None:
    if name == "language_model":
        request.getfixturevalue("model_path")
    move = MOVES[name]
    with served(name) as address:
        page = opened(chromium, address)
        page.settled(move.watched)
        page.quiet(move.watched)
        before = page.text(move.watched)
        page.move(move)
        page.quiet(move.watched)
        assert page.text(move.watched) != before
        for width in (1280, 390):
            page.page.set_viewport_size({"width": width, "height": 844})
            assert not page.page.evaluate(TOO_WIDE)
        assert page.errors == []
        assert page.outside == []
        page.page.close()


def test_a_wrong_file_is_a_sentence_in_the_page(chromium: Browser, tmp_path: Path) -> None:
    wrong, right = tmp_path / "colours.csv", tmp_path / "scores.csv"
    wrong.write_text("name,colour\na,red\nb,blue\n")
    right.write_text("prompt,rm,truth\na,1,1\na,0,0\nb,0.2,0\nb,0.9,1\n")
    with served("audit_your_rewards") as address:
        page = opened(chromium, address)
        page.settled(MOVES["audit_your_rewards"].watched)
        page.framed()
        for file, said in ((wrong, "colours.csv cannot be audited."), (right, "scores.csv: a flat table")):
            page.page.locator("input[type=file]").set_input_files(file)
            page.page.get_by_text(said).first.wait_for()
            assert page.page.get_by_text("Traceback").count() == 0
        assert page.errors == []
        page.page.close()
