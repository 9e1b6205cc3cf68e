"""Small faults in Python source: each replaces one expression by a wrong one, where a formula could be miscopied.

Mutants are edits of the text at an expression's place, so that everything else, line numbers included, stays as it is.
Never touched: documentation, annotations, decorators, imports, text, what is raised or asserted, and layout arguments
(`axis`, `keepdims`, `dtype`), whose faults fail at once by shape.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from dataclasses import dataclass, field

ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
BOUNDARY: dict[type[ast.cmpop], str] = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
DIRECTION: dict[type[ast.cmpop], str] = {
    ast.Lt: ">",
    ast.LtE: ">=",
    ast.Gt: "<",
    ast.GtE: "<=",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_OPPOSITE = (
    ("min", "max"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("any", "all"),
    ("floor", "ceil"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("exp", "expm1"),
    ("log", "log1p"),
    ("sum", "mean"),
    ("sinh", "cosh"),
    ("cumsum", "cumprod"),
)
OPPOSITE = {a: b for pair in _OPPOSITE for a, b in (pair, pair[::-1])}
"""Functions, methods among them, and those they are most easily mistaken for."""

UNWRAPPED = frozenset(
    [
        "abs",
        "sqrt",
        "exp",
        "expm1",
        "log",
        "log1p",
        "cbrt",
        "square",
        "cosh",
        "arccosh",
        "round",
        "sorted",
        "stop_gradient",
    ]
)
"""Functions of one argument that a fault may leave out."""

LAYOUT_ARGUMENTS = frozenset(["axis", "keepdims", "dtype", "axes", "in_axes", "out_axes", "static_argnames"])
FLOAT_FACTOR = 1.01
"""By how much a decimal constant is off: little enough that no coarse test would see it by chance."""


@dataclass(frozen=True)
class Mutant:
    """One fault.

    **Fields**: `id`, which survives edits elsewhere in the file; `module`; `scope`, the function or class around it;
    `operator`; `line`; `start` and `end`, the place in the source; `before` and `after`, the expression's text.
    """

    id: str
    module: str
    scope: str
    operator: str
    line: int
    start: int
    end: int
    before: str
    after: str

    def applied(self, source: str) -> str:
        """The module's source with the fault."""
        return source[: self.start] + self.after + source[self.end :]

    @property
    def difference(self) -> str:
        """In one line, what becomes of what."""
        return " ".join(f"{self.before}  ->  {self.after}".split())


@dataclass(frozen=True)
class Exclusions:
    """What is wrong on purpose or arbitrary, hence not mutated.

    **Fields**: `calls`, names of functions whose arguments are left alone, each either `name` or `module:name`;
    `functions`, those whose definitions are left alone, as `module:name`; `described_tuples`: tuples that begin with a
    text are left alone.
    """

    calls: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    described_tuples: bool = False


NOTHING_EXCLUDED = Exclusions()


def find_mutants(module: str, source: str, exclusions: Exclusions = NOTHING_EXCLUDED) -> tuple[Mutant, ...]:
    """Every mutant of a module, in the order of the source; each differs from the source."""
    finder = _Finder(module, source, exclusions)
    finder.visit(ast.parse(source))
    return tuple(sorted(finder.found, key=lambda m: (m.start, m.end, m.operator, m.after)))


@dataclass
class _Finder(ast.NodeVisitor):
    module: str
    source: str
    exclusions: Exclusions
    found: list[Mutant] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The positions of `ast` count bytes within lines.
        self._lines = [0]
        for line in self.source.encode().splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._bytes = self.source.encode()
        self._scope: list[str] = []
        self._statement = ""
        self._counts: Counter[tuple[str, ...]] = Counter()

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        start, end = self._place(node)
        return self._bytes[start:end].decode()

    def _add(self, operator: str, node: ast.expr, after: str) -> None:
        start, end = self._place(node)
        self._add_text(operator, node.lineno, start, end, after)

    def _add_text(self, operator: str, line: int, start: int, end: int, after: str) -> None:
        before = self._bytes[start:end].decode()
        if "".join(before.split()) in {"".join(after.split()), "".join(after.split())[1:-1]}:
            return
        scope = ".".join(self._scope) or "module"
        place = (scope, operator, self._statement, before, after)
        self._counts[place] += 1
        digest = hashlib.sha256(repr((place, self._counts[place])).encode()).hexdigest()[:8]
        mutant = Mutant(
            f"{self.module}:{scope}:{operator}:{digest}",
            self.module,
            scope,
            operator,
            line,
            len(self._bytes[:start].decode()),
            len(self._bytes[:end].decode()),
            before,
            after,
        )
        self.found.append(mutant)

    def visit(self, node: ast.AST) -> None:
        outer = self._statement
        if isinstance(node, ast.stmt):
            self._statement = ast.unparse(node)
        super().visit(node)
        self._statement = outer

    # What is not code, and what only reports.

    def _skip(self, node: ast.AST) -> None:
        pass

    visit_Raise = visit_Assert = visit_Import = visit_ImportFrom = visit_JoinedStr = _skip

    def _visit_function(self, node: ast.FunctionDef) -> None:
        if f"{self.module}:{node.name}" in self.exclusions.functions:
            return
        self._scope.append(node.name)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self._scope.pop()

    visit_FunctionDef = _visit_function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._scope.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and "TypeAlias" not in ast.unparse(node.annotation):
            self.visit(node.value)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in LAYOUT_ARGUMENTS:
            self.visit(node.value)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        first = node.elts[0] if node.elts else None
        text = isinstance(first, ast.Constant) and isinstance(first.value, str)
        if not (self.exclusions.described_tuples and text):
            self.generic_visit(node)

    # Faults.

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._add("constant", node, str(not value))
        elif isinstance(value, int):
            self._add("constant", node, str(value + 1))
        elif isinstance(value, float):
            changed = value * FLOAT_FACTOR if value else FLOAT_FACTOR - 1
            self._add("constant", node, repr(float(f"{changed:.12g}")))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.USub | ast.Not | ast.Invert):
            self._add("sign" if isinstance(node.op, ast.USub) else "negation", node, f"({self._text(node.operand)})")
        self.visit(node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        left, right = self._text(node.left), self._text(node.right)
        wrapped_left, wrapped_right = self._wrapped(node.left), self._wrapped(node.right)
        if type(node.op) in ARITHMETIC:
            operator = "sign" if isinstance(node.op, ast.Add | ast.Sub) else "arithmetic"
            self._add(operator, node, f"({wrapped_left} {ARITHMETIC[type(node.op)]} {wrapped_right})")
        if not isinstance(node.op, ast.MatMult):
            self._add("drop" if not isinstance(node.op, ast.Pow) else "exponent", node, f"({left})")
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.BitAnd | ast.BitOr):
            self._add("drop", node, f"({right})")
        if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv):
            symbol = {ast.Sub: "-", ast.Div: "/", ast.FloorDiv: "//"}[type(node.op)]
            self._add("swap", node, f"({wrapped_right} {symbol} {wrapped_left})")
        self.generic_visit(node)

    def _wrapped(self, node: ast.expr) -> str:
        simple = isinstance(node, ast.Name | ast.Constant | ast.Attribute | ast.Call | ast.Subscript)
        return self._text(node) if simple else f"({self._text(node)})"

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = "or" if isinstance(node.op, ast.And) else "and"
        parts = [self._wrapped(value) for value in node.values]
        self._add("negation", node, f"({f' {other} '.join(parts)})")
        if len(parts) > 1:
            for k in range(len(parts)):
                rest = parts[:k] + parts[k + 1 :]
                symbol = "and" if isinstance(node.op, ast.And) else "or"
                self._add("drop", node, f"({f' {symbol} '.join(rest)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1:
            (op,), (right,) = node.ops, node.comparators
            for operator, table in (("boundary", BOUNDARY), ("comparison", DIRECTION)):
                symbol = table.get(type(op))
                if symbol is not None:
                    self._add(operator, node, f"({self._wrapped(node.left)} {symbol} {self._wrapped(right)})")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        symbol = ARITHMETIC.get(type(node.op))
        if symbol is not None:
            text = f"{self._text(node.target)} {symbol}= {self._text(node.value)}"
            start, end = self._place(node)
            self._add_text("sign", node.lineno, start, end, text)
        self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        # `array.shape[-1]` and `Array[float, "batch"]` are layout and types.
        if isinstance(node.value, ast.Attribute) and node.value.attr in ("shape", "at"):
            self.visit(node.value)
            return
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if self.exclusions.calls & {name, f"{self.module}:{name}"}:
            return
        arguments = [a for a in node.args if not isinstance(a, ast.Starred)]
        if name in OPPOSITE:
            _, end = self._place(node.func)
            self._add_text("function", node.lineno, end - len(name.encode()), end, OPPOSITE[name])
        if name in UNWRAPPED and len(node.args) == 1 == len(arguments):
            self._add("unwrap", node, f"({self._text(node.args[0])})")
        if name in ("where", "select") and len(arguments) == 3:
            condition, yes, no = (self._text(a) for a in arguments)
            self._add("swap", node, f"{self._text(node.func)}({condition}, {no}, {yes})")
        self.generic_visit(node)
