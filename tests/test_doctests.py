"""The examples in docstrings of all packages run and print what they say, in the precision that a user has."""

from __future__ import annotations

import doctest
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import pytest

import figures
import sims
import sims.policy_gradient
import sims.reward_models
import sims.rlhf
import sims.teaching

ROOT = Path(__file__).parents[1]
PACKAGES = ("theory", "sims", "proofs_check", "figures", "flatscape")
WITH_EXAMPLES = (sims, sims.policy_gradient, sims.reward_models, sims.rlhf, sims.teaching, figures)
"""Packages whose every exported function has an example."""


class Finder(doctest.DocTestFinder):
    """Finds examples of decorated functions, too, which have the globals of their decorator's module."""

    def _from_module(self, module: ModuleType | None, object: Any) -> bool:
        found = inspect.unwrap(object) if inspect.isroutine(object) else object
        return super()._from_module(module, found)  # type: ignore[misc]


def modules_with_examples() -> list[str]:
    """By their text: nothing is imported to find them."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = [path for path in paths if ">>> " in path.read_text(encoding="utf-8")]
    return sorted(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in found)


@pytest.fixture
def user_precision() -> Iterator[None]:
    """Single precision, as JAX is set where nobody has changed it; what a test run has is restored afterwards."""
    double, promotion = jax.config.jax_enable_x64, jax.config.jax_numpy_rank_promotion  # type: ignore[attr-defined]
    jax.config.update("jax_enable_x64", False)
    jax.config.update("jax_numpy_rank_promotion", "allow")
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", double)
        jax.config.update("jax_numpy_rank_promotion", promotion)


@pytest.mark.usefixtures("user_precision")
@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_print_what_they_say(name: str) -> None:
    module = importlib.import_module(name)
    examples = [test for test in Finder().find(module) if test.examples]
    assert examples, "examples that are not found are not run"
    for test in examples:
        said: list[str] = []
        outcome = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
        assert not outcome.failed, "".join(said)


def test_every_example_is_found() -> None:
    for name in modules_with_examples():
        module = importlib.import_module(name)
        written = Path(str(module.__file__)).read_text(encoding="utf-8").count(">>> ")
        assert written == sum(len(test.examples) for test in Finder().find(module)), name


@pytest.mark.parametrize("package", WITH_EXAMPLES, ids=lambda package: package.__name__)
def test_every_exported_function_has_an_example(package: ModuleType) -> None:
    functions = [getattr(package, name) for name in package.__all__]
    silent = [f.__name__ for f in functions if inspect.isfunction(f) and ">>> " not in (f.__doc__ or "")]
    assert not silent


@pytest.mark.parametrize("package", WITH_EXAMPLES, ids=lambda package: package.__name__)
def test_every_exported_name_is_used_by_a_test(package: ModuleType) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    unused = [name for name in package.__all__ if name not in tests]
    assert not unused
