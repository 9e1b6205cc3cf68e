"""Formulas over real numbers, written as people write them: as SMT-LIB for solvers, and evaluated at numbers.

A formula is a Python expression in `+ - * /`, powers with a whole exponent, comparisons (chained ones too), `and`,
`or`, `not`, `abs`, `max` and `min` of two arguments: `"X**2 <= W*Q"`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import TypeAlias

Number: TypeAlias = Fraction | float | int

_OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_ARITHMETIC: dict[type[ast.AST], Callable[..., Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.AST], str] = {ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">", ast.Eq: "="}
_FUNCTIONS = {"abs": 1, "max": 2, "min": 2}


class FormulaError(ValueError):
    """A formula that is not of the form described above."""


def parse(formula: str) -> ast.expr:
    """The syntax tree of a formula. **Raises** `FormulaError` if it is none."""
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"formula: got {formula!r}. {error.msg}.") from error


def variables(formulas: Iterable[str]) -> list[str]:
    """The names of the real variables that occur, sorted."""
    return sorted(set[str]().union(*map(_names, formulas)))


@lru_cache(maxsize=8192)
def _names(formula: str) -> frozenset[str]:
    nodes = ast.walk(parse(formula))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and node.id not in _FUNCTIONS)


def script(assertions: Sequence[str], negated: str | None = None) -> str:
    """An SMT-LIB script: the variables, the assertions, and the negation of one more formula if it is given.

    It opens with the formulas as comments, and ends before `(check-sat)`, which the solver's interface asks for.
    """
    formulas = [*assertions, *([] if negated is None else [negated])]
    lines = [f"; {formula}" for formula in assertions]
    if negated is not None:
        lines.append(f"; and not: {negated}")
    lines.append("(set-logic QF_NRA)")
    lines += [f"(declare-const {name} Real)" for name in variables(formulas)]
    lines += [f"(assert {to_smtlib(assertion)})" for assertion in assertions]
    if negated is not None:
        lines.append(f"(assert (not {to_smtlib(negated)}))")
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=8192)
def to_smtlib(formula: str) -> str:
    """A formula as an SMT-LIB term. **Raises** `FormulaError` where it uses anything else."""
    return _term(parse(formula), formula)


def _constant(value: object, formula: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FormulaError(f"formula: got {value!r} in {formula!r}. Write numbers as quotients of whole numbers.")
    return str(value)


def _term(node: ast.expr, formula: str) -> str:
    term = partial(_term, formula=formula)
    match node:
        case ast.Constant(value=value):
            return _constant(value, formula)
        case ast.Name(id=name):
            return name
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(exponent))) if exponent >= 1:
            return f"(* {' '.join([term(left)] * exponent)})" if exponent > 1 else term(left)
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _OPERATORS:
            return f"({_OPERATORS[type(kind)]} {term(left)} {term(right)})"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(- {term(operand)})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"(not {term(operand)})"
        case ast.BoolOp(op=kind, values=values):
            return f"({'and' if isinstance(kind, ast.And) else 'or'} {' '.join(map(term, values))})"
        case ast.Compare(left=left, ops=operators, comparators=others) if all(
            type(o) in _COMPARISONS for o in operators
        ):
            parts = []
            for comparison, other in zip(operators, others, strict=True):
                parts.append(f"({_COMPARISONS[type(comparison)]} {term(left)} {term(other)})")
                left = other
            return parts[0] if len(parts) == 1 else f"(and {' '.join(parts)})"
        case ast.Call(func=ast.Name(id=name), args=arguments) if _FUNCTIONS.get(name) == len(arguments):
            return _call(name, [term(argument) for argument in arguments])
    raise FormulaError(
        f"formula: got {formula!r}. It uses something other than arithmetic, comparisons and abs/max/min."
    )


def _call(name: str, arguments: list[str]) -> str:
    first, second = arguments[0], arguments[-1]
    if name == "abs":
        return f"(ite (>= {first} 0) {first} (- {first}))"
    return f"(ite ({'>=' if name == 'max' else '<='} {first} {second}) {first} {second})"


def substitute(formula: str, replacements: Mapping[str, str]) -> str:
    """The formula with variables replaced by terms, all at once."""

    return ast.unparse(ast.fix_missing_locations(_Replace(replacements).visit(parse(formula))))


class _Replace(ast.NodeTransformer):
    def __init__(self, replacements: Mapping[str, str]) -> None:
        self.replacements = replacements

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return parse(self.replacements[node.id]) if node.id in self.replacements else node


def value(formula: str, numbers: Mapping[str, Number]) -> Number:
    """The value of a term at numbers, exact where they are fractions."""
    result = _evaluate(parse(formula), numbers)
    if isinstance(result, bool):
        raise TypeError(f"formula: got {formula!r}, which is true or false. A term has a value.")
    return result


def holds(formula: str, numbers: Mapping[str, Number], *, tolerance: float = 0.0) -> bool:
    """Whether a formula is true at numbers.

    **Arguments**: `tolerance`: by how much, relative to the sides, a comparison may be missed; for premises at numbers
    that are rounded. Exact fractions need none.
    """
    result = _evaluate(parse(formula), numbers, tolerance)
    if not isinstance(result, bool):
        raise TypeError(f"formula: got {formula!r}, which is a number. A formula is true or false.")
    return result


def _evaluate(node: ast.expr, numbers: Mapping[str, Number], tolerance: float = 0.0) -> Number | bool:
    evaluate = partial(_evaluate, numbers=numbers, tolerance=tolerance)
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id=name):
            return numbers[name]
        case ast.BinOp(left=left, op=kind, right=right):
            first, second = evaluate(left), evaluate(right)
            if isinstance(kind, ast.Pow):
                return first ** int(second)
            return _ARITHMETIC[type(kind)](first, second)
        case ast.UnaryOp(op=kind, operand=operand):
            return not evaluate(operand) if isinstance(kind, ast.Not) else -evaluate(operand)
        case ast.BoolOp(op=kind, values=values):
            parts = [bool(evaluate(v)) for v in values]
            return all(parts) if isinstance(kind, ast.And) else any(parts)
        case ast.Compare(left=left, ops=operators, comparators=others):
            sides = [evaluate(side) for side in (left, *others)]
            return all(_compare(o, a, b, tolerance) for o, a, b in zip(operators, sides, sides[1:], strict=False))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return {"abs": abs, "max": max, "min": min}[name](*map(evaluate, arguments))  # type: ignore[operator]
    raise FormulaError(f"formula: got {ast.unparse(node)!r}, which cannot be evaluated.")


def _compare(comparison: ast.cmpop, first: Number, second: Number, tolerance: float) -> bool:
    slack = tolerance * (abs(float(first)) + abs(float(second))) if tolerance else 0.0
    gap: Number = first - second
    match comparison:
        case ast.LtE():
            return gap <= slack
        case ast.Lt():
            return gap < slack
        case ast.GtE():
            return gap >= -slack
        case ast.Gt():
            return gap > -slack
        case _:
            return -slack <= gap <= slack
