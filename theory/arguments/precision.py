"""Public functions take real numbers in any array-like, check them by name, and compute in float64.

JAX computes in float32 unless told otherwise, and a reward variance of 1e-19 is then zero. So a public function turns
what it is given into float64 and computes in it, whatever JAX's default precision is. Two things are left as they are:
values that JAX is tracing (the function is part of a caller's `jax.jit`, `jax.vmap` or `jax.grad`, whose precision it
shares; nothing can be checked there), and arrays of float32 or less, given on purpose.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from theory.arguments.checking import Arguments, all_rules, checked_arguments, shapes_of_batch, spacing
from theory.arguments.checks import is_traced
from theory.arguments.rules import Described, Numbers, Rule, Shaped, Subset

P = ParamSpec("P")
R = TypeVar("R")

NOTE = """

**Precision**: computed in float64 whatever JAX's default is, and returned as NumPy arrays where that default is
float32. Arrays of float32 or less keep their type. Inside `jax.jit`, `jax.vmap` and `jax.grad` the precision is the
caller's, and input is not checked there.

**Raises** `InvalidInputError` for what are no real numbers, for NaN, for shapes that do not fit, and for numbers
outside of what the argument means.
"""


class _Computing(threading.local):
    """Whether a public function is computing in this thread: what it calls has been checked and converted already."""

    inside = False


_computing = _Computing()


def double_precision(**own_rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function check and convert its arguments as this module says.

    **Arguments**: `own_rules`, for arguments that are something else than `theory.arguments.names` says.

    **Raises** `TypeError` where the function is declared, if one of its arguments has no rule.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        named = Arguments.of(function, all_rules(function, own_rules))

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _computing.inside:
                return function(*args, **kwargs)
            if is_traced((args, kwargs)):
                return _run(True, lambda: function(*args, **kwargs))
            given = named.given(args, kwargs)
            if given is None:
                return function(*args, **kwargs)
            ruled = named.ruled(given)
            kind = _common_type(given, ruled)
            as_given = kind != np.float64
            return _run(as_given, lambda: function(**{**given, **_converted(given, ruled, kind)}))  # type: ignore[call-arg]

        call.__doc__ = inspect.cleandoc(function.__doc__ or "") + NOTE
        return call

    return decorate


def computed_in_double(function: Callable[P, R]) -> Callable[P, R]:
    """The same precision for a function of records that this package has made (instances): nothing is checked."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _computing.inside:
            return function(*args, **kwargs)
        as_given = is_traced((args, kwargs)) or _shortest_common(jax.tree.leaves((args, kwargs))) != np.float64
        return _run(as_given, lambda: function(*args, **kwargs))

    return call


def _run(as_given: bool, compute: Callable[[], R]) -> R:
    """What `compute` gives, in float64 unless the precision is to stay as it is."""
    _computing.inside = True
    try:
        if as_given or jax.config.jax_enable_x64:  # type: ignore[attr-defined]
            return compute()
        # Where a caller's function is being traced, too, these numbers are known already: they are computed at once.
        with jax.ensure_compile_time_eval(), jax.enable_x64(True):
            return jax.tree.map(_on_the_host, compute())
    finally:
        _computing.inside = False


def _on_the_host(leaf: Any) -> Any:
    # With float32 as JAX's default, one more operation on its own arrays would round to that.
    return np.asarray(leaf) if isinstance(leaf, jax.Array) and not is_traced(leaf) else leaf


def _common_type(given: Mapping[str, Any], ruled: Mapping[str, Rule]) -> np.dtype:
    """The type that arguments are computed in."""
    leaves: list[Any] = []
    for name, rule in ruled.items():
        if isinstance(rule, Numbers | Shaped):
            leaves.append(given[name])
        elif isinstance(rule, Described):
            leaves += jax.tree.leaves(given[name])
    return _shortest_common(leaves)


def _shortest_common(leaves: Iterable[Any]) -> np.dtype:
    """Float64, unless all arrays of floating-point numbers are of shorter types."""
    # Python's numbers take the type of what they meet; lists are arrays of float64.
    arrays = (leaf for leaf in leaves if type(leaf) not in (int, float, bool))
    kinds = [getattr(leaf, "dtype", np.dtype(float)) for leaf in arrays]
    floating = [kind for kind in kinds if spacing(kind)]
    if not floating or any(kind.itemsize >= 8 for kind in floating):
        return np.dtype(np.float64)
    return np.dtype(jnp.result_type(*floating))


def _converted(given: Mapping[str, Any], ruled: Mapping[str, Rule], kind: np.dtype) -> dict[str, Any]:
    """The arguments that have rules, checked; numbers as arrays of one type, single ones repeated for every problem."""
    found = checked_arguments(given, ruled)
    own = {name: np.shape(found[name]) for name, rule in ruled.items() if isinstance(rule, Shaped)}
    for name, shape in (shapes_of_batch(found, ruled) | own).items():
        value, array = given[name], found[name]
        wanted = np.dtype(bool) if isinstance(ruled[name], Subset) else kind
        if isinstance(value, jax.Array) and value.dtype == wanted and value.shape == shape:
            found[name] = value
        else:
            array = array if array.dtype == wanted else array.astype(wanted)
            found[name] = jnp.asarray(array if array.shape == shape else np.broadcast_to(array, shape))
    return found
