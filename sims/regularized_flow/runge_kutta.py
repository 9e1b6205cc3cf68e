"""An explicit Runge-Kutta step of order eight, for lanes of problems that are not stiff.

Method: the 12-stage pair DOP853 of Dormand and Prince with the error estimate of Hairer, Norsett and Wanner, *Solving
Ordinary Differential Equations I*, 2nd ed., Section II.5 and Section II.10 (their public code dop853.f has these
numbers).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from theory.arrays import AnyArray

ORDER = 8

STAGE_WEIGHTS: tuple[tuple[float, ...], ...] = (
    (0.05260015195876773,),
    (0.0197250569845379, 0.0591751709536137),
    (0.02958758547680685, 0.0, 0.08876275643042054),
    (0.2413651341592667, 0.0, -0.8845494793282861, 0.924834003261792),
    (0.037037037037037035, 0.0, 0.0, 0.17082860872947386, 0.12546768756682242),
    (0.037109375, 0.0, 0.0, 0.17025221101954405, 0.06021653898045596, -0.017578125),
    (
        0.03709200011850479,
        0.0,
        0.0,
        0.17038392571223998,
        0.10726203044637328,
        -0.015319437748624402,
        0.008273789163814023,
    ),
    (
        0.6241109587160757,
        0.0,
        0.0,
        -3.3608926294469414,
        -0.868219346841726,
        27.59209969944671,
        20.154067550477894,
        -43.48988418106996,
    ),
    (
        0.47766253643826434,
        0.0,
        0.0,
        -2.4881146199716677,
        -0.590290826836843,
        21.230051448181193,
        15.279233632882423,
        -33.28821096898486,
        -0.020331201708508627,
    ),
    (
        -0.9371424300859873,
        0.0,
        0.0,
        5.186372428844064,
        1.0914373489967295,
        -8.149787010746927,
        -18.52006565999696,
        22.739487099350505,
        2.4936055526796523,
        -3.0467644718982196,
    ),
    (
        2.273310147516538,
        0.0,
        0.0,
        -10.53449546673725,
        -2.0008720582248625,
        -17.9589318631188,
        27.94888452941996,
        -2.8589982771350235,
        -8.87285693353063,
        12.360567175794303,
        0.6433927460157636,
    ),
)
"""Row `i` combines the slopes of the stages before stage `i + 1`; the problem is autonomous, so no nodes are needed."""

STEP_WEIGHTS = (
    0.054293734116568765,
    0.0,
    0.0,
    0.0,
    0.0,
    4.450312892752409,
    1.8915178993145003,
    -5.801203960010585,
    0.3111643669578199,
    -0.1521609496625161,
    0.20136540080403034,
    0.04471061572777259,
)
FIFTH_ORDER_ERROR = (
    0.01312004499419488,
    0.0,
    0.0,
    0.0,
    0.0,
    -1.2251564463762044,
    -0.4957589496572502,
    1.6643771824549864,
    -0.35032884874997366,
    0.3341791187130175,
    0.08192320648511571,
    -0.022355307863886294,
)
THIRD_ORDER_ERROR = (
    -0.18980075407240762,
    0.0,
    0.0,
    0.0,
    0.0,
    4.450312892752409,
    1.8915178993145003,
    -5.801203960010585,
    -0.4226823213237919,
    -0.1521609496625161,
    0.20136540080403034,
    0.02265179219836082,
)


Position = tuple[jax.Array, jax.Array]


def _combine(weights: AnyArray | tuple[float, ...], slopes: jax.Array) -> jax.Array:
    """The sum of the stages' slopes, shape `(stages, rows, lanes)`, times their weights."""
    return jnp.tensordot(jnp.asarray(weights), slopes, 1)


def _blend(fifth: jax.Array, third: jax.Array) -> jax.Array:
    # Hairer's err5^2 / sqrt(err5^2 + err3^2 / 100), in maximum norms so that it is one factor per lane.
    largest_fifth = jnp.max(jnp.abs(fifth), axis=0, keepdims=True)
    largest_third = jnp.max(jnp.abs(third), axis=0, keepdims=True)
    size = jnp.hypot(largest_fifth, 0.1 * largest_third)
    return jnp.where(size > 0, largest_fifth / jnp.where(size > 0, size, 1.0), 1.0) * fifth


def dormand_prince_step(
    velocity: Callable[[jax.Array], Position], start_velocity: Position, step: jax.Array
) -> tuple[Position, Position]:
    """One step of `dx/da = f(x), dt/da = g(x)` from `x = 0, t = 0`.

    **Arguments**

    - `velocity`: `x -> (f(x), g(x))`, of shapes `(outputs, lanes)` and `(1, lanes)`. Called 11 times.
    - `start_velocity`: `velocity(0)`.
    - `step`: the length of the step in `a`, shape `(1, lanes)`.

    **Returns** the increments `(x, t)` and estimates of their errors entry by entry (of order seven, so they
    overestimate the errors of the increments).
    """
    # Stages that are still to come have slopes and weights of zero: with one loop one stage is compiled, not eleven.
    stages = len(STEP_WEIGHTS)
    weights = np.array([np.pad(row, (0, stages - len(row))) for row in STAGE_WEIGHTS])

    def stage(index: jax.Array | int, slopes: Position) -> Position:
        reached = velocity(step * _combine(jnp.asarray(weights)[index], slopes[0]))
        return slopes[0].at[index + 1].set(reached[0]), slopes[1].at[index + 1].set(reached[1])

    first = tuple(jnp.zeros((stages, *part.shape), part.dtype).at[0].set(part) for part in start_velocity)
    slopes = lax.fori_loop(0, stages - 1, stage, (first[0], first[1]))
    increments, errors = [], []
    for parts in slopes:
        increments.append(step * _combine(STEP_WEIGHTS, parts))
        errors.append(step * _blend(_combine(FIFTH_ORDER_ERROR, parts), _combine(THIRD_ORDER_ERROR, parts)))
    return (increments[0], increments[1]), (errors[0], errors[1])
