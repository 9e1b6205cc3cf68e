"""Extrapolation of the linearly implicit Euler method, for stiff lanes of problems.

Method: Deuflhard; Hairer and Wanner, *Solving Ordinary Differential Equations II*, 2nd ed., Section IV.9 (their code
SEULEX), here with a fixed number of columns. Column `n` takes `n` equal substeps `x <- x + (I - h J)^-1 h f(x)` with
the Jacobian `J` frozen at the start of the step; the combination of the columns' results that cancels all powers of the
substep up to the last is of order `columns`. It is L-stable enough for our purpose, needs no Newton iteration, and as
each column is added to a running weighted sum, memory does not grow with the order.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import jax
import jax.numpy as jnp
from jax import lax


def extrapolation_weights(first: int, columns: int) -> tuple[float, ...]:
    """Weights of the columns with `first, ..., columns` substeps whose combination has order `columns - first + 1`.

    Aitken-Neville in closed form: the value at zero of the polynomial in the substep through the columns' results.
    """
    numbers = range(first, columns + 1)
    weights = []
    for own in numbers:
        weight = Fraction(1)
        for other in numbers:
            if other != own:
                weight *= Fraction(own, own - other)
        weights.append(float(weight))
    return tuple(weights)


def evaluations(columns: int) -> int:
    """Right-hand sides (and linear solves) that one step takes."""
    return columns * (columns + 1) // 2


def linearly_implicit_step(
    velocity: Callable[[jax.Array], jax.Array],
    make_solver: Callable[[jax.Array], Callable[[jax.Array], jax.Array]],
    start_velocity: jax.Array,
    step: jax.Array,
    columns: int,
) -> tuple[jax.Array, jax.Array]:
    """One step of `dx/dt = velocity(x)` from `x = 0`.

    **Arguments**

    - `velocity`: autonomous right-hand side, from shape `(outputs, lanes)` to the same shape.
    - `make_solver`: from a substep `h`, shape `(1, lanes)`, to the map `b -> (I - h J)^-1 b`, `J` the stiff part of the
      Jacobian at `x = 0`.
    - `start_velocity`: `velocity(0)`, shape `(outputs, lanes)`.
    - `step`: the length of the step, shape `(1, lanes)`.
    - `columns`: how many columns, at least two; the order of the result.

    **Returns** the increment `x` and an estimate of its error entry by entry (the difference to order `columns - 1`, so
    it overestimates the error of the increment), both of shape `(outputs, lanes)`.
    """
    best = jnp.asarray(extrapolation_weights(1, columns))
    previous = jnp.asarray((0.0, *extrapolation_weights(2, columns)))

    def column(index: jax.Array, sums: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        substep = step / (index + 1)
        solve = make_solver(substep)

        def advance(_: jax.Array, position: jax.Array) -> jax.Array:
            return position + solve(substep * velocity(position))

        end = lax.fori_loop(0, index, advance, solve(substep * start_velocity))
        return sums[0] + best[index] * end, sums[1] + (best[index] - previous[index]) * end

    nothing = jnp.zeros_like(start_velocity)
    return lax.fori_loop(0, columns, column, (nothing, nothing))
