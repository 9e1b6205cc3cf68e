"""Missing packages are named before anything is computed; stand-ins do what they stand in for."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import jax
import pytest

import theory
from benchmarks.accelerator import __main__ as command
from benchmarks.accelerator.requirements import (
    NEEDED,
    _attach_stub,
    _jaxtyping,
    declared_minima,
    missing_packages,
    use_stand_ins,
)
from theory.arrays import AnyArray


def test_nothing_is_missing_here():
    assert missing_packages() == []
    assert tuple(declared_minima()) == NEEDED


def test_missing_and_old_packages_are_named():
    def installed(name: str) -> str:
        if name == "optax":
            raise PackageNotFoundError(name)
        return {"jax": "0.4.38", "scipy": "1.100"}.get(name, "99.0")

    old, missing = missing_packages(installed)
    assert old == f"jax is 0.4.38, and has to be at least {declared_minima()['jax']}"
    assert missing == f"optax (at least {declared_minima()['optax']}) is not installed"


def test_the_command_says_what_is_missing_and_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "missing_packages", lambda: ["optax (at least 0.2.5) is not installed"])
    monkeypatch.setattr(command, "run", lambda _: pytest.fail("something was computed"))
    assert command.main(["--sizes", "tiny", "--out", str(tmp_path / "gpu.json")]) == 69
    assert "Nothing was computed" in (said := capsys.readouterr().err)
    assert "optax (at least 0.2.5) is not installed" in said
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to_is_said_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "run", lambda _: pytest.fail("something was computed"))
    (tmp_path / "file").touch()
    assert command.main(["--sizes", "tiny", "--out", str(tmp_path / "file" / "gpu.json")]) == 74
    assert "cannot be written" in capsys.readouterr().err


def test_packages_that_are_there_are_not_replaced():
    assert use_stand_ins() == ()


def test_names_on_first_use():
    get, names, listed = _attach_stub("theory", str(theory.__file__))
    assert names() == listed == sorted(theory.__all__)
    assert get("make_problem") is theory.make_problem
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        get("nothing")


def test_array_types_without_shapes():
    module = _jaxtyping()
    assert module.Float[AnyArray, "rows columns"] == AnyArray
    assert module.Array is jax.Array
    assert module.Float[AnyArray, ""] | float == AnyArray | float
