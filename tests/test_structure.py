"""The house: imports point one way, there is no circle of modules or rooms, and no folder is a heap."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = ("theory", "sims", "proofs_check", "figures", "flatscape")
"""Each may import itself and what stands before it."""

LARGEST_ROOM = 15
"""Modules in a folder, `__init__.py` aside."""

MODULE_PER_FIGURE = {"figures/paper"}
"""One module for each of the paper's 26 figures and tables."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the packages by dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in ORDER
        for path in (ROOT / package).rglob("*.py")
    }


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules of ours that a file imports, inside functions too."""
    known = modules()
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            parent = ".".join([*base, *([node.module] if node.module else [])])
            # A name imported from a package is a module of it, or something that its __init__ has.
            found |= {f"{parent}.{a.name}" if f"{parent}.{a.name}" in known else parent for a in node.names}
    return frozenset(found & known.keys())


def room(module: str) -> str:
    """The package or sub-package that a module lies in."""
    path = modules()[module]
    return ".".join(path.relative_to(ROOT).parent.parts)


@pytest.mark.parametrize("package", ORDER)
def test_imports_point_one_way(package: str) -> None:
    later = set(ORDER[ORDER.index(package) + 1 :])
    wrong = {
        f"{name} imports {other}"
        for name, path in modules().items()
        if name.split(".")[0] == package
        for other in imports(path)
        if other.split(".")[0] in later
    }
    assert not wrong


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of a graph; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b", "c"}, "b": {"c"}})


def test_no_circle_of_modules() -> None:
    graph = {name: set(imports(path)) - {name} for name, path in modules().items()}
    assert not circle(graph)


@pytest.mark.parametrize("package", ORDER)
def test_no_circle_of_rooms(package: str) -> None:
    graph: dict[str, set[str]] = {}
    for name, path in modules().items():
        if name.split(".")[0] == package and path.stem != "__init__":
            rooms = {room(other) for other in imports(path) if other.split(".")[0] == package}
            graph.setdefault(room(name), set()).update(rooms - {room(name)})
    # What lies in the package itself, beside its rooms, is both the ground below them and the roof above.
    for targets in graph.values():
        targets.discard(package)
    graph.pop(package, None)
    assert not circle(graph)


def test_no_folder_is_a_heap() -> None:
    counted: dict[str, int] = {}
    for path in modules().values():
        if path.stem != "__init__":
            folder = str(path.relative_to(ROOT).parent)
            counted[folder] = counted.get(folder, 0) + 1
    heaps = {f: n for f, n in counted.items() if n > LARGEST_ROOM and f not in MODULE_PER_FIGURE}
    assert not heaps


def test_every_room_says_what_it_holds() -> None:
    silent = [str(p) for p in modules().values() if ast.get_docstring(ast.parse(p.read_text())) is None]
    assert not silent
