"""Gradient ascent with a fixed step size on a tabular policy: the discrete practice that the flow idealises.

`theta_{k+1} = theta_k + step_size (1 / |S|) grad phi(theta_k)`, the explicit Euler method for the paper's Eq (4): with
the time `k * step_size` it tends to the gradient flow at first order in the step size.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import log_softmax

from sims.hitting import Hitting, Status
from sims.policy_path import Trajectory
from sims.reward_gain import reward_gain
from theory.arguments.checking import checked_input
from theory.arguments.names import FINITE, FINITE_POSITIVE, ONE_TABULAR_PROBLEM, TABULAR_PROBLEM
from theory.arguments.number_rules import finite
from theory.arguments.rules import Shaped, Single, Whole
from theory.arguments.shape_rules import batch_of_problem, rewards_of_problem
from theory.arrays import OutputVector, Scalars
from theory.compilation import compiled_sooner
from theory.errors import InvalidInputError
from theory.tabular.policy import policy_gradient
from theory.tabular.problem import Problem

_RUNNING = -1


def _ascend(logits: jax.Array, problem: Problem, step_size: jax.Array) -> jax.Array:
    gradient = policy_gradient(logits, problem.initial_log_probabilities, problem.proxy_reward, problem.kl_coefficient)
    return logits + (step_size / problem.prompts)[..., None] * gradient


@compiled_sooner(static_argnames=("records", "record_every"))
def _record(problem: Problem, step_size: jax.Array, records: int, record_every: int) -> jax.Array:
    def one_record(logits: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        logits = lax.fori_loop(0, record_every, lambda _, value: _ascend(value, problem, step_size), logits)
        return logits, log_softmax(logits)

    start = jnp.asarray(problem.initial_log_probabilities)
    _, path = lax.scan(one_record, start, None, length=records)
    return jnp.concatenate([log_softmax(start)[None], path])


@compiled_sooner()
def _first_steps(
    problem: Problem, watched: jax.Array, step_size: jax.Array, increase: jax.Array, max_steps: jax.Array
) -> tuple[jax.Array, jax.Array]:
    start = jnp.asarray(problem.initial_log_probabilities)
    initial_log_probabilities = log_softmax(start, axis=-1)

    def going(state: tuple) -> jax.Array:
        step, _, code, _ = state
        return (step < max_steps) & jnp.any(code == _RUNNING)

    def body(state: tuple) -> tuple:
        step, logits, code, when = state
        moved = _ascend(logits, problem, step_size)
        finite = jnp.all(jnp.isfinite(moved), axis=-1)
        gain = reward_gain(initial_log_probabilities, log_softmax(moved, axis=-1), watched)
        running = code == _RUNNING
        after = jnp.where(finite & (gain >= increase), Status.REACHED, jnp.where(finite, _RUNNING, Status.FAILED))
        when = jnp.where(running & finite, step + 1, when)
        return step + 1, moved, jnp.where(running, after.astype(code.dtype), code), when

    code = jnp.where(increase <= 0, int(Status.REACHED), _RUNNING)
    _, _, code, when = lax.while_loop(going, body, (jnp.asarray(0), start, code, jnp.zeros(code.shape, jnp.int64)))
    return jnp.where(code == _RUNNING, int(Status.CENSORED), code), when


@checked_input(
    problem=ONE_TABULAR_PROBLEM, step_size=Single(FINITE_POSITIVE.check), steps=Whole(1), record_every=Whole(1)
)
def gradient_ascent(problem: Problem, step_size: float, steps: int, *, record_every: int = 1) -> Trajectory:
    """The policy at every `record_every`-th step of gradient ascent, the initial policy first.

    **Arguments**

    - `problem`: a single one. `step_size`: positive, in units of the flow's time.
    - `steps`: how many steps, a multiple of `record_every`.

    **Returns** a `Trajectory` of `steps / record_every + 1` records at times `step * step_size`. Log-probabilities are
    not finite from the step on at which the logits overflow.

    **Raises** `InvalidInputError` for a batch, a step size that is not positive, or counts that do not fit.

    >>> import numpy as np
    >>> from sims import gradient_ascent
    >>> from theory import make_problem
    >>> problem = make_problem(
    ...     initial_probabilities=[0.1, 0.9], proxy_reward=[1, -1], ground_truth_reward=[1, -1]
    ... )
    >>> path = gradient_ascent(problem, 0.5, 20, record_every=10)
    >>> path.times.tolist(), path.expected(np.array([1.0, -1.0])).round(3).tolist()
    ([0.0, 5.0, 10.0], [-0.8, 0.576, 0.911])
    """
    if steps % record_every:
        raise InvalidInputError("steps", steps, f"Give a multiple of record_every = {record_every}.")
    with jax.enable_x64(True):
        path = _record(problem, jnp.asarray(step_size, jnp.float64), steps // record_every, record_every)
        return Trajectory(np.arange(0, steps + 1, record_every) * float(step_size), np.asarray(path))


@checked_input(
    problem=TABULAR_PROBLEM,
    increase=Shaped(FINITE.check, batch_of_problem, or_last_axes=(0,)),
    step_size=Shaped(FINITE_POSITIVE.check, batch_of_problem, or_last_axes=(0,)),
    watched_reward=Shaped(finite, rewards_of_problem, booleans=True),
    max_steps=Whole(1),
)
def gradient_ascent_hitting_steps(
    problem: Problem,
    increase: Scalars,
    *,
    step_size: Scalars,
    watched_reward: OutputVector | None = None,
    max_steps: int,
) -> Hitting:
    """The first step of gradient ascent at which the watched expectation has risen by `increase`, as a time.

    **Arguments**

    - `problem`: a batch of shape `(*batch)`.
    - `increase`: `gamma`, one number or `(*batch)`. A rise of zero or less is reached at step zero.
    - `step_size`: positive, one number or `(*batch)`.
    - `watched_reward`: whose expectation is watched, shape `(*batch, outputs)`; the ground truth if not given.
    - `max_steps`: a problem that needs more is censored.

    **Returns** a `Hitting` of shape `(*batch)` whose `time` is the number of steps times the step size (exact as a
    number of steps, hence a `relative_error` of zero where reached); `evaluations` is the number of steps. Where
    failed, the time is that of the last step with finite logits. `never` is not used: gradient ascent with a large step
    need not be monotone.

    **Raises** `InvalidInputError` for a step size that is not positive, an increase or reward that is not finite, or
    shapes that do not fit.

    >>> from sims import gradient_ascent_hitting_steps
    >>> from theory import make_problem
    >>> problem = make_problem(
    ...     initial_probabilities=[0.1, 0.9], proxy_reward=[1, -1], ground_truth_reward=[1, -1]
    ... )
    >>> found = gradient_ascent_hitting_steps(problem, 0.4, step_size=0.5, max_steps=100)
    >>> int(found.evaluations), float(found.time)
    (6, 3.0)
    """
    shape = problem.batch_shape
    gamma, sizes = (np.broadcast_to(np.asarray(given), shape) for given in (increase, step_size))
    watched = np.asarray(problem.ground_truth_reward if watched_reward is None else watched_reward)
    with jax.enable_x64(True):
        status, when = _first_steps(
            problem, jnp.asarray(watched), jnp.asarray(sizes), jnp.asarray(gamma), jnp.asarray(max_steps)
        )
        code, count = np.asarray(status).astype(np.int8), np.asarray(when, np.int64)
    return Hitting(np.asarray(count * sizes), np.where(code == Status.REACHED, 0.0, np.nan), code, count)
