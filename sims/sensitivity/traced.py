"""Hitting times inside `jax.jit`, `jax.vmap` and `jax.grad`: the solvers run on the host, derivatives are implicit."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import log_softmax

from sims.hitting import Hitting
from sims.sensitivity.hitting_times import time_derivatives
from theory.arguments.checks import is_traced, traced_input
from theory.arrays import OutputVector, Scalars
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem

P = ParamSpec("P")


def traceable(solve: Callable[P, Hitting]) -> Callable[P, Hitting]:
    """Makes `solve` accept a problem some of whose numbers JAX is tracing.

    It is a function of `problem`, `increase`, `watched_reward` and settings that needs concrete numbers; settings have
    to be concrete still. The time that is found can be differentiated once. Initial log-probabilities that are traced
    need not be normalised: they are logits.
    """
    signature = inspect.signature(solve)

    @functools.wraps(solve)
    def call(*args: P.args, **kwargs: P.kwargs) -> Hitting:
        if not is_traced((args, kwargs)):
            return solve(*args, **kwargs)
        given = signature.bind(*args, **kwargs).arguments
        problem, increase, watched = (given.pop(name, None) for name in ("problem", "increase", "watched_reward"))
        if not isinstance(problem, Problem):
            raise InvalidInputError("problem", f"a {type(problem).__name__}", "Give what theory.make_problem makes.")
        for name, value in given.items():
            if is_traced(value):
                raise traced_input(name)
        return _traced(_differentiable(solve, tuple(given.items())), problem, increase, watched)

    return call


def _traced(times: Callable[..., Any], problem: Problem, increase: Scalars, watched: OutputVector | None) -> Hitting:
    logits = jnp.asarray(problem.initial_log_probabilities)
    rewards = (problem.proxy_reward, problem.ground_truth_reward if watched is None else watched)
    numbers = (problem.kl_coefficient, problem.prompts, increase)
    vectors = [jnp.broadcast_to(jnp.asarray(a), logits.shape) for a in rewards]
    singles = [jnp.broadcast_to(jnp.asarray(a), logits.shape[:-1]) for a in numbers]
    kind = jnp.result_type(float)
    return Hitting(*times(*(a.astype(kind) for a in (logits, *vectors, *singles))))


@functools.cache
def _differentiable(solve: Callable[..., Hitting], settings: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
    """The time, its relative error, the status and the evaluations, as a function of six arrays.

    One function for each choice of settings, so that what JAX has compiled for it is found again.
    """

    @jax.custom_jvp
    def times(*given: jax.Array) -> tuple[jax.Array, ...]:
        batch = given[-1].shape
        kinds = (given[0].dtype, given[0].dtype, jnp.int8, jnp.int32)
        shapes = tuple(jax.ShapeDtypeStruct(batch, kind) for kind in kinds)
        return tuple(jax.pure_callback(_solved, shapes, *given, vmap_method="broadcast_all"))

    def _solved(*given: Any) -> tuple[np.ndarray, ...]:
        kind = np.asarray(given[0]).dtype
        logits, proxy, watched, coefficient, prompts, increase = (np.asarray(a, np.float64) for a in given)
        problem = Problem(log_softmax(logits, axis=-1), proxy, watched, coefficient, prompts)
        found = solve(problem, increase, watched_reward=watched, **dict(settings))
        numbers = (np.asarray(a).astype(kind) for a in (found.time, found.relative_error))
        return (*numbers, np.asarray(found.status, np.int8), np.asarray(found.evaluations).astype(np.int32))

    @times.defjvp
    def moved(primals: tuple[jax.Array, ...], tangents: tuple[jax.Array, ...]) -> tuple[Any, Any]:
        found = times(*primals)
        vector, number = (jax.ShapeDtypeStruct(primals[k].shape, primals[0].dtype) for k in (0, -1))
        shapes = (vector, vector, vector, number, number, number)
        derivatives = jax.pure_callback(
            _differentiated, shapes, *primals, found[0], found[2], vmap_method="broadcast_all"
        )
        change = sum(
            jnp.sum(d * t, axis=-1) if d.ndim > found[0].ndim else d * t
            for d, t in zip(derivatives, tangents, strict=True)
        )
        nothing = (np.zeros(found[k].shape, jax.dtypes.float0) for k in (2, 3))
        return found, (change, jnp.zeros_like(found[1]), *nothing)

    return times


def _differentiated(*given: Any) -> tuple[np.ndarray, ...]:
    """The derivatives in the order of the arguments, on the host."""
    kind = np.asarray(given[0]).dtype
    logits, proxy, watched, coefficient, prompts, _, time = (np.asarray(a, np.float64) for a in given[:-1])
    status, batch, outputs = np.asarray(given[-1]), logits.shape[:-1], logits.shape[-1]
    rows = [a.reshape(-1, outputs) for a in (log_softmax(logits, axis=-1), proxy, watched)]
    found = time_derivatives(*rows, *(a.reshape(-1) for a in (coefficient, prompts, time, status)))
    shaped = (a.reshape(batch + a.shape[1:]) for a in found)
    return tuple(a.astype(kind) for a in shaped)
