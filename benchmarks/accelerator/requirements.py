"""The packages that a run needs, as pyproject.toml declares them, and stand-ins for two that it can do without."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]

NEEDED = ("jax", "jaxlib", "numpy", "scipy", "optax")
"""All that is needed beside the checkout: what `pip install "jax[cuda13]" optax` brings."""


def declared_minima() -> dict[str, str]:
    """The least versions of the needed packages that pyproject.toml declares."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pairs = dict(entry.split(">=", 1) for entry in listed)
    return {name: pairs[name] for name in NEEDED}


def missing_packages(installed: Callable[[str], str] = version) -> list[str]:
    """A line for each package that is missing or too old.

    **Arguments**: `installed`, which gives a package's version, or raises `PackageNotFoundError`.
    """
    lines = []
    for name, least in declared_minima().items():
        try:
            found = installed(name)
        except PackageNotFoundError:
            lines.append(f"{name} (at least {least}) is not installed")
            continue
        if _numbers(found) < _numbers(least):
            lines.append(f"{name} is {found}, and has to be at least {least}")
    return lines


def _numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text)]


def use_stand_ins() -> tuple[str, ...]:
    """Puts stand-ins in the place of `jaxtyping` and `lazy_loader` where these are not installed.

    Nothing is computed with either: jaxtyping describes arrays in signatures, and lazy_loader imports a package's names
    on first use.

    **Returns** the names of those that were replaced.
    """
    replaced = []
    for name, make in (("jaxtyping", _jaxtyping), ("lazy_loader", _lazy_loader)):
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = make()
            replaced.append(name)
    return tuple(replaced)


class _Described:
    """`Float[Array, "rows columns"]` and the like: the type of the array alone."""

    def __class_getitem__(cls, described: tuple[Any, str]) -> Any:
        return described[0]


def _jaxtyping() -> ModuleType:
    import jax

    module = ModuleType("jaxtyping", "Array types without shapes, in the place of a package that is not installed.")

    def described(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return jax.Array if name == "Array" else _Described

    module.__getattr__ = described  # type: ignore[method-assign]
    return module


def _lazy_loader() -> ModuleType:
    module = ModuleType("lazy_loader", "Names on first use, in the place of a package that is not installed.")
    module.attach_stub = _attach_stub  # type: ignore[attr-defined]
    return module


def _attach_stub(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package whose `__init__.pyi` lists its names."""
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    places = {
        alias.asname or alias.name: (f"{package}.{node.module}" if node.module else package, alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, attribute = places[name]
        if module == package:
            return importlib.import_module(f"{package}.{attribute}")
        return getattr(importlib.import_module(module), attribute)

    return get, lambda: sorted(places), sorted(places)
