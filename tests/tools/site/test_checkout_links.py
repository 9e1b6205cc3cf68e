"""The pages of this checkout: their links lead to files that are there, or to pages that are generated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from figures.catalog import MODULES
from theory.statements.register import REGISTER
from tools.site.api_pages import PACKAGES
from tools.site.staging import stage

ROOT = Path(__file__).resolve().parents[3]
GENERATED = [
    *(f"statements/{s.id}.md" for s in REGISTER),
    *(f"gallery/{id}.md" for id in MODULES),
    *(f"api/{package}.md" for package in PACKAGES),
    *(f"{folder}/index.md" for folder in ("statements", "gallery", "api")),
]


def test_pages_of_docs(tmp_path):
    stage(ROOT, dict.fromkeys(GENERATED, "# Generated\n"), tmp_path / "sources")
    assert (tmp_path / "sources/index.md").is_file()


@pytest.mark.parametrize("page", sorted(path.name for path in ROOT.glob("*.md")))
def test_pages_beside_the_code(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^()\s#]+)", text) if not re.match(r"[a-z]+:", target)]
    assert not [target for target in targets if not (ROOT / target).exists()]
