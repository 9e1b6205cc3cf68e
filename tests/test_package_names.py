"""No package exports a name that one of its modules has: `from sims import x` would depend on what came before."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

ROOTS = ("theory", "sims", "proofs_check", "figures", "flatscape")


def packages() -> list[str]:
    found = list(ROOTS)
    for root in ROOTS:
        inside = pkgutil.walk_packages(importlib.import_module(root).__path__, f"{root}.")
        found += [module.name for module in inside if module.ispkg]
    return found


def test_packages_are_found():
    assert {"sims.policy_gradient", "theory.policies", "figures.paper"} <= set(packages())


@pytest.mark.parametrize("name", packages())
def test_no_exported_name_is_a_module(name):
    package = importlib.import_module(name)
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    exported = set(getattr(package, "__all__", ())) | {key for key in vars(package) if not key.startswith("_")}
    # A submodule that has been imported is an attribute of its package: that is no export.
    exported -= {key for key, value in vars(package).items() if getattr(value, "__name__", "") == f"{name}.{key}"}
    assert not exported & modules
    assert not set(getattr(package, "__all__", ())) & modules


def test_in_any_order_of_imports():
    for package_name in ("sims", "sims.policy_gradient", "proofs_check"):
        package = importlib.import_module(package_name)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package_name}.{module.name}")
        for name in package.__all__:
            assert not hasattr(getattr(package, name), "__path__")
            assert type(getattr(package, name)).__name__ != "module"
