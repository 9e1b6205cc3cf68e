"""Documented names: signatures, docstrings and members as the interpreter itself sees them."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from tools.site.api_pages import PACKAGES
from tools.site.python_source import documented, exported

ROOT = Path(__file__).resolve().parents[3]
WITH_STUBS = [p for p in PACKAGES if (ROOT / p.replace(".", "/") / "__init__.pyi").is_file()]


@pytest.mark.parametrize("package", WITH_STUBS)
def test_everything_that_a_package_exports_is_documented(package):
    found = {name.removeprefix(f"{package}.") for name, _, _ in exported(ROOT, package)}
    assert found == set(importlib.import_module(package).__all__)


@pytest.mark.parametrize("package", ["theory", "sims", "theory.policies"])
def test_docstrings_and_arguments_are_those_of_the_objects(package):
    for name, module, own in exported(ROOT, package):
        one = documented(ROOT, name, module, own)
        thing = getattr(importlib.import_module(package), name.removeprefix(f"{package}."))
        if one.kind == "py:data":
            continue
        assert one.text == str(inspect.getdoc(thing)).rstrip(), name
        if one.kind == "py:function":
            arguments = list(inspect.signature(inspect.unwrap(thing)).parameters)
            assert all(a in one.signature for a in arguments), name


def test_members_of_a_class():
    problem = documented(ROOT, "theory.Problem", "theory.tabular.problem", "Problem")
    assert problem.signature.startswith("(initial_log_probabilities: OutputVector, proxy_reward: OutputVector")
    members = {member.name: (member.kind, member.signature) for member in problem.members}
    assert members["theory.Problem.outputs"] == ("py:property", ": int")
    assert "theory.Problem.made_by" not in members
    ledger = documented(ROOT, "proofs_check.Ledger", "proofs_check.ledger.ledger", "Ledger")
    kinds = {member.name.rsplit(".", 1)[1]: (member.kind, member.signature) for member in ledger.members}
    assert kinds["from_record"] == ("py:classmethod", "(record: object) -> Ledger")
    assert kinds["to_record"] == ("py:method", "() -> dict[str, Any]")


def test_values_of_an_enumeration_are_named():
    status = documented(ROOT, "theory.Direction", "theory.statement", "Direction")
    assert status.values == ("LOWER", "UPPER", "NONE")


def test_names_that_are_passed_on_are_found_where_they_are_defined():
    verdict = documented(ROOT, "proofs_check.Verdict", "proofs_check.evidence.evidence", "Verdict")
    assert verdict.module == "proofs_check.evidence.verdict"
    with pytest.raises(LookupError, match="nonsense"):
        documented(ROOT, "theory.nonsense", "theory.errors", "nonsense")


def test_packages_without_a_stub_show_what_their_modules_define():
    names = [name for name, _, _ in exported(ROOT, "theory.estimators")]
    assert "theory.estimators.reward_variance.prompt_variances" in names
    assert not any(name.rsplit(".", 1)[1].startswith("_") for name in names)
    assert "theory.arrays.Scalars" in [name for name, _, _ in exported(ROOT, "theory.arrays")]


def test_an_alias_says_what_it_stands_for():
    alias = documented(ROOT, "theory.arrays.Scalars", "theory.arrays", "Scalars")
    assert (alias.kind, alias.signature) == ("py:type", "Float[AnyArray, '*batch'] | float")
