"""`jax.jit` for programs that should be there soon: on processors compilation is what a first run waits for.

Two settings of XLA matter (measured with jaxlib 0.10 on an x86 processor, whole ledger):

- Without its fusion emitters a program is compiled in about half the time. Most run as fast as before; those with long
  chains of operations between two loops do not (the stepping with a KL term takes up to twice as long: measure).
- Without optimisation as well it is compiled in a sixth of the time, and runs about five times slower.

A third one is for programs that run beside each other, one on each core: XLA shares each of their operations out to all
cores, and small operations wait for that.

Other compilers, and versions of jaxlib that do not know these settings, use their own. Options belong to whole
programs: what is decorated here may be batched by `jax.vmap`, but not called inside another compiled function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, Protocol, TypeVar, runtime_checkable

import jax

R = TypeVar("R")


@runtime_checkable
class Decorator(Protocol):
    """From a function to the same function, compiled."""

    def __call__(self, function: Callable[..., R], /) -> Callable[..., R]: ...


SOONER: Mapping[str, Any] = {"xla_cpu_use_fusion_emitters": False}
UNOPTIMISED: Mapping[str, Any] = {**SOONER, "xla_backend_optimization_level": 0}
ONE_THREAD: Mapping[str, Any] = {"xla_cpu_multi_thread_eigen": False}


@cache
def _accepted(options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """The options, if the backend is a processor whose compiler knows all of them; else none."""
    if jax.default_backend() != "cpu":
        return {}
    try:
        jax.jit(lambda number: number + 1, compiler_options=dict(options))(0)
    except jax.errors.JaxRuntimeError:
        return {}
    return dict(options)


def _compiled(options: Mapping[str, Any], jit_options: Mapping[str, Any]) -> Decorator:
    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        # Not before the first call: which options there are is known once a backend has been chosen.
        @cache
        def program() -> Callable[..., R]:
            return jax.jit(function, compiler_options=_accepted(tuple(options.items())), **jit_options)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> R:
            return program()(*args, **kwargs)

        call.program = program  # type: ignore[attr-defined]
        return call

    return decorate


def compiled_sooner(**jit_options: Any) -> Decorator:
    """`jax.jit` for a program that runs often, but not for hours: a decorator.

    **Arguments**: those of `jax.jit` after the function, by keyword.

    >>> import jax.numpy as jnp
    >>> from theory.compilation import compiled_sooner
    >>> @compiled_sooner()
    ... def total(numbers):
    ...     return jnp.sum(numbers)
    >>> float(total(jnp.arange(4.0)))
    6.0
    """
    return _compiled(SOONER, jit_options)


def compiled_for_one_run(**jit_options: Any) -> Decorator:
    """`jax.jit` for a program that takes longer to compile than to run: a decorator, hardly optimised.

    **Arguments**: those of `jax.jit` after the function, by keyword.

    >>> import jax.numpy as jnp
    >>> from theory.compilation import compiled_for_one_run
    >>> @compiled_for_one_run(static_argnames="count")
    ... def numbers(count):
    ...     return jnp.arange(count)
    >>> numbers(count=3).tolist()
    [0, 1, 2]
    """
    return _compiled(UNOPTIMISED, jit_options)


def compiled_for_a_thread(**jit_options: Any) -> Decorator:
    """`jax.jit` for a program that several threads run at once (`sims.parallel.threads`): a decorator.

    Each of them computes alone, in the thread that calls it.

    **Arguments**: those of `jax.jit` after the function, by keyword.

    >>> import jax.numpy as jnp
    >>> from theory.compilation import compiled_for_a_thread
    >>> @compiled_for_a_thread()
    ... def total(numbers):
    ...     return jnp.sum(numbers)
    >>> float(total(jnp.arange(4.0)))
    6.0
    """
    return _compiled(ONE_THREAD, jit_options)
