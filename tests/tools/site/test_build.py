"""A small site, built as the whole one is: formulas, references and inventories work, and a broken one is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.site import __main__ as program
from tools.site.inventories import write_inventories

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

```{math}
a < b
```

```{toctree}
api
```
"""


def built(site: Path, monkeypatch: pytest.MonkeyPatch, added: str = "") -> int:
    """The exit status for a site of two pages."""

    def prepare(artefacts: Path, folder: Path) -> None:
        write_inventories(ROOT / "docs/inventories", folder / "inventories")
        (folder / "_static").mkdir()
        for name in ("conf.py", "_static/site.css"):
            (folder / name).write_text((ROOT / "docs" / name).read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "unknown_names.json").write_text(json.dumps(["Unlisted"]), encoding="utf-8")
        (folder / "index.md").write_text(INDEX, encoding="utf-8")
        (folder / "api.md").write_text(f"{API}\n{added}\n", encoding="utf-8")

    monkeypatch.setattr(program, "prepare", prepare)
    return program.build(site.parent, site)


def test_a_sound_site(tmp_path, monkeypatch):
    site = tmp_path / "site"
    assert built(site, monkeypatch) == 0
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "<msqrt>" in index
    assert '<div class="formula"><math' in index
    assert "mathjax" not in index.lower()
    api = (site / "api.html").read_text(encoding="utf-8")
    assert "_autosummary/jax.Array.html#jax.Array" in api
    assert "reference/generated/numpy.ndarray.html#numpy.ndarray" in api
    assert (site / "searchindex.js").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert built(site, monkeypatch) == 0, "over a site that is there"


@pytest.mark.parametrize(
    "added",
    [
        "[x](nowhere.md)",
        "[x](#nowhere)",
        "{py:obj}`theory.nowhere`",
        "{math}`\\frac{1}`",
        "```{py:function} g(a: Nowhere)\n```",
        '<img src="https://example.org/x.png">',
    ],
)
def test_what_leads_nowhere_is_an_error_and_the_site_stays(tmp_path, monkeypatch, added):
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("before", encoding="utf-8")
    assert built(site, monkeypatch, added) == 1
    assert (site / "index.html").read_text(encoding="utf-8") == "before"


def test_a_folder_that_is_no_site_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["site", "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match="no site"):
        program.main()


def test_a_ledger_that_is_none_is_refused_in_a_line(tmp_path, capsys):
    (tmp_path / "ledger.json").write_text("{}", encoding="utf-8")
    assert program.build(tmp_path, tmp_path / "site") == 1
    assert "ledger" in capsys.readouterr().err
