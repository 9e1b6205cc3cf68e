"""The recipe of CONTRIBUTING.md: a toy statement, added to a copy of the packages, is checked like all others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("theory", "sims", "proofs_check", "figures", "flatscape")

ENTRY = """
    _lemma(
        "toy",
        "Toy",
        "KL divergence is at most twice the bound of Lemma 3",
        r"KL(p\\\\|q) \\\\le 2 \\\\ln(1/\\\\min_y q(y))",
        _lemma_3(2.0),
        ("half of Lemma 3's bound", _lemma_3(0.5), _at_policy([1 - 1e-9, 1e-9], [0.01, 0.99], [1.0, -1.0])),
    ),
"""
PROOF = '''

def toy(prover: Prover) -> Sequence[Step]:
    """Lemma 3's bound is not negative."""
    return [prover.cite("lem3"), prover.check(rates.TOY, statement="toy")]

'''
INEQUALITY = """
TOY = Query(
    name="twice a bound",
    claim="k <= 2 b for 0 <= k <= b",
    premises=("0 <= k", "k <= b"),
    conclusion="k <= 2*b",
    stronger="2*k <= b",
    stronger_description="four times as much",
    witness={"k": 1.0, "b": 1.0},
    origin="k = b = 1",
)
"""


def edited(path: Path, *changes: tuple[str, str]) -> None:
    """Puts a text before a mark that is in the file exactly once."""
    text = path.read_text(encoding="utf-8")
    for mark, added in changes:
        assert text.count(mark) == 1, (path, mark)
        text = text.replace(mark, added + mark)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "CITATION.cff", folder)
    edited(
        folder / "theory/statements/tabular_policies.py",
        ('\n    _lemma(\n        "lem4",', ENTRY.replace("\\\\", "\\")),
    )
    edited(
        folder / "proofs_check/conformance/printed_tabular.py",
        ('    "lem4": lemma_4,', '    "toy": lambda point: (_kl(point), 2 * _smallest(point)),\n'),
    )
    edited(folder / "proofs_check/inequalities/rates.py", ("\nLARGEST_EIGENVALUE = ", INEQUALITY))
    edited(
        folder / "proofs_check/proofs/tabular_policies.py",
        ("\n\ndef zero_sum(prover", PROOF),
        ('    "popoviciu": popoviciu,', '    "toy": toy,\n'),
    )
    edited(
        folder / "proofs_check/search/infima.py",
        (
            '    Infimum("lem4",',
            '    Infimum("toy", 2.0, 2.0, False, "where Lemma 3 is tight", _nearly_certain),\n',
        ),
    )
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "flatscape", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_a_statement_is_added_in_five_files(copy: Path) -> None:
    done = run(copy, "verify", "toy", "--workers", "1", "--json", "ledger.json")
    assert done.returncode == 0, done.stdout + done.stderr
    evidence = json.loads((copy / "ledger.json").read_text(encoding="utf-8"))["evidence"]
    of_toy = {item["method"]: item for item in evidence if item["statement"] == "toy"}
    assert of_toy["proof"]["verdict"] == "proved"
    assert any(item["control"]["refuted"] for item in of_toy.values())
    assert sum(item["instances"] for item in of_toy.values()) > 1000
    shown = run(copy, "explain", "toy", "--ledger", "ledger.json")
    assert shown.returncode == 0, shown.stderr
    assert "Toy" in shown.stdout


def test_a_step_that_is_left_out_is_noticed(copy: Path, tmp_path: Path) -> None:
    """Without its restatement the toy is not compared with anything: that is no proof."""
    for package in PACKAGES:
        shutil.copytree(copy / package, tmp_path / package)
    printed = tmp_path / "proofs_check/conformance/printed_tabular.py"
    text = printed.read_text(encoding="utf-8").replace("2 * _smallest(point))", "3 * _smallest(point))")
    printed.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    done = run(tmp_path, "verify", "toy", "--workers", "1", "--json", "ledger.json")
    assert done.returncode == 1, done.stdout + done.stderr
