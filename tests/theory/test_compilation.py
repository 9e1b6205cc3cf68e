"""Programs that are compiled sooner: the same numbers, with options only where the compiler knows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory import compilation
from theory.arrays import AnyArray
from theory.compilation import SOONER, UNOPTIMISED, compiled_for_a_thread, compiled_for_one_run, compiled_sooner


def softmax(logits: AnyArray, times: int = 1) -> AnyArray:
    for _ in range(times):
        logits = jax.nn.softmax(jnp.asarray(logits), axis=-1)
    return logits


@pytest.mark.parametrize("decorator", [compiled_sooner, compiled_for_one_run, compiled_for_a_thread])
def test_the_numbers_are_those_of_jit(decorator: Callable[..., Any]) -> None:
    logits = np.random.default_rng(0).normal(size=(5, 7))
    expected = np.asarray(jax.jit(softmax, static_argnames="times")(logits, times=3))
    compiled = decorator(static_argnames="times")(softmax)
    np.testing.assert_allclose(np.asarray(compiled(logits, times=3)), expected, rtol=1e-14)
    np.testing.assert_allclose(
        np.asarray(jax.vmap(compiled)(logits)), np.asarray(jax.vmap(softmax)(logits)), rtol=1e-14
    )


def test_nothing_is_compiled_before_the_first_call_and_once_for_each_shape() -> None:
    traced = []

    @compiled_sooner()
    def double(number: jax.Array) -> jax.Array:
        """Twice as much."""
        traced.append(number.shape)
        return 2 * number

    assert (double.__name__, double.__doc__, traced) == ("double", "Twice as much.", [])
    for shape in ((2,), (2,), (3,)):
        double(jnp.ones(shape))
    assert traced == [(2,), (3,)]


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="the options are those of the compiler for processors")
def test_a_program_has_the_options_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    jit = jax.jit

    def noted(function: Callable[..., Any], *, compiler_options: dict[str, Any], **others: Any) -> Any:
        given.append((compiler_options, others))
        return jit(function, compiler_options=compiler_options, **others)

    monkeypatch.setattr(compilation.jax, "jit", noted)
    accepted = compilation._accepted(tuple(UNOPTIMISED.items()))
    compiled_for_one_run(static_argnums=1)(softmax)(jnp.ones(3), 2)
    assert given[-1] == (accepted, {"static_argnums": 1})
    assert accepted in ({}, UNOPTIMISED)


def test_options_that_a_compiler_does_not_know_are_left_out() -> None:
    """As in later versions of jaxlib, whose compiler has no fusion emitters to leave out."""
    assert compilation._accepted((("xla_no_such_option", False),)) == {}
    assert compilation._accepted((*SOONER.items(), ("xla_no_such_option", False))) == {}


def test_other_backends_get_no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    compilation._accepted.cache_clear()
    monkeypatch.setattr(compilation.jax, "default_backend", lambda: "gpu")
    try:
        assert compilation._accepted(tuple(SOONER.items())) == {}
    finally:
        compilation._accepted.cache_clear()
