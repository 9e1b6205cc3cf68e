"""The wheel: everything that is needed is in it, and it works away from the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("theory", "sims", "proofs_check", "figures", "flatscape")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, cwd=folder)
    (built,) = folder.glob("flatscape-*.whl")
    return built


def test_wheel_holds_every_module_marker_and_template(wheel: Path) -> None:
    tracked = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert not set(tracked) - inside
    assert {f"{package}/py.typed" for package in PACKAGES} <= inside
    assert "flatscape/CITATION.cff" in inside


def test_wheel_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    (tmp_path / "problem.json").write_text(
        '{"initial_probabilities": [0.5, 0.5], "proxy_reward": [1, -1], "ground_truth_reward": [1, -1], "gamma": 0.1}'
    )
    run = subprocess.run(
        [sys.executable, "-P", "-m", "flatscape", "simulate", "problem.json", "--json"],
        env=os.environ | {"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert '"status": "reached"' in run.stdout
    cited = subprocess.run(
        [sys.executable, "-P", "-c", "from flatscape.output.citation import bibtex; print(bibtex())"],
        env=os.environ | {"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert cited.stdout.count("@") == 2
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import theory; print(theory.__file__)"],
        env=os.environ | {"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
