"""The reference: every exported name has a place in it, with its docstring, and examples are in fences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.site.api_pages import PACKAGES, api_pages, with_examples
from tools.site.python_source import exported

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def reference():
    return api_pages()


def test_every_exported_name_has_a_place(reference):
    for package in PACKAGES:
        page = reference.pages[f"api/{package}.md"]
        for name, module, _ in exported(ROOT, package):
            short = name.removeprefix(f"{package}.").removeprefix(f"{module.removeprefix(f'{package}.')}.")
            assert any(f"{{py:{kind}}} {short}" in page for kind in ("function", "class", "data", "type")), name


def test_no_exported_name_is_unknown(reference):
    ours = {name.rsplit(".", 1)[1] for package in PACKAGES for name, _, _ in exported(ROOT, package)}
    several = {"Method", "Settings", "Section", "Comparison", "Policy"}
    assert not (ours & set(reference.unknown)) - several


def test_names_of_jax_and_numpy_are_links(reference):
    assert "jax.Array" not in reference.unknown
    assert "np.ndarray" not in reference.unknown


def test_examples_stand_in_fences():
    text = "Says.\n\n**Example**\n\n>>> f(1)\n2\n>>> g()\n\nMore."
    assert with_examples(text) == "Says.\n\n**Example**\n\n```pycon\n>>> f(1)\n2\n>>> g()\n```\n\nMore."
