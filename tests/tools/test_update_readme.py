"""`make readme`: the tables come from artefacts, between markers that the documents have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figures.table import stack_rows, to_csv
from proofs_check.markdown import tables
from tools import readme_tables, update_readme

ROOT = Path(__file__).resolve().parents[2]


def only_table(page: str) -> list[list[str]]:
    """The rows of the only table of a page, without the one that aligns it."""
    (found,) = tables(page)
    return [found[0], *found[2:]]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("README.md", "ledger"),
        ("README.md", "theorist"),
        ("README.md", "engineer"),
        ("README.md", "speed"),
        ("README.md", "effects"),
        ("README.md", "language-model"),
        ("docs/tightness.md", "tightness"),
        ("docs/performance.md", "benchmark"),
        ("docs/performance.md", "policy-gradient"),
        ("docs/experiments.md", "effects"),
        ("docs/experiments.md", "regimes"),
        ("docs/imperfect-rewards.md", "imperfect-rewards"),
        ("docs/tightness.md", "infima"),
        ("docs/sharpened.md", "upper-bounds"),
        ("docs/reach.md", "reach-lower"),
        ("docs/reach.md", "reach-upper"),
        ("docs/performance.md", "language-model"),
        ("docs/llm.md", "sequences"),
        ("docs/performance.md", "rloo-step"),
        ("docs/performance.md", "scale"),
        ("docs/scaling.md", "memory"),
        ("docs/language-models.md", "lm-effects"),
        ("docs/audit.md", "better-proxy"),
        ("docs/audit.md", "calibration"),
        ("docs/audit.md", "smollm2"),
        ("docs/audit.md", "measures"),
        ("docs/audit.md", "limits"),
    ],
)
def test_the_documents_have_the_markers(file: str, name: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    changed = update_readme.replaced(text, name, "NEW | BODY")
    assert "\n\nNEW | BODY\n\n<!-- end" in changed
    assert update_readme.replaced(changed, name, "NEW | BODY") == changed
    with pytest.raises(SystemExit, match="no markers for 'nonsense'"):
        update_readme.replaced(text, "nonsense", "")


def test_the_table_of_imperfect_rewards() -> None:
    facts: dict[str, Any] = {}
    for reward, time in (("ground_truth", 33564.7), ("proxy", 16.7)):
        facts |= {
            f"time_{reward}_0.1_0.5": time,
            f"sgd_steps_{reward}_0.1_0.5": "more than 50,000",
            f"adam_steps_{reward}_0.1_0.5": 395.0,
            f"largest_mediocre_probability_{reward}_0.1_0.5": 0.99964,
        }
    settings = {"initial_probabilities": {"0.1": []}, "correlations": [0.5], "steps": 50_000}
    made = readme_tables.imperfect_rewards_table({"level": "quick", "settings": settings, "facts": facts})
    row = "| 0.10 | correlated | 33,565 | 16.7 | > 50,000 | > 50,000 | 395 | 395 | 0.9996 |"
    assert row in made
    assert "Level quick" in made


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What README's doors print, without running their commands: what they say now."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = {
        name: text.split(f"<!-- begin: {name} (make readme) -->\n")[1].split(f"<!-- end: {name} -->")[0].strip()
        for name in ("theorist", "engineer")
    }
    monkeypatch.setattr(update_readme, "doors", lambda: parts)
    return parts


@pytest.mark.usefixtures("printed")
def test_a_part_without_an_artefact_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "out").mkdir()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    infima = (ROOT / "docs/tightness.md").read_text(encoding="utf-8")
    (tmp_path / "docs/tightness.md").write_text(infima, encoding="utf-8")
    names = ("audit.md", "formal.md", "scaling.md")
    computed = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in names}
    for name, page in computed.items():
        (tmp_path / "docs" / name).write_text(page, encoding="utf-8")
    monkeypatch.setattr(update_readme, "ROOT", tmp_path)
    update_readme.main()
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == [*sorted(computed), "tightness.md"]
    # Their tables need no artefact: what is published is what the code says now.
    for name, page in computed.items():
        assert (tmp_path / "docs" / name).read_text(encoding="utf-8") == page
    assert (tmp_path / "docs/tightness.md").read_text(encoding="utf-8") == infima


@pytest.mark.parametrize("quick", [True, False])
def test_the_table_of_a_benchmark(quick: bool) -> None:
    made = readme_tables.benchmark_table({"columns": ["case", "rate"], "rows": [["8 | 16", 12]], "quick": quick})
    assert only_table(made) == [["case", "rate"], ["8 | 16", "12"]]
    assert ("--quick" in made) == quick


EFFECTS = [
    {"setting": "main", "effect": "flat", "mean": "0.4418", "half_width": "0.048", "verdict": "appears"},
    {"setting": "main", "effect": "early", "mean": "-0.2", "half_width": "0.006", "verdict": "unclear"},
    {"setting": "no KL term", "effect": "flat", "mean": "0.1", "half_width": "0.2", "verdict": "unclear"},
    {"setting": "no KL term", "effect": "early", "mean": "0.3", "half_width": "0.1", "verdict": "appears"},
]


def test_the_table_of_effects() -> None:
    described = {"flat": "the flat falls behind: share missed", "early": "a proxy leads early: lead: epoch 1"}
    settings = {"effects": described, "sizes": {"repetitions": 20}}
    made = readme_tables.effects_table(EFFECTS, {"level": "full", "settings": settings})
    assert only_table(made) == [
        ["effect", "measured as", "main setting", "appears in", "not in"],
        ["the flat falls behind", "share missed", "0.44 ± 0.05", "1 of 2", "no KL term"],
        ["a proxy leads early", "lead: epoch 1", "-0.20 ± 0.01", "1 of 2", "main"],
    ]
    assert "Level full: means over 20 repetitions" in made


def test_effects_in_words() -> None:
    settings = {
        "effects": {"flat": "the flat falls behind: share missed", "early": "a proxy leads early: lead: epoch 1"}
    }
    made = readme_tables.effects_in_words(EFFECTS, {"settings": settings})
    assert made == "Of 2 settings: the flat falls behind in 1; a proxy leads early in 1."


BENCHMARK: dict[str, Any] = {
    "columns": ["case", "method", "problems/s", "ratio", "largest error"],
    "rows": [
        ["8 outputs", "flatscape", "418,698", "", "3e-10"],
        ["8 outputs", "scipy DOP853", "484", "865x", "3e-09"],
        ["8 outputs", "diffrax Dopri8", "2,657", "158x", "1e-08"],
        ["64 outputs", "flatscape", "47,032", "", "5e-10"],
        ["64 outputs", "scipy DOP853", "738", "64x", "8e-09"],
    ],
    "quick": False,
}


WITHOUT_CASES: dict[str, Any] = {
    "columns": ["method", "steps per second", "flatscape over it", "check"],
    "rows": [
        ["flatscape, minibatches of 8", "821,938", "", ""],
        ["NumPy loop", "24,719", "33.3x", "4e-16 apart"],
        ["flatscape, minibatches of 20", "301,273", "", ""],
    ],
}


def test_speed_in_words() -> None:
    made = readme_tables.speed_in_words(BENCHMARK)
    assert made == "418,698 problems a second (8 outputs): 865 times scipy DOP853, 158 times diffrax Dopri8."
    assert (
        readme_tables.speed_in_words(WITHOUT_CASES)
        == "821,938 steps a second (minibatches of 8): 33.3 times NumPy loop."
    )


def test_the_table_of_regimes() -> None:
    assert only_table(readme_tables.regimes_table(EFFECTS)) == [
        ["setting", "flat", "early"],
        ["main", "0.44 ± 0.05", "-0.20 ± 0.01"],
        ["no KL term", "0.10 ± 0.20", "0.30 ± 0.10"],
    ]


def test_the_table_of_upper_bounds() -> None:
    rows = [
        {"statement": "thm5-fast", "quantiles": [1.234, 280.5, 2e7], "instances": 12345},
        {"statement": "s-prop4", "quantiles": [1.0, 9.994, 14.6], "instances": 7},
    ]
    made = readme_tables.upper_bounds_table({"probabilities": [0.01, 0.5, 0.99], "rows": rows})
    assert only_table(made) == [
        ["bound over truth", "1%", "50%", "99%", "instances"],
        ["Theorem 5, fast", "1.23", "280", "2.0e+07", "12,345"],
        ["S-P4", "1.00", "9.99", "15", "7"],
    ]


SPREADS = [
    {"panel": "lower", "bound": "Theorem 4", "at": "1e-06", "middle": "14780.2"},
    {"panel": "lower", "bound": "S3", "at": "1e-06", "middle": "10.46"},
    {"panel": "upper", "bound": "prop4", "at": "3.0", "middle": "21.2"},
    {"panel": "upper", "bound": "prop4", "at": "8.0", "middle": "104.0"},
    {"panel": "upper", "bound": "s-prop4", "at": "8.0", "middle": "2.5"},
]


def test_the_table_of_lower_bounds() -> None:
    facts = {
        "Theorem 4: smallest": 1609.4,
        "Theorem 4: largest": 14780.2,
        "S3: smallest": 10.4645,
        "S3: largest": 10.4645,
        "S6 over Theorem 4, L = 16": 2600.0,
    }
    rows = only_table(readme_tables.lower_reach(SPREADS, facts))
    assert rows[1:4] == [
        ["Theorem 4", "1,600 to 15,000"],
        ["S3", "10"],
        ["S6 over Theorem 4, L = 16 (a ratio of bounds)", "2,600"],
    ]
    increases = rows[4:]
    for first, bound, ratios in ((0, "S3,", [1.0003, 1.0799, 4.2836]), (1, "S3++,", [1, 1.0206, 2.6325])):
        own = increases[first::2]
        assert [float(ratio) for _, ratio in own] == ratios, "as docs/reach.md prints them"
        assert [name.split(" ", 1)[0] for name, _ in own] == [bound] * 3
        assert [name.rsplit(" ", 1)[1] for name, _ in own] == ["0.001", "0.2", "0.9"]


def test_the_table_of_the_language_model() -> None:
    gradient = {f"{id}: {what}": 2.0 for id in ("prop2", "s2", "s6-gradient", "s0") for what in ("smallest", "largest")}
    gradient |= {f"{id}: median": 1.234e4 for id in ("prop2", "s2", "s6-gradient", "s0")}
    time = {f"{id}: {what}": 15.4 for id in ("thm4", "s4", "s6", "s7", "s8") for what in ("smallest", "largest")}
    heading, *rows = only_table(readme_tables.language_model_table(gradient, time))
    assert len(heading) == 3
    assert rows[0] == ["Proposition 2, Theorem 4", "12,000 (2.00 to 2.00)", "15 to 15"]
    assert rows[-1] == ["S8", "", "15 to 15"]


def test_the_table_of_upper_bounds_by_size() -> None:
    heading, *rows = only_table(readme_tables.upper_reach(SPREADS))
    assert heading == ["bound / hitting time, median", "3 outputs", "8 outputs"]
    assert [row for row in rows if any(row[1:])] == [["Proposition 4", "21", "100"], ["S-P4", "", "2.50"]]
    assert len(rows) == len(readme_tables.NAMES)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.126, "0.13"), (9.994, "9.99"), (10.46, "10"), (14780.2, "15,000"), (3.26e7, "3.3e+07")]
)
def test_ratios_have_two_digits(value: float, shown: str) -> None:
    assert readme_tables.rounded(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(33564.7, "33,565"), (16.72, "16.7"), (100.0, "100"), ("more than 50,000", "> 50,000")]
)
def test_durations(value: float | str, shown: str) -> None:
    assert readme_tables.duration(value) == shown


@pytest.mark.usefixtures("printed")
def test_artefacts_reach_their_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "out/benchmarks").mkdir(parents=True)
    pages = ("tightness", "experiments", "scaling", "audit", "formal", "performance")
    for name in ("README.md", *(f"docs/{page}.md" for page in pages)):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    settings = {"effects": {"flat": "a: b", "early": "c: d"}, "sizes": {"repetitions": 20}}
    record = json.dumps({"level": "full", "settings": settings})
    (tmp_path / "out/regimes.provenance.json").write_text(record, encoding="utf-8")
    (tmp_path / "out/regimes.csv").write_text(to_csv(stack_rows(*EFFECTS)), encoding="utf-8")
    (tmp_path / "out/plateau.png").write_bytes(b"picture")
    for file, found in (("hitting_times", BENCHMARK), ("policy_gradient", WITHOUT_CASES)):
        (tmp_path / f"out/benchmarks/{file}.json").write_text(json.dumps(found | {"quick": False}), encoding="utf-8")
    monkeypatch.setattr(update_readme, "ROOT", tmp_path)
    update_readme.main()
    readme, experiments = ((tmp_path / name).read_text("utf-8") for name in ("README.md", "docs/experiments.md"))
    assert "Of 2 settings: a in 1; c in 1." in readme
    assert "158 times diffrax Dopri8. 821,938 steps a second (minibatches of 8)" in readme
    assert "| 64 outputs | flatscape | 47,032 |" in (tmp_path / "docs/performance.md").read_text("utf-8")
    assert "| a | b | 0.44 ± 0.05 | 1 of 2 | no KL term |" in experiments
    assert "| no KL term | 0.10 ± 0.20 | 0.30 ± 0.10 |" in experiments
    assert (tmp_path / "docs/plateau.png").read_bytes() == b"picture"


def test_the_table_of_sequences() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(2, 6, 9))
    rewards = np.clip(scores[:, :, 0] / 4, -1, 1)
    flat = scores.reshape(12, 9)
    prompts = [
        {
            "prompt": f"prompt {x}",
            "completions": [{"tokens": [1], "text": "a"}] * 6,
            "rewards": rewards[x].tolist(),
            "jacobian": {"completion": 0, "place": 0, "tokens": 1, "squared_norm": [40.0 + x, 41.0]},
        }
        for x in range(2)
    ]
    settings = {"prompts": 2, "completions": 6, "max_tokens": 16, "seed": 0, "confidence": 0.95}
    gram = [(flat[k] @ flat[k:].T).tolist() for k in range(12)]
    made = readme_tables.sequences_table({"settings": settings, "prompts": prompts, "gram": gram})
    rows = only_table(made)
    headings = ["prompt", "reward variance", "squared gradient", "lambda_max(F)"]
    assert rows[0] == [*headings, *(f"{id} / gradient" for id in ("s0", "s2-mean", "s2", "prop2"))]
    assert [row[0] for row in rows[1:]] == ["all", "prompt 0", "prompt 1"]
    assert rows[1][1] == f"{np.var(rewards, axis=1, ddof=1).mean():.3g}"
    assert [row[5] for row in rows[2:]] == ["-", "-"]
    assert "6 completions of each prompt of at most 16 tokens. Contradicted: none." in made
    assert " of 10 comparisons it is above 1" in made
