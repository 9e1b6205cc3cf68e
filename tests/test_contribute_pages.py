"""The recipes of docs/contribute, followed literally in copies of the packages; a statement's has its own file."""

from __future__ import annotations

from pathlib import Path

from tests.followed_recipe import ROOT, copied, follow


def test_a_figure(tmp_path: Path) -> None:
    folder = copied(tmp_path, "tests", "tools")
    follow("figure", folder)
    made = {path.name for path in (folder / "out").glob("two-outputs.*")}
    assert made == {f"two-outputs.{kind}" for kind in ("pdf", "png", "csv", "provenance.json")}
    assert "two-outputs" in (folder / "out/index.html").read_text(encoding="utf-8")


def test_an_estimator(tmp_path: Path) -> None:
    printed = follow("estimator", copied(tmp_path, "tests", "tools", "examples"))
    assert "3 passed" in printed


def test_an_architecture(tmp_path: Path) -> None:
    printed = follow("architecture", copied(tmp_path, "tests", "tools"))
    assert "1 passed" in printed


def test_every_recipe_is_followed() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "contribute").glob("*.md")} - {"index"}
    assert pages == {"statement", "figure", "estimator", "architecture"}
