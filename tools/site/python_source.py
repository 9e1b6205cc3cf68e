"""Packages as a reader of their documentation sees them: exported names with signatures and docstrings, from source.

Nothing of it is imported: stubs (`__init__.pyi`) say what a package exports, and syntax trees the rest. Docstrings
are Markdown, which Sphinx's own reader of docstrings, for reStructuredText, would misread.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from theory.arguments.precision import NOTE


@dataclass(frozen=True)
class Documented:
    """One exported name.

    **Fields**

    - `name` as a user writes it, with its package; `kind`: the directive of Sphinx's Python domain.
    - `signature`: arguments and result, with annotations, or what an alias of a type stands for.
    - `text`: the docstring; `module` it is defined in.
    - `bases` and `members` of a class; `values` of an enumeration.
    """

    name: str
    kind: str
    signature: str
    text: str
    module: str
    bases: tuple[str, ...] = ()
    members: tuple[Documented, ...] = ()
    values: tuple[str, ...] = ()


def source_of(root: Path, module: str) -> Path:
    """The file of a module or package."""
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def exported(root: Path, package: str) -> list[tuple[str, str, str]]:
    """Exported names, the modules that define them and their names there: by the package's stub, or else the public
    functions and classes of its modules."""
    folder = root.joinpath(*package.split("."))
    if not folder.is_dir():
        body = ast.parse(source_of(root, package).read_text(encoding="utf-8")).body
        return [(f"{package}.{name}", package, name) for name in map(_assigned, body) if name]
    stub = folder / "__init__.pyi"
    if stub.is_file():
        found = []
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                module = f"{package}.{node.module}"
                found += [(f"{package}.{alias.asname or alias.name}", module, alias.name) for alias in node.names]
        return found
    modules = [f"{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    return [
        (f"{module}.{node.name}", module, node.name)
        for module in modules
        for node in ast.parse(source_of(root, module).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


def docstring_of_module(root: Path, module: str) -> str:
    """The docstring of a module or package."""
    return ast.get_docstring(ast.parse(source_of(root, module).read_text(encoding="utf-8"))) or ""


def documented(root: Path, name: str, module: str, own: str) -> Documented:
    """What is exported as `name` and defined as `own` in a module.

    **Raises** `LookupError` if the module does not define it.
    """
    body = ast.parse(source_of(root, module).read_text(encoding="utf-8")).body
    for place, node in enumerate(body):
        if isinstance(node, ast.ImportFrom) and own in {alias.asname or alias.name for alias in node.names}:
            return documented(root, name, str(node.module), own)
        if isinstance(node, ast.FunctionDef) and node.name == own:
            return _function(node, name, module, "py:function")
        if isinstance(node, ast.ClassDef) and node.name == own:
            return _class(node, name, module)
        if _assigned(node) == own:
            following = body[place + 1] if place + 1 < len(body) else None
            alias = isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.unparse(node.annotation)
            stands_for = ast.unparse(node.value) if alias and isinstance(node, ast.AnnAssign) and node.value else ""
            return Documented(name, "py:type" if alias else "py:data", stands_for, _text(following), module)
    raise LookupError(f"{module} does not define {own}.")


def _assigned(node: ast.stmt) -> str:
    target = (
        node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
    )
    return target.id if isinstance(target, ast.Name) else ""


def _text(node: ast.stmt | None) -> str:
    """The text of a string that stands alone, as it does below a constant."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def _function(node: ast.FunctionDef, name: str, module: str, kind: str, *, method: bool = False) -> Documented:
    arguments = node.args
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    if method and not static:
        (arguments.posonlyargs or arguments.args).pop(0)
    # This decorator adds to what the docstring of its function says.
    checked = any(ast.unparse(d).startswith("double_precision(") for d in node.decorator_list)
    text = (ast.get_docstring(node) or "") + NOTE.rstrip() * (checked and not method)
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Documented(name, kind, f"({ast.unparse(arguments)}){result}", text, module)


def _class(node: ast.ClassDef, name: str, module: str) -> Documented:
    bases = tuple(ast.unparse(base) for base in node.bases)
    text = ast.get_docstring(node) or ""
    members = tuple(_members(node, name, module))
    enumerated = any(base.endswith(("Enum", "Flag")) for base in bases)
    values = tuple(_assigned(n) for n in node.body if isinstance(n, ast.Assign)) if enumerated else ()
    return Documented(name, "py:class", _made_with(node), text, module, bases, members, values)


def _made_with(node: ast.ClassDef) -> str:
    """The arguments that make an instance: those of `__init__`, or the fields."""
    written = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    if written:
        return _function(written[0], "", "", "", method=True).signature.removesuffix(" -> None")
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and not _assigned(n).startswith("_")]
    arguments = [
        f"{_assigned(n)}: {ast.unparse(n.annotation)}{_default(n.value)}"
        for n in fields
        if "ClassVar" not in ast.unparse(n.annotation)
    ]
    return f"({', '.join(arguments)})" if arguments else ""


def _default(value: ast.expr | None) -> str:
    """The default of a field as a reader would write it; what a factory makes is left open."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("field", "dataclasses.field"):
        given = {keyword.arg: keyword.value for keyword in value.keywords}
        return f" = {ast.unparse(given['default'])}" if "default" in given else " = ..."
    return "" if value is None else f" = {ast.unparse(value)}"


def _members(node: ast.ClassDef, name: str, module: str) -> Iterator[Documented]:
    for member in node.body:
        if not isinstance(member, ast.FunctionDef) or member.name.startswith("_") or not ast.get_docstring(member):
            continue
        decorators = {ast.unparse(d) for d in member.decorator_list}
        computed = decorators & {"property", "cached_property", "functools.cached_property"}
        kind = "py:property" if computed else "py:method"
        found = _function(member, f"{name}.{member.name}", module, kind, method=True)
        if kind == "py:property":
            annotation = ast.unparse(member.returns) if member.returns else ""
            found = Documented(found.name, kind, f": {annotation}" if annotation else "", found.text, module)
        elif "classmethod" in decorators:
            found = Documented(found.name, "py:classmethod", found.signature, found.text, module)
        yield found
