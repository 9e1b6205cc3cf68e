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

from tools.mutation.operators import Exclusions
from tools.mutation.runner import Stage

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "theory"
CHECKED_WITH = ("theory", "proofs_check")
"""What every outcome depends on, besides the tests that are run."""

EXCLUSIONS = Exclusions(
    frozenset(
        {"make_problem", "make_policy_problem", "table_case", "_problem_instance", "_at_policy", "Control", "_stronger"}
        | {f"theory.statements.tabular_paths:{name}" for name in ("_path",)}
        | {f"theory.statements.parametric_policies:{name}" for name in ("log_linear_policy", "_reward_case")}
        | {f"theory.statements.best_of_n:{name}" for name in ("_witness",)}
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


def tests_check(path: str) -> str | None:
    """One file of tests, to its first failure, with few and always the same random examples."""
    import pytest

    os.chdir(ROOT)
    plugin = _FirstFailure()
    code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", path], plugins=[plugin])
    return None if code == 0 else plugin.failure or f"{path}: pytest ended with {code!r}"


KINDS_TRIED = ("log-linear", "table")
SUBJECTS = {
    "POLICY": "theory.statements.tabular_policies",
    "BEST_OF_N": "theory.statements.best_of_n",
    "PATH": "theory.statements.tabular_paths",
    "HITTING_TIME": "theory.statements.tabular_hitting_times",
}
"""The modules that register the statements about tabular policies."""

PARAMETRIC = (
    "theory.instances.parametric",
    "theory.statements.parametric_policies",
    "theory.statements.parametric_paths",
    "theory.statements.parametric_hitting_times",
)
SHARED = frozenset(["theory.statements.statement", "theory.statements.register"])
"""What all statements are made of; from there on, everything is reached."""


def stages_of(module: str, seconds: dict[str, float], tests: Sequence[str]) -> list[Stage]:
    """The stages for a mutant of a module: the register, its own tests, and the others it could matter to.

    **Arguments**: `seconds`, what each stage takes by name where nothing is mutated, so that cheap ones come first;
    `tests`: files of tests.
    """
    of_subject = {subject: module in SHARED | _reached(start) for subject, start in SUBJECTS.items()}
    parametric = module in SHARED or any(module in _reached(start) for start in PARAMETRIC)
    own = [path for path in tests if Path(path).stem == f"test_{module.rsplit('.', 1)[-1]}"]
    importing = [path for path in tests if path not in own and module in imported_by_file(path)]
    # Modules without tests of their own, and the register, are tested with all statements.
    indirect = [p for p in tests if not own and p not in importing and module in reachable_from_file(p)]
    first: list[tuple[str, Callable[[], str | None]]] = [(path, partial(tests_check, path)) for path in own]
    if parametric:
        first.insert(0, ("register, any policy", parametric_register_check))
    if any(of_subject.values()):
        first.insert(0, ("register", register_check))
    rest: list[tuple[str, Callable[[], str | None]]] = [(path, partial(tests_check, path)) for path in importing]
    rest += [(f"ledger, {s.lower()}", partial(tabular_check, s)) for s, reached in of_subject.items() if reached]
    if of_subject["HITTING_TIME"] or of_subject["POLICY"]:
        rest.append(("certified", certified_check))
    if parametric:
        rest += [(f"ledger, {kind}", partial(parametric_check, kind)) for kind in KINDS_TRIED]
    if any(of_subject.values()) or parametric:
        rest += [(path, partial(tests_check, path)) for path in indirect]
    rest.sort(key=lambda entry: seconds.get(entry[0], 0.0))
    return [Stage(n, c, max(LEAST_LIMIT, LIMIT_FACTOR * seconds.get(n, 0.0))) for n, c in [*first, *rest]]


@cache
def _reached(start: str) -> frozenset[str]:
    """What a module that registers statements rests on, other than what all of them are made of."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        path = module_path(name)
        if name not in reached | SHARED and path is not None:
            reached.add(name)
            ahead += imports_of(path)
    return frozenset(reached)


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
def reachable(module: str) -> frozenset[str]:
    """The module and all of ours that importing it imports."""
    reached: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        path = module_path(name)
        if name not in reached and path is not None:
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
