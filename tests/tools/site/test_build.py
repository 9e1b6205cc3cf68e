"""A small site, built as the whole one is: formulas, references and inventories work, and a broken one is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sphinx.cmd.build import build_main

from tools.site.inventories import write_inventories
from tools.site.links import objections

ROOT = Path(__file__).resolve().parents[3]
API = """# API

```{py:module} theory
```

```{py:function} f(a: jax.Array, b: numpy.ndarray, c: Unlisted) -> int
By {py:obj}`theory.f`.
```
"""
INDEX = r"""# Home

{math}`t_\gamma \ge \frac{1}{\sqrt{\mathrm{Var}_{\pi}[r_{RM}]}}`

```{toctree}
api
```
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    write_inventories(ROOT / "docs/inventories", folder / "inventories")
    (folder / "_static").mkdir()
    for name in ("conf.py", "_static/site.css"):
        (folder / name).write_text((ROOT / "docs" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "unknown_names.json").write_text(json.dumps(["Unlisted"]), encoding="utf-8")
    (folder / "index.md").write_text(INDEX, encoding="utf-8")
    (folder / "api.md").write_text(API, encoding="utf-8")
    return folder


def built(sources: Path) -> int:
    site = str(sources.parent / "site")
    return build_main(["-q", "-W", "--keep-going", "-E", "-b", "html", str(sources), site])


def test_a_sound_site(sources):
    assert built(sources) == 0
    site = sources.parent / "site"
    assert objections(site) == []
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "<msqrt>" in index
    assert "mathjax" not in index.lower()
    api = (site / "api.html").read_text(encoding="utf-8")
    assert "_autosummary/jax.Array.html#jax.Array" in api
    assert "reference/generated/numpy.ndarray.html#numpy.ndarray" in api
    assert (site / "searchindex.js").is_file()


@pytest.mark.parametrize(
    "added",
    [
        "[x](nowhere.md)",
        "[x](#nowhere)",
        "{py:obj}`theory.nowhere`",
        "{math}`\\frac{1}`",
        "```{py:function} g(a: Nowhere)\n```",
    ],
)
def test_what_leads_nowhere_is_an_error(sources, added):
    with (sources / "api.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{added}\n")
    assert built(sources) != 0
