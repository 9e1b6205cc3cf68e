"""`make readme`: the tables come from artefacts, between markers that the documents have."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("update_readme", ROOT / "tools/update_readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("README.md", "ledger"),
        ("README.md", "tightness"),
        ("README.md", "benchmark"),
        ("README.md", "policy-gradient"),
        ("README.md", "effects"),
        ("docs/experiments.md", "regimes"),
        ("docs/imperfect-rewards.md", "imperfect-rewards"),
        ("docs/tightness.md", "infima"),
        ("docs/sharpened.md", "upper-bounds"),
        ("docs/reach.md", "reach-lower"),
        ("docs/reach.md", "reach-upper"),
    ],
)
def test_the_documents_have_the_markers(tool, file, name):
    text = (ROOT / file).read_text(encoding="utf-8")
    changed = tool.replaced(text, name, "NEW | BODY")
    assert "\n\nNEW | BODY\n\n<!-- end" in changed
    assert tool.replaced(changed, name, "NEW | BODY") == changed
    with pytest.raises(SystemExit, match="no markers for 'nonsense'"):
        tool.replaced(text, "nonsense", "")


def test_the_table_of_imperfect_rewards(tool):
    facts = {}
    for reward, time in (("ground_truth", 33564.7), ("proxy", 16.7)):
        facts |= {
            f"time_{reward}_0.1_0.5": time,
            f"sgd_steps_{reward}_0.1_0.5": "more than 50,000",
            f"adam_steps_{reward}_0.1_0.5": 395.0,
            f"largest_mediocre_probability_{reward}_0.1_0.5": 0.99964,
        }
    settings = {"initial_probabilities": {"0.1": []}, "correlations": [0.5], "steps": 50_000}
    made = tool.imperfect_rewards_table({"level": "quick", "settings": settings, "facts": facts})
    row = "| 0.10 | correlated | 33,565 | 16.7 | > 50,000 | > 50,000 | 395 | 395 | 0.9996 |"
    assert row in made
    assert "Level quick" in made


def test_a_part_without_an_artefact_stays(tool, tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "out").mkdir()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    infima = (ROOT / "docs/tightness.md").read_text(encoding="utf-8")
    (tmp_path / "docs/tightness.md").write_text(infima, encoding="utf-8")
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    tool.main()
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text
    assert [path.name for path in (tmp_path / "docs").iterdir()] == ["tightness.md"]
    assert (tmp_path / "docs/tightness.md").read_text(encoding="utf-8") == infima
