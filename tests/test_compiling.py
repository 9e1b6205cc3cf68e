"""How tests are compiled: what is named as compiled as users do is there, and the flags say what is chosen."""

from __future__ import annotations

from pathlib import Path

import jaxlib
import pytest

from tests.compiling import AS_USERS_DO, CHOICE, LITTLE, choose_compiling, is_compiled_as_users_do, on_devices

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("beginning", AS_USERS_DO)
def test_there_are_such_tests(beginning: str) -> None:
    folder, _, name = beginning.rpartition("/")
    assert list((ROOT / folder).glob(f"{name or 'test_'}*.py"))


def test_simulators_are_and_pages_are_not() -> None:
    assert is_compiled_as_users_do("tests/sims/test_hitting_times.py::test_agrees_with_scipy")
    assert not is_compiled_as_users_do("tests/sims/llm/test_next_token.py::test_the_capital_of_france")
    assert not is_compiled_as_users_do("tests/figures/pages/test_source.py::test_a_link")


@pytest.mark.skipif(not jaxlib.__version__.startswith("0.10."), reason="the flags are those of one version")
def test_flags_are_added_once_and_not_if_users_programs_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--a")
    monkeypatch.setenv(CHOICE, "1")
    choose_compiling()
    assert on_devices(8) == "--a --xla_force_host_platform_device_count=8"
    monkeypatch.delenv(CHOICE)
    choose_compiling()
    choose_compiling()
    assert on_devices(1) == f"--a {LITTLE} --xla_force_host_platform_device_count=1"
