"""The quick checks of `theory`, in stages from the fastest to the slowest, each run in a child that may be a mutant.

Ours is imported inside the checks only, so that the parent has nothing of it. What is imported here is what it needs.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from tools.mutation.operators import Exclusions
from tools.mutation.runner import Stage

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "theory"
CHECKED_WITH = ("theory", "proofs_check")
"""What every outcome depends on, besides the tests that are run."""

EXCLUSIONS = Exclusions(
    frozenset(
        {
            "make_problem",
            "make_policy_problem",
            "table_problem",
            "PolicyCase",
            "PathCase",
            "HittingTimeCase",
            "_problem_instance",
            "_at_policy",
            "Control",
            "_stronger",
        }
        | {f"theory.statements.tabular.paths:{name}" for name in ("_path",)}
        | {f"theory.statements.parametric_policies:{name}" for name in ("log_linear_policy", "_reward_case")}
        | {f"theory.statements.best_of_n:{name}" for name in ("_witness",)}
    ),
    functions=frozenset(
        {
            "theory.statements.tabular.paths:_at_rate",
            "theory.statements.parametric_paths:fastest_growing_case",
            "theory.statements.parametric_policies:shared_coin_case",
            "theory.statements.parametric_policies:_shifted_logits",
        }
    ),
    described_tuples=True,
)
"""The numbers of controls and of their witnesses: any false twin, and any point that refutes it, would do. That each is
refuted, and that its statement is not, is itself among the checks."""

LIMIT_FACTOR = 5.0
LEAST_LIMIT = 20.0


def prepare() -> None:
    """Imports what the checks need of others, without computing anything, so that children start with it."""
    os.environ.setdefault("HYPOTHESIS_PROFILE", "mutation")
    cache_directory = ROOT / "out" / "mutation-cache"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache_directory))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    import beartype
    import flint
    import hypothesis.extra.numpy
    import jax
    import jax.flatten_util
    import mpmath
    import numpy as np
    import pytest
    import scipy.integrate
    import scipy.optimize
    import scipy.special
    import scipy.stats
    import sympy

    assert all((beartype, flint, hypothesis, mpmath, np, pytest, scipy, sympy))
    if jax._src.xla_bridge.backends_are_initialized():
        raise RuntimeError("JAX has started its threads: children cannot be forked safely.")
    imported = [name for name in sys.modules if name.split(".")[0] in CHECKED_WITH]
    if imported:
        raise RuntimeError(f"children would share what should be mutated: {', '.join(imported)} is imported already.")


def register_check() -> str | None:
    """The register's sides and hypotheses, the constants and the limits, against what is proved, at rational points."""
    from proofs_check.conformance.hypotheses import hypothesis_disagreement
    from proofs_check.conformance.printed_tabular import STATED
    from proofs_check.conformance.tabular import register_disagreement, register_sides
    from proofs_check.proofs.register import PROOFS
    from tools.mutation.comparisons import Comparisons

    sides = register_sides(list(STATED))
    problem = next((p for p in (register_disagreement(id, sides[id], STATED[id]) for id in sides) if p), None)
    problem = problem or next((p for p in map(hypothesis_disagreement, STATED) if p), None)
    return problem or Comparisons(PROOFS).disagreement()


def parametric_register_check() -> str | None:
    """The same for statements about policies of any kind, their hypotheses included."""
    from proofs_check.conformance.parametric import parametric_disagreement, parametric_values
    from proofs_check.conformance.printed_parametric import PARAMETRIC_STATED
    from proofs_check.proofs.register import PROOFS
    from tools.mutation.comparisons import Comparisons

    values = parametric_values(list(PARAMETRIC_STATED))
    problem = next((p for p in (parametric_disagreement(id, values[id]) for id in PARAMETRIC_STATED) if p), None)
    return problem or Comparisons(PROOFS).disagreement()


def tabular_check(subject: str) -> str | None:
    """A reduced ledger of the statements of one subject about tabular policies."""
    from proofs_check.sampling.tabular import Settings, sample
    from theory.statements.register import STATEMENTS

    settings = Settings(sizes=(3,), problems=24, regularized_problems=8, policies=32, regularized_sizes=(3,))
    return _unsound(sample([s for s in STATEMENTS if s.subject.name == subject], settings=settings, seed=0))


def certified_check() -> str | None:
    """Lemmas decided by branch and bound, and a few certified instances."""
    from proofs_check.certificates.hitting_times import CertifiedSettings, certify
    from proofs_check.certificates.lemmas import decide_lemmas
    from theory.statements.register import STATEMENTS

    settings = CertifiedSettings(sizes=(3,), problems=1, most_steps=20)
    tabular = [s for s in STATEMENTS if not s.subject.parametric]
    return _unsound(decide_lemmas(STATEMENTS)) or _unsound(certify(tabular, settings=settings, seed=0))


def parametric_check(kind: str) -> str | None:
    """A reduced ledger of the statements about policies of any kind."""
    from proofs_check.instances.parametric_families import KINDS
    from proofs_check.sampling.parametric import ParametricSettings, sample_parametric
    from theory.statements.register import STATEMENTS

    settings = ParametricSettings({kind: KINDS[kind]}, policies={kind: 16}, flows={kind: 2})
    return _unsound(sample_parametric([s for s in STATEMENTS if s.subject.parametric], settings=settings, seed=0))


def _unsound(evidence: Sequence[object]) -> str | None:
    for item in evidence:
        if not item.sound or item.verdict.value == "not applicable":  # type: ignore[attr-defined]
            return f"{item.statement}: {item.verdict.value}, control refuted: {item.control.refuted}"  # type: ignore[attr-defined]
    return None


class _FirstFailure:
    """A pytest plugin that remembers what failed first."""

    failure: str | None = None

    def pytest_runtest_logreport(self, report: object) -> None:
        if self.failure is None and getattr(report, "failed", False):
            message = getattr(getattr(report.longrepr, "reprcrash", None), "message", "")  # type: ignore[attr-defined]
            self.failure = f"{report.nodeid}: {message.splitlines()[0] if message else 'error'}"  # type: ignore[attr-defined]

    def pytest_collectreport(self, report: object) -> None:
        self.pytest_runtest_logreport(report)


def tests_check(paths: Sequence[str]) -> str | None:
    """Files of tests, to the first failure, with few and always the same random examples."""
    import pytest

    os.chdir(ROOT)
    plugin = _FirstFailure()
    code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *paths], plugins=[plugin])
    return None if code == 0 else plugin.failure or f"{paths[0]}: pytest ended with {code!r}"


OF_ARGUMENTS = ("tests/theory/test_public_input.py", "tests/theory/arguments/test_precision.py")
KINDS_TRIED = ("log-linear", "table")
SUBJECTS = {
    "POLICY": ("theory.statements.tabular.policies", "theory.statements.pathwise"),
    "BEST_OF_N": ("theory.statements.best_of_n",),
    "PATH": ("theory.statements.tabular.paths",),
    "HITTING_TIME": ("theory.statements.tabular.hitting_times",),
    "RUN": ("theory.statements.runs",),
    "GROUP_TRAINING": ("theory.statements.runs",),
    "REFERENCE": ("theory.statements.tabular.other_reference",),
}
"""The modules that register the statements about tabular policies."""

PARAMETRIC = (
    "theory.instances.parametric",
    "theory.statements.parametric_policies",
    "theory.statements.parametric_paths",
    "theory.statements.parametric_hitting_times",
)
SHARED = frozenset(["theory.statement", "theory.statements.register"])
"""What all statements are made of; from there on, everything is reached."""


class Part(NamedTuple):
    """One check: its name, which is the path for a file of tests, and what does it (None for a file of tests)."""

    name: str
    check: Callable[[], str | None] | None = None


def parts_of(module: str, tests: Sequence[str]) -> list[list[Part]]:
    """The checks for a mutant of a module, in groups that each run in one child: the register, the module's own tests
    and those that import it, small ledgers, and tests of others that it could matter to.

    What checks arguments is in the way of everything, and right input passes it: only tests with wrong input tell.
    """
    if module.startswith("theory.arguments."):
        own = [path for path in tests if path in (test_path(module), *OF_ARGUMENTS)]
        importing = [path for path in tests if path not in own and module in imported_by_file(path)]
        return [[Part(path) for path in group] for group in (own, importing) if group]
    of_subject = {
        subject: module in SHARED or any(module in _reached(start) for start in starts)
        for subject, starts in SUBJECTS.items()
    }
    parametric = module in SHARED or any(module in _reached(start) for start in PARAMETRIC)
    own = [path for path in tests if path == test_path(module)]
    importing = [path for path in tests if path not in own and module in imported_by_file(path)]
    # Modules without tests of their own, and the register, are tested with all statements.
    indirect = [p for p in tests if not own and p not in importing and module in reachable_from_file(p)]
    registers = [Part("register", register_check)] if any(of_subject.values()) else []
    registers += [Part("register, any policy", parametric_register_check)] if parametric else []
    ledgers = [Part(f"ledger, {s.lower()}", partial(tabular_check, s)) for s, reached in of_subject.items() if reached]
    if of_subject["HITTING_TIME"] or of_subject["POLICY"]:
        ledgers.append(Part("certified", certified_check))
    if parametric:
        ledgers += [Part(f"ledger, {kind}", partial(parametric_check, kind)) for kind in KINDS_TRIED]
    reached = any(of_subject.values()) or parametric
    groups = [registers, [Part(p) for p in own], [Part(p) for p in importing], ledgers]
    groups.append([Part(p) for p in indirect] if reached else [])
    return [group for group in groups if group]


def stages_of(module: str, seconds: dict[str, float], tests: Sequence[str]) -> list[Stage]:
    """The stages for a mutant of a module.

    **Arguments**: `seconds`, what each check takes by name where nothing is mutated, so that cheap ones come first;
    `tests`: files of tests.
    """
    return [_stage(group, seconds) for group in parts_of(module, tests)]


def _stage(parts: Sequence[Part], seconds: dict[str, float]) -> Stage:
    parts = sorted(parts, key=lambda part: seconds.get(part.name, 0.0))
    limit = max(LEAST_LIMIT, LIMIT_FACTOR * sum(seconds.get(part.name, 0.0) for part in parts))
    names = tuple(part.name for part in parts)
    return Stage(names[0], partial(run_parts, tuple(parts)), limit, names)


def run_parts(parts: Sequence[Part]) -> str | None:
    """Checks in turn, to the first that notices something; its name comes first in what it says."""
    files = [part.name for part in parts if part.check is None]
    found = tests_check(files) if files else None
    for part in parts:
        if found is None and part.check is not None:
            problem = part.check()
            found = None if problem is None else f"{part.name}: {problem}"
    return found


def test_path(module: str) -> str:
    """Where a module's own tests are: tests mirror the packages."""
    folder, _, name = module.rpartition(".")
    return f"tests/{folder.replace('.', '/')}/test_{name}.py"


def _reached(start: str) -> frozenset[str]:
    """What a module that registers statements rests on, other than what all of them are made of."""
    return reachable(start, without=SHARED)


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The modules of ours that a file imports, by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(name for name in found if module_path(name) is not None)


def module_path(name: str) -> Path | None:
    """The file of one of our modules; None for a package or anybody else's."""
    path = ROOT / (name.replace(".", "/") + ".py")
    return path if path.exists() else None


@cache
def reachable(module: str, without: frozenset[str] = frozenset()) -> frozenset[str]:
    """The module and all of ours that importing it imports, but for those of `without` and what only they import."""
    reached: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        path = module_path(name)
        if name not in reached | without and path is not None:
            reached.add(name)
            ahead += imports_of(path)
    return frozenset(reached)


@cache
def imported_by_file(path: str) -> frozenset[str]:
    """The modules of ours that a file of tests imports itself; through a package, those that define its names."""
    found = set(imports_of(ROOT / path))
    text = (ROOT / path).read_text()
    if "from theory.policies import" in text:
        found |= {f"theory.policies.{p.stem}" for p in (ROOT / "theory/policies").glob("*.py")}
    return frozenset(found)


@cache
def reachable_from_file(path: str) -> frozenset[str]:
    """All modules of ours that a file of tests imports, however indirectly."""
    return frozenset().union(*(reachable(name) for name in imported_by_file(path)), imported_by_file(path))


def test_files() -> list[str]:
    """The files of tests of the package."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/theory").rglob("test_*.py"))


def modules() -> list[str]:
    """The modules that are mutated."""
    paths = sorted((ROOT / PACKAGE).rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if path.stem != "__init__"]
