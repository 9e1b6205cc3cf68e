"""The wheel: everything that is needed is in it, and it works away from the source tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import flatscape

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


def test_the_version_is_the_same_wherever_it_stands() -> None:
    """The wheel takes it from the package."""
    cited = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    changes = re.findall(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert [cited[1], changes[0]] == [flatscape.__version__] * 2


def test_the_wheel_has_the_version_and_its_pythons(wheel: Path) -> None:
    assert wheel.name.startswith(f"flatscape-{flatscape.__version__}-")
    (name,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("METADATA"))
    metadata = zipfile.ZipFile(wheel).read(name).decode()
    assert f"Version: {flatscape.__version__}\n" in metadata
    for version in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {version}\n" in metadata
