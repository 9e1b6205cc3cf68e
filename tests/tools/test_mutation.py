"""Mutation testing on a toy module: which faults there are, and that a runner tells those that a check notices."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.mutation import quick_checks
from tools.mutation.operators import Exclusions, Mutant, find_mutants
from tools.mutation.records import (
    Record,
    append_record,
    noticed,
    read_explanations,
    read_records,
    source_hash,
    stratified,
)
from tools.mutation.report import markdown, summary

TOY = '''"""A toy: 1 + 2."""

from math import sqrt
from typing import TypeAlias

Number: TypeAlias = float
RATE = 2.0


@cache(maxsize=3)
def area(side: int | float, *, scale: float = 1.5) -> float:
    """Never 7 or 8."""
    assert side < 9
    if side <= 0 and scale > 0:
        raise ValueError(f"got {side + 1}")
    total = -RATE * side**2 / scale
    total += sqrt(side)
    # ä: two bytes
    return max(total - side, axis=-1)
'''


def differences(source: str, **exclusions: Any) -> set[str]:
    return {m.difference for m in find_mutants("toy", source, Exclusions(**exclusions))}


def test_each_kind_of_fault_is_there() -> None:
    assert differences(TOY) == {
        "2.0 -> 2.02",
        "1.5 -> 1.515",
        "0 -> 1",
        "2 -> 3",
        "side <= 0 -> (side < 0)",
        "side <= 0 -> (side >= 0)",
        "scale > 0 -> (scale >= 0)",
        "scale > 0 -> (scale < 0)",
        "side <= 0 and scale > 0 -> ((side <= 0) or (scale > 0))",
        "side <= 0 and scale > 0 -> ((side <= 0))",
        "side <= 0 and scale > 0 -> ((scale > 0))",
        "-RATE -> (RATE)",
        "-RATE * side**2 -> ((-RATE) / (side**2))",
        "-RATE * side**2 -> (-RATE)",
        "-RATE * side**2 -> (side**2)",
        "side**2 -> (side)",
        "-RATE * side**2 / scale -> ((-RATE * side**2) * scale)",
        "-RATE * side**2 / scale -> (-RATE * side**2)",
        "-RATE * side**2 / scale -> (scale / (-RATE * side**2))",
        "total += sqrt(side) -> total -= sqrt(side)",
        "sqrt(side) -> (side)",
        "max -> min",
        "total - side -> (total + side)",
        "total - side -> (total)",
        "total - side -> (side)",
        "total - side -> (side - total)",
    }


def test_mutants_differ_from_the_source_by_one_expression() -> None:
    mutants = find_mutants("toy", TOY)
    assert len({m.id for m in mutants}) == len(mutants)
    for mutant in mutants:
        changed = mutant.applied(TOY)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(TOY))
        assert changed.count("\n") == TOY.count("\n")
        (line,) = {k for k, (a, b) in enumerate(zip(TOY.split("\n"), changed.split("\n"), strict=True), 1) if a != b}
        assert line == mutant.line


def test_ids_survive_edits_elsewhere_in_the_file() -> None:
    before = {m.id for m in find_mutants("toy", TOY)}
    assert {m.id for m in find_mutants("toy", "import os\n\n" + TOY.replace("# ä: two bytes", "# other"))} == before


def test_what_is_excluded() -> None:
    source = 'x = (f(1.0), g(2.0), ("text", 3.0), (4.0, 5.0))\n'
    every = {"1.0 -> 1.01", "2.0 -> 2.02", "3.0 -> 3.03", "4.0 -> 4.04", "5.0 -> 5.05"}
    assert differences(source) == every
    assert differences(source, calls=frozenset({"f", "other:g"})) == every - {"1.0 -> 1.01"}
    assert differences(source, calls=frozenset({"toy:g"})) == every - {"2.0 -> 2.02"}
    assert differences(source, described_tuples=True) == every - {"3.0 -> 3.03"}
    function = "def f(x=1.0):\n    return 2.0\n\ndef g():\n    return 3.0\n"
    assert differences(function, functions=frozenset({"toy:f", "other:g"})) == {"3.0 -> 3.03"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = a & ~b\n", {"a & ~b -> (a | (~b))", "a & ~b -> (a)", "a & ~b -> (~b)", "~b -> (b)"}),
        ("y = where(a, b, c)\n", {"where(a, b, c) -> where(a, c, b)"}),
        (
            "y = a.shape[-1] + a.sum()\n",
            {
                "a.shape[-1] + a.sum() -> (a.shape[-1] - a.sum())",
                "sum -> mean",
                "a.shape[-1] + a.sum() -> (a.shape[-1])",
                "a.shape[-1] + a.sum() -> (a.sum())",
            },
        ),
        ("y = sum(a, axis=-1, keepdims=True)\n", {"sum -> mean"}),
        ("y = not a == b\n", {"not a == b -> (a == b)", "a == b -> (a != b)"}),
        ("y = True\n", {"True -> False"}),
        ("y = 0.0\n", {"0.0 -> 0.01"}),
    ],
)
def test_single_expressions(source: str, expected: set[str]) -> None:
    assert differences(source) == expected


RUN = """
import importlib, json, sys, time
from pathlib import Path
from tools.mutation.operators import find_mutants
from tools.mutation.runner import Stage, run_stages

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
path = folder / "toy_formula.py"

def exact():
    toy = importlib.import_module("toy_formula")
    return None if toy.double(3) == 6 else "double"

def slow():
    toy = importlib.import_module("toy_formula")
    while toy.LIMIT < 5:
        time.sleep(0.01)

def dies():
    import os
    if importlib.import_module("toy_formula").double(1) != 2:
        os.abort()

stages = [Stage("exact", exact, 30.0), Stage("slow", slow, 1.0), Stage("dies", dies, 30.0)]
mutants = find_mutants("toy_formula", path.read_text())
jobs = [(m.difference, stages, (path, m.applied(path.read_text()))) for m in mutants]
jobs.append(("none", stages, None))
jobs.append(("dies alone", stages[2:], (path, path.read_text().replace("2 *", "3 *"))))
told = []
outcomes = run_stages(jobs, workers=int(sys.argv[2]), finished=lambda name, outcome: told.append(name))
assert sorted(told) == sorted(outcomes)
assert "toy_formula" not in sys.modules
print(json.dumps({k: [v.status.value, v.stage, v.detail] for k, v in outcomes.items()}))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_the_runner_on_a_toy_module(tmp_path: Path, workers: int) -> None:
    """In a process of its own: this one has threads of JAX's."""
    source = "LIMIT = 5\n\ndef double(x):\n    return 2 * x if x < 9 else 18 + x\n"
    path = tmp_path / "toy_formula.py"
    path.write_text(source)
    # Compiled files of the right source must not be taken for the mutants'.
    subprocess.run([sys.executable, "-c", "import toy_formula"], cwd=tmp_path, check=True)
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), str(workers)],
        cwd=quick_checks.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    outcomes = json.loads(run.stdout)
    assert outcomes.pop("none") == ["survived", None, ""]
    status, stage, detail = outcomes.pop("dies alone")
    assert (status, stage) == ("killed", "dies")
    assert "ended with status" in detail
    assert outcomes.pop("LIMIT = 5 -> 6", None) is None
    killed = {k for k, (status, stage, _) in outcomes.items() if (status, stage) == ("killed", "exact")}
    assert killed == {"2 -> 3", "2 * x -> (2 / x)", "2 * x -> (2)", "2 * x -> (x)", "x < 9 -> (x > 9)"}
    # Nothing looks at the other branch.
    survived = {k for k, (status, _, _) in outcomes.items() if status == "survived"}
    assert survived == {
        "5 -> 6",
        "9 -> 10",
        "x < 9 -> (x <= 9)",
        "18 -> 19",
        "18 + x -> (18 - x)",
        "18 + x -> (18)",
        "18 + x -> (x)",
    }
    assert path.read_text() == source


def test_a_run_without_end_is_cut_short(tmp_path: Path) -> None:
    (tmp_path / "toy_formula.py").write_text("LIMIT = 4\n\ndef double(x):\n    return 2 * x\n")
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), "2"],
        cwd=quick_checks.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout)["none"][:2] == ["timed out", "slow"]


def record(id: str, status: str, stage: str | None = None, module: str = "theory.bounds.lower_bounds") -> Record:
    return Record(id, module, "sign", 3, "a + b -> (a - b)", status, stage, "", 1.0, "hash")


def test_records_are_kept_and_the_last_one_counts(tmp_path: Path) -> None:
    store = tmp_path / "out" / "mutation.jsonl"
    assert read_records(store) == {}
    for kept in (record("a", "survived"), record("b", "timed out", "register"), record("a", "killed", "register")):
        append_record(store, kept)
    records = read_records(store)
    assert records["a"].status == "killed"
    assert all(noticed(r) for r in records.values())


def test_the_hash_is_of_the_sources(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("y = 1\n")
    first = source_hash(tmp_path, ["one", "b.py"])
    assert source_hash(tmp_path, ["one", "b.py"]) == first
    (tmp_path / "one" / "a.py").write_text("x = 2\n")
    assert source_hash(tmp_path, ["one", "b.py"]) != first
    assert source_hash(tmp_path, ["b.py"]) != first


def test_a_sample_is_spread_over_the_modules() -> None:
    mutants = [Mutant(f"{m}{k}", m, "", "sign", 1, 0, 1, "", "") for m, n in (("a", 400), ("b", 4)) for k in range(n)]
    sample = stratified(mutants, 44, 0)
    assert sample == stratified(mutants, 44, 0) != stratified(mutants, 44, 1)
    assert sum(m.module == "b" for m in sample) == 4
    assert set(stratified(mutants, 30, 0)) <= set(sample)
    assert len(stratified(mutants, 1000, 0)) == 404


def test_the_report_names_what_survives(tmp_path: Path) -> None:
    path = tmp_path / "survivors.toml"
    assert read_explanations(path) == {}
    path.write_text('[[survivor]]\nids = ["b", "z"]\nreason = "Both are zero."\n')
    records = [
        record("a", "killed", "register"),
        record("b", "survived"),
        record("c", "survived"),
        record("d", "timed out", "tests/theory/bounds/test_lower_bounds.py"),
    ]
    report = summary(records, read_explanations(path), {"theory.bounds.lower_bounds": 9}, seed=0, complete=[])
    assert (report["mutants"], report["noticed"], report["timed_out"], report["survivors_explained"]) == (4, 2, 1, 1)
    assert report["by_module"] == {"theory.bounds.lower_bounds": {"generated": 9, "mutants": 4, "noticed": 2}}
    page = markdown(report)
    assert "2 of 4 mutants noticed, 50.0%" in page
    assert "Both are zero. (`b`)" in page
    assert "**Not explained.** (`c`)" in page


def test_every_module_has_stages_and_every_explanation_a_mutant() -> None:
    tests = quick_checks.test_files()
    mutants: list[Mutant] = []
    for module in quick_checks.modules():
        path = quick_checks.module_path(module)
        assert path is not None
        found = find_mutants(module, path.read_text(), quick_checks.EXCLUSIONS)
        assert not found or quick_checks.stages_of(module, {}, tests), module
        mutants += found
    explained = read_explanations(Path(quick_checks.__file__).with_name("survivors.toml"))
    assert set(explained) <= {m.id for m in mutants}


def test_what_the_register_reaches() -> None:
    assert "theory.moments" in quick_checks.reachable("theory.statements.register")
    assert "theory.accuracy.pairs" not in quick_checks.reachable("theory.statements.register")
    assert "theory.policies.transformer" in quick_checks.imported_by_file("tests/theory/policies/test_policies.py")


def test_the_parent_imports_nothing_that_mutants_are_checked_with():
    code = "import tools.mutation.__main__; from tools.mutation.quick_checks import prepare; prepare()"
    subprocess.run([sys.executable, "-c", code], cwd=quick_checks.ROOT, check=True)
    broken = subprocess.run(
        [sys.executable, "-c", f"import theory; {code}"], cwd=quick_checks.ROOT, capture_output=True, text=True
    )
    assert broken.returncode == 1
    assert "children would share what should be mutated: theory" in broken.stderr
