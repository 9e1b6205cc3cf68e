"""Faults in the code that hypotheses are made of, one at a time, and what a register with such a fault says."""

from __future__ import annotations

import ast
import importlib
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from theory.statement import Statement
from tools.mutation.operators import Mutant, find_mutants
from tools.mutation.quick_checks import EXCLUSIONS

CHAINS: Mapping[str, tuple[str, ...]] = {
    "HITTING_TIME_STATEMENTS": (
        "theory.bounds.lower_bounds",
        "theory.bounds.upper_bounds",
        "theory.bounds.good_set",
        "theory.instances.lower_bounds",
        "theory.instances.upper_bounds",
        "theory.statements.tabular.hitting_time_hypotheses",
        "theory.statements.tabular.hitting_times",
    ),
    "POLICY_STATEMENTS": ("theory.statements.tabular.policy_sides", "theory.statements.tabular.policies"),
    "PARAMETRIC_POLICY_STATEMENTS": ("theory.bounds.parameter_space", "theory.statements.parametric_policies"),
    "PARAMETRIC_PATH_STATEMENTS": (
        "theory.bounds.parameter_space",
        "theory.statements.parametric_policies",
        "theory.statements.parametric_paths",
    ),
    "PARAMETRIC_TIME_STATEMENTS": (
        "theory.bounds.parameter_space",
        "theory.statements.parametric_policies",
        "theory.statements.parametric_hitting_times",
    ),
}
"""The modules that hypotheses of each part of the register are made of, each after those that it imports."""

MODULE = "module"
"""The scope of what belongs to no function; lambdas among it."""


def _source(module: str) -> str:
    return Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8")


@contextmanager
def register_with(part: str, mutant: Mutant) -> Iterator[dict[str, Statement[Any]]]:
    """The statements of one part of the register, by id, made anew from sources of which one has a fault."""
    chain = CHAINS[part]
    changed = chain[chain.index(mutant.module) :]
    originals = {name: importlib.import_module(name) for name in changed}
    try:
        for name in changed:
            text = mutant.applied(_source(name)) if name == mutant.module else _source(name)
            _replace(name, _executed(name, text))
        yield {statement.id: statement for statement in getattr(sys.modules[chain[-1]], part)}
    finally:
        for name, module in originals.items():
            _replace(name, module)


def _executed(name: str, text: str) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__package__ = name.rpartition(".")[0]
    # Dataclasses look their module up by name.
    sys.modules[name] = module
    exec(compile(text, f"<{name} with a fault>", "exec"), vars(module))
    return module


def _replace(name: str, module: types.ModuleType) -> None:
    sys.modules[name] = module
    package, _, stem = name.rpartition(".")
    setattr(sys.modules[package], stem, module)


@dataclass(frozen=True)
class Reached:
    """What the hypotheses of a statement run through: functions as `(module, name)`, and names of constants; and the
    names of the hypotheses."""

    scopes: frozenset[tuple[str, str]]
    names: frozenset[str]
    hypotheses: frozenset[str]


def reached_by(statement: Statement[Any], instance: Any) -> Reached:
    """What evaluating the hypotheses of a statement runs through."""
    files = {importlib.import_module(name).__file__: name for chain in CHAINS.values() for name in chain}
    scopes: set[tuple[str, str]] = set()
    names: set[str] = set()

    def watch(frame: types.FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename in files:
            parts = [part for part in code.co_qualname.split(".") if part not in ("<locals>", "<lambda>")]
            scopes.add((files[code.co_filename], ".".join(parts) or MODULE))
            names.update(code.co_names)

    outer = sys.getprofile()
    sys.setprofile(watch)
    try:
        for hypothesis in statement.hypotheses:
            hypothesis.holds(instance)
    finally:
        sys.setprofile(outer)
    # The same condition may stand in several modules; where it stands tells them apart.
    lambdas = {f"{h.holds.__module__}:{h.holds.__code__.co_firstlineno}" for h in statement.hypotheses}
    return Reached(frozenset(scopes), frozenset(names), frozenset(lambdas))


@cache
def mutants_of(module: str) -> tuple[Mutant, ...]:
    """All faults of a module."""
    return find_mutants(module, _source(module), EXCLUSIONS)


def concerns(mutant: Mutant, reached: Reached) -> bool:
    """Whether a fault is in something that hypotheses run through."""
    if mutant.scope != MODULE:
        return (mutant.module, mutant.scope) in reached.scopes
    if _constant(mutant) in reached.names:
        return True
    return any(
        f"{mutant.module}:{first}" in reached.hypotheses and first <= mutant.line <= last
        for first, last in _conditions(mutant.module)
    )


def _constant(mutant: Mutant) -> str:
    """The name of the constant that a fault is in, empty if it is in none."""
    line = _source(mutant.module).splitlines()[mutant.line - 1]
    name = line.partition(" = ")[0]
    return name if name.isupper() else ""


@cache
def _conditions(module: str) -> tuple[tuple[int, int], ...]:
    """The lines, first and last, of the lambdas that are the conditions of hypotheses."""
    calls = [node for node in ast.walk(ast.parse(_source(module))) if isinstance(node, ast.Call)]
    conditions = [call.args[2] for call in calls if "Hypothesis" in ast.unparse(call.func) and len(call.args) > 2]
    return tuple((c.lineno, c.end_lineno or c.lineno) for c in conditions if isinstance(c, ast.Lambda))
