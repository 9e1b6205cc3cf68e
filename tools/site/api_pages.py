"""The reference of the Python packages: a page for each, from the docstrings of what it exports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.site.cross_references import Names
from tools.site.inventories import names_in
from tools.site.markdown import fenced, joined, toctree
from tools.site.python_source import Documented, docstring_of_module, documented, exported

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "theory": "the paper as code: problems, policies, accuracies, constructions, statements",
    "theory.arrays": "the types of arrays in signatures",
    "theory.bounds": "every bound by its name",
    "theory.policies": "policies of any kind",
    "theory.estimators": "estimates from samples, with intervals",
    "theory.comparison": "reward models compared on samples",
    "sims": "gradient flow and hitting times",
    "sims.policy_gradient": "sampled policy gradient",
    "sims.reward_models": "reward models learnt from preferences",
    "sims.rlhf": "the paper's experiments in miniature",
    "sims.teaching": "reward models that teach sampled completions",
    "sims.llm": "language models",
    "proofs_check": "evidence and the ledger",
    "figures": "the numbers behind figures",
    "flatscape.audit": "audits of reward models",
}
"""The packages with a page, and what each holds."""

EXAMPLE = re.compile(r"(?:^>>> .*(?:\n(?!\s*$).*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Reference:
    """**Fields**: `pages` by their paths below docs/; `unknown`: names in signatures that no page has."""

    pages: dict[str, str]
    unknown: list[str]


def api_pages(root: Path = ROOT) -> Reference:
    """The reference of all `PACKAGES`."""
    found = {package: [documented(root, *entry) for entry in exported(root, package)] for package in PACKAGES}
    ours = {one.name for entries in found.values() for one in entries}
    ours |= {member.name for entries in found.values() for one in entries for member in one.members}
    lists = (root / "docs" / "inventories").glob("*.txt")
    foreign = {name for path in lists for name, _, _ in names_in(path.read_text(encoding="utf-8"))}
    names = Names(ours, foreign)
    pages = {f"api/{package}.md": _page(root, package, entries, names) for package, entries in found.items()}
    return Reference({"api/index.md": _index()} | pages, sorted(names.unknown))


def _index() -> str:
    lines = [f"- [`{package}`]({package}.md): {what}" for package, what in PACKAGES.items()]
    return joined(
        [
            "# API",
            "What each package exports, from its docstrings. The examples in them run in the tests "
            "(`tests/test_doctests.py`). Arguments are checked before anything is computed; what cannot be computed "
            "with is refused by an {py:obj}`InvalidInputError <theory.InvalidInputError>` that names the argument, the "
            "value and the remedy. What the shapes in signatures mean is in [`theory.arrays`](theory.arrays.md).",
            "\n".join(lines),
            toctree(PACKAGES),
        ]
    )


def _page(root: Path, package: str, entries: list[Documented], names: Names) -> str:
    return joined(
        [
            f"# {package}",
            fenced("", f"{{py:module}} {package}"),
            names.in_text(docstring_of_module(root, package), package, package),
            *_sections(root, package, entries, names),
        ]
    )


def _sections(root: Path, package: str, entries: list[Documented], names: Names) -> Iterator[str]:
    """By the modules of definition where names are taken from there, or all in one."""
    module = ""
    for one in entries:
        if one.name.startswith(f"{one.module}.") and one.module not in (module, package):
            module = one.module
            yield f"## {module}"
            yield fenced("", f"{{py:module}} {module}")
            yield names.in_text(docstring_of_module(root, module), module, module)
        yield entry(one, package, names)


def entry(one: Documented, package: str, names: Names) -> str:
    """One name as a directive of Sphinx's Python domain, its members within."""
    signature, options = names.in_signature(one.signature, package), []
    if one.kind == "py:type":
        options, signature = [f":canonical: {signature}"], ""
    if one.kind == "py:property":
        options, signature = ([f":type: {signature[2:]}"] if signature else []), ""
    body = [names.in_text(with_examples(one.text), package, one.name)]
    bases = [names.in_signature(base, package) for base in one.bases]
    if bases:
        body.insert(0, "Bases: " + ", ".join(f"`{base}`" for base in bases))
    if one.values:
        body.append("**Values**: " + ", ".join(f"`{value}`" for value in one.values) + ".")
    body += [entry(member, package, names) for member in one.members]
    if one.kind not in ("py:property", "py:method", "py:classmethod"):
        path = f"{one.module.replace('.', '/')}.py"
        body.append(f"[Source: {one.module}](../../{path})")
    if one.kind == "py:classmethod":
        return _directive("py:method", one, signature, [":classmethod:"], body, package)
    return _directive(one.kind, one, signature, options, body, package)


def _directive(kind: str, one: Documented, signature: str, options: list[str], body: list[str], package: str) -> str:
    module = one.module if one.name.startswith(f"{one.module}.") else package
    name = one.name.removeprefix(f"{module}.")
    return fenced("\n".join(["", joined(body)]), f"{{{kind}}} {name}{signature}", options=options)


def with_examples(text: str) -> str:
    """The docstring with its examples in fences; in Markdown the prompts alone would be quotations."""
    return EXAMPLE.sub(lambda match: fenced(match[0], "pycon"), text)
