"""The pages in a browser: no formula is cut, nothing is wider than the screen, and figures open by keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from figures.pages.gallery import write_gallery
from figures.pipeline.result import FigureResult
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import make_ledger
from theory.statements.register import STATEMENTS

CUT = """
() => {
  const found = [];
  for (const math of document.querySelectorAll('math')) {
    const parts = [math, ...math.querySelectorAll('*')];
    const boxes = parts.map(one => one.getBoundingClientRect()).filter(box => box.width);
    const left = Math.min(...boxes.map(box => box.left)), right = Math.max(...boxes.map(box => box.right));
    let holder = math.parentElement;
    while (holder !== document.body) {
      const style = getComputedStyle(holder), box = holder.getBoundingClientRect();
      if (style.display !== 'inline' && style.overflowX !== 'visible' && (right > box.right + 1 || left < box.left - 1))
        found.push(math.textContent);
      holder = holder.parentElement;
    }
  }
  return found;
}
"""
TEXT = "Text. " * 20
OPEN = "document.querySelector('#large-plateau').matches(':popover-open')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of every statement and one figure."""
    out = tmp_path_factory.mktemp("pages")
    control = ControlOutcome("the bound lowered by one per cent", True, 0.9, 12, None)
    evidence = [Evidence(s.id, Method.SAMPLING, Verdict.SURVIVED, control, tightness=1.5) for s in STATEMENTS]
    canvas = plt.figure(figsize=(5.5, 4), dpi=200)
    canvas.savefig(out / "plateau.png")
    plt.close(canvas)
    result = FigureResult("plateau", TEXT, TEXT, TEXT, TEXT, "flatscape figures plateau", 1.0)
    write_gallery(out, make_ledger(evidence, level="quick", seed=0, seconds=1.0), [result])
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["index", "ledger", "code"])
def test_no_formula_is_cut_and_no_page_is_wider_than_the_screen(
    folder: Path, browser: Any, name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto((folder / f"{name}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_opens_grows_moves_and_closes_by_keys(folder: Path, browser: Any, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 600})
    page.goto((folder / "index.html").as_uri())
    page.locator("#plateau .picture").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(OPEN)
    picture = "document.querySelector('#large-plateau img').width"
    before = page.evaluate(picture)
    page.locator("#twice-plateau").focus()
    page.keyboard.press("Space")
    assert page.evaluate(picture) >= 1.9 * before
    page.locator("#large-plateau .pane").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#large-plateau .pane').scrollLeft > 0")
    page.keyboard.press("Escape")
    page.wait_for_function(f"!{OPEN}")
    assert page.evaluate("document.activeElement.className") == "picture"
    page.close()
