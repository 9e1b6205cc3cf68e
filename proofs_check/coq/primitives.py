"""The constants of Coq's libraries that the formal statements use, as functions of numbers, lists and functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

from proofs_check.coq import numbers


@dataclass(frozen=True)
class Primitive:
    """A function of `arity` arguments."""

    function: Callable[..., Any]
    arity: int

    @property
    def curried(self) -> Any:
        """The function of one argument at a time; the value itself if there are no arguments."""
        return _curried(self.function, self.arity, ())


def _curried(function: Callable[..., Any], arity: int, given: tuple[Any, ...]) -> Any:
    if len(given) == arity:
        return function(*given)
    return lambda value: _curried(function, arity, (*given, value))


@dataclass(frozen=True)
class Constructed:
    """A value of an inductive type: its constructor, and the constructor's arguments."""

    constructor: str
    arguments: tuple[Any, ...] = ()

    @classmethod
    def of(cls, value: Any) -> Constructed:
        """A Python value as what a match takes apart: a boolean, a natural number, or a tuple for a list."""
        match value:
            case Constructed():
                return value
            case bool():
                return cls("true" if value else "false")
            case int():
                return cls("S", (value - 1,)) if value else cls("O")
            case ():
                return cls("nil")
            case tuple():
                return cls("cons", (value[0], value[1:]))
        raise TypeError(f"value: got {value!r:.40}. A match takes apart booleans, natural numbers and tuples.")


def _equal(type: Any, a: Any, b: Any) -> bool:
    if callable(a) or callable(b):
        raise TypeError("functions cannot be compared")
    return numbers.same(a, b) if not isinstance(a, bool | tuple) else a == b


def _derivative_is(field: Any, module: Any, function: Any, at: Any, slope: Any) -> bool:
    return numbers.same(numbers.derivative(function, at), slope)


def _integral_is(module: Any, function: Any, low: Any, high: Any, value: Any) -> bool:
    """Along the paths that are given here integrands are constant but for the ends."""
    inner = [low + (high - low) * share for share in (0.25, 0.5, 0.75)]
    heights = [function(t) for t in inner]
    if not all(numbers.same(a, b) for a, b in pairwise(heights)):
        raise ValueError("an integrand that is not constant")
    return numbers.same(heights[0] * (high - low), value)


def _of(arity: int, function: Callable[..., Any]) -> Primitive:
    return Primitive(function, arity)


def _constant(value: Any) -> Primitive:
    return Primitive(lambda: value, 0)


TYPES = ("R", "nat", "bool", "Rbar", "list", "sort", "R_AbsRing", "R_NormedModule", "R_UniformSpace")


def _of_types(argument: Any) -> Any:
    """What stands for every type and for every function of types: nothing is computed with them."""
    return _of_types


PRIMITIVES: dict[str, Primitive] = {
    # Real numbers.
    "IZR": _of(1, lambda z: z),
    "INR": _of(1, lambda n: n),
    "Rplus": _of(2, lambda a, b: a + b),
    "Rminus": _of(2, lambda a, b: a - b),
    "Rmult": _of(2, numbers.multiply),
    "Ropp": _of(1, lambda a: -a),
    "Rinv": _of(1, numbers.inverse),
    "Rdiv": _of(2, numbers.divide),
    "pow": _of(2, numbers.power),
    "Rpower": _of(2, numbers.rpower),
    "sqrt": _of(1, numbers.sqrt),
    "exp": _of(1, numbers.exp),
    "ln": _of(1, numbers.ln),
    "asin": _of(1, numbers.arcsine),
    "Rabs": _of(1, numbers.absolute),
    "Rmin": _of(2, min),
    "sign": _of(1, numbers.sign),
    "Finite": _of(1, lambda x: x),
    "Req_EM_T": _of(2, lambda a, b: Constructed("left" if a == b else "right", (None,))),
    # Natural numbers, booleans and lists.
    "S": _of(1, lambda n: n + 1),
    "sub": _of(2, lambda a, b: max(a - b, 0)),
    "eqb": _of(2, lambda a, b: a == b),
    "true": _constant(True),
    "false": _constant(False),
    "nil": _of(1, lambda type: ()),
    "cons": _of(3, lambda type, head, tail: (head, *tail)),
    "app": _of(3, lambda type, a, b: (*a, *b)),
    "length": _of(2, lambda type, items: len(items)),
    "seq": _of(2, lambda start, count: tuple(range(start, start + count))),
    "map": _of(4, lambda a, b, f, items: tuple(f(x) for x in items)),
    "flat_map": _of(4, lambda a, b, f, items: tuple(y for x in items for y in f(x))),
    "fold_right": _of(5, lambda a, b, f, start, items: reduce(lambda done, x: f(x)(done), reversed(items), start)),
    "FiniteSum.rsum": _of(3, lambda type, items, f: sum((f(x) for x in items), start=0)),
    # Propositions.
    "eq": _of(3, _equal),
    "not": _of(1, lambda holds: None if holds is None else not holds),
    "lt": _of(2, lambda a, b: a < b),
    "Rlt": _of(2, lambda a, b: a < b),
    "Rle": _of(2, lambda a, b: a <= b),
    "Rbar_le": _of(2, lambda a, b: a <= b),
    "In": _of(3, lambda type, item, items: item in items),
    # Analysis: derivatives are exact; that a path is continuous is taken for granted.
    "Derive": _of(2, numbers.derivative),
    "is_derive": _of(5, _derivative_is),
    "is_RInt": _of(5, _integral_is),
    "filterlim": _of(5, lambda *_: True),
    "continuous": _of(4, lambda *_: True),
    "at_right": _of(1, lambda at: None),
    "locally": _of(2, lambda space, at: None),
    # Types, which nothing depends on.
    **{name: _constant(_of_types) for name in TYPES},
}
"""By name, without the file but for one of ours, the sum over a list (the remark `total_is` says that it is one).
Those with implicit arguments take them first, since nothing is hidden in what is read."""
