"""Discrete optimisation of a policy's parameters with exact gradients: SGD, Adam or any other optax optimiser.

`theta_{k+1} = theta_k + update(grad phi(theta_k))`, `phi` being the mean over the prompts (paper, Eq (1)). SGD with a
learning rate `eta` is the explicit Euler method for the paper's gradient flow, Eq (4): its step `k` belongs to the
flow's time `eta * k`, so that the two are comparable by construction. Adaptive optimisers follow other paths, and have
no such time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Float, Int

from sims.hitting import Hitting, Status
from sims.optimizer_rule import OPTIMIZER
from sims.reward_gain import reward_gain
from theory.arguments.checking import checked_input
from theory.arguments.index_checks import as_output_index
from theory.arguments.names import FINITE, PROBLEM, PROBLEMS
from theory.arguments.number_rules import finite
from theory.arguments.rules import Shaped, Whole
from theory.arguments.shape_rules import batch_of_problem, rewards_of_problem
from theory.arrays import AnyArray, Scalars
from theory.errors import InvalidInputError
from theory.parameter_space.objective import objective_gradient
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import Parameters, output_log_probabilities

_RUNNING = -1


@dataclass(frozen=True, eq=False)
class ParameterAscent:
    """A policy along its training by an optimiser.

    **Fields**

    - `steps`: at which the policy was recorded, shape `(records,)`, the first one being zero.
    - `log_probabilities`: float64, shape `(records, prompts, outputs)`; finite.
    - `parameters`: those after `last_step`, a pytree of NumPy arrays.
    - `last_step`: the last step after which all log-probabilities were finite.
    - `status`: reached if all steps were taken; failed if the logits overflowed after `last_step`, and then there are
      no records of later steps.
    """

    steps: Int[AnyArray, " records"]
    log_probabilities: Float[AnyArray, "records prompts outputs"]
    parameters: Parameters
    last_step: int
    status: Status

    def expected(self, reward: Float[AnyArray, "prompts outputs"]) -> np.ndarray:
        """`E_{pi(.|x)}[reward]` at every record, shape `(records, prompts)`."""
        return np.sum(np.exp(np.asarray(self.log_probabilities)) * np.asarray(reward), axis=-1)


class _State(NamedTuple):
    parameters: Parameters
    optimizer: optax.OptState
    log_policy: jax.Array
    step: jax.Array
    finite: jax.Array


def _started(problem: PolicyProblem, optimizer: optax.GradientTransformation) -> _State:
    parameters = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), problem.parameters)
    log_policy = jnp.asarray(output_log_probabilities(problem.policy, parameters))
    return _State(parameters, optimizer.init(parameters), log_policy, jnp.asarray(0), jnp.asarray(True))


def _stepped(problem: PolicyProblem, optimizer: optax.GradientTransformation, state: _State) -> _State:
    """The state after one more step; unchanged, and no longer finite, if that step overflows."""
    ascent = objective_gradient(problem, state.parameters)
    # Optimisers descend.
    descent = jax.tree.map(jnp.negative, ascent)
    updates, memory = optimizer.update(descent, state.optimizer, state.parameters)
    parameters = optax.apply_updates(state.parameters, updates)
    log_policy = jnp.asarray(output_log_probabilities(problem.policy, parameters))
    leaves = [log_policy, *jax.tree.leaves(parameters)]
    finite = state.finite & jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves]))
    moved = _State(parameters, memory, log_policy, state.step + 1, finite)
    kept = jax.tree.map(lambda new, old: jnp.where(finite, new, old), moved, state)
    return kept._replace(finite=finite)


@partial(jax.jit, static_argnames=("optimizer", "records", "record_every"))
def _record(
    problem: PolicyProblem, optimizer: optax.GradientTransformation, records: int, record_every: int
) -> tuple[_State, jax.Array]:
    def one_record(state: _State, _: None) -> tuple[_State, jax.Array]:
        state = lax.fori_loop(0, record_every, lambda _, s: _stepped(problem, optimizer, s), state)
        return state, state.log_policy

    start = _started(problem, optimizer)
    end, path = lax.scan(one_record, start, None, length=records)
    return end, jnp.concatenate([start.log_policy[None], path])


@partial(jax.jit, static_argnames=("optimizer",))
def _first_steps(
    problems: PolicyProblem,
    optimizer: optax.GradientTransformation,
    watched: jax.Array,
    increase: jax.Array,
    prompt: jax.Array,
    max_steps: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    def one(problem: PolicyProblem, watched: jax.Array, increase: jax.Array) -> tuple[jax.Array, jax.Array]:
        start = _started(problem, optimizer)
        initial_log_probabilities = start.log_policy[prompt]

        def going(carry: tuple[_State, jax.Array]) -> jax.Array:
            state, code = carry
            return (code == _RUNNING) & (state.step < max_steps)

        def body(carry: tuple[_State, jax.Array]) -> tuple[_State, jax.Array]:
            state = _stepped(problem, optimizer, carry[0])
            gain = reward_gain(initial_log_probabilities, state.log_policy[prompt], watched[prompt])
            after = jnp.where(gain >= increase, int(Status.REACHED), _RUNNING)
            return state, jnp.where(state.finite, after, int(Status.FAILED))

        code = jnp.where(increase <= 0, int(Status.REACHED), _RUNNING)
        state, code = lax.while_loop(going, body, (start, code))
        return jnp.where(code == _RUNNING, int(Status.CENSORED), code), state.step

    return jax.vmap(one)(problems, watched, increase)


@checked_input(problem=PROBLEM, optimizer=OPTIMIZER, steps=Whole(1), record_every=Whole(1))
def parameter_ascent(
    problem: PolicyProblem, optimizer: optax.GradientTransformation, steps: int, *, record_every: int = 1
) -> ParameterAscent:
    """The policy at every `record_every`-th step of an optimiser that maximises `phi`, the initial policy first.

    **Arguments**

    - `problem`: a single one.
    - `optimizer`: from optax, such as `optax.sgd(0.1)` or `optax.adam(1e-2)`, written for descent as all of optax; the
      gradient it is given is exact.
    - `steps`: how many steps, a multiple of `record_every`.

    **Returns** a `ParameterAscent` of `steps / record_every + 1` records, or fewer if it failed. With `optax.sgd(eta)`
    a step belongs to the flow's time `eta * step`.

    **Raises** `InvalidInputError` for a batch, for what is no optimiser, or for counts that do not fit.

    >>> import numpy as np, optax
    >>> from sims import parameter_ascent
    >>> from theory import make_policy_problem
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(1, 3, 1)  # one prompt, three tokens, outputs of one token
    >>> problem = make_policy_problem(
    ...     policy, np.zeros((1, 1, 3)), proxy_reward=[1, 0, -1], ground_truth_reward=[1, 0, -1]
    ... )
    >>> path = parameter_ascent(problem, optax.adam(0.1), 10, record_every=5)
    >>> path.steps.tolist(), path.expected(np.array([[1.0, 0.0, -1.0]]))[:, 0].round(3).tolist()
    ([0, 5, 10], [0.0, 0.351, 0.664])
    """
    if steps % record_every:
        raise InvalidInputError("steps", steps, f"Give a multiple of record_every = {record_every}.")
    with jax.enable_x64(True):
        end, path = _record(problem, optimizer, steps // record_every, record_every)
        last = int(end.step)
        recorded = np.arange(0, last + 1, record_every)
        status = Status.REACHED if bool(end.finite) else Status.FAILED
        parameters = jax.tree.map(np.asarray, end.parameters)
        return ParameterAscent(recorded, np.asarray(path)[: recorded.size], parameters, last, status)


@checked_input(
    problems=PROBLEMS,
    increase=Shaped(FINITE.check, batch_of_problem, or_last_axes=(0,)),
    optimizer=OPTIMIZER,
    prompt=Whole(0),
    watched_reward=Shaped(finite, rewards_of_problem, booleans=True),
    max_steps=Whole(1),
)
def parameter_ascent_hitting_steps(
    problems: PolicyProblem,
    increase: Scalars,
    *,
    optimizer: optax.GradientTransformation,
    prompt: int = 0,
    watched_reward: Float[AnyArray, "*batch prompts outputs"] | None = None,
    max_steps: int,
) -> Hitting:
    """The first step of an optimiser at which a prompt's watched expectation has risen by `increase`.

    **Arguments**

    - `problems`: a batch of shape `(*batch)`, see `stack_policy_problems`, or a single problem.
    - `increase`: `gamma`, one number or `(*batch)`. A rise of zero or less is reached at step zero.
    - `optimizer`: as in `parameter_ascent`; each problem has a state of its own.
    - `prompt`: the index of the prompt whose expected reward is followed; training uses all prompts.
    - `watched_reward`: whose expectation, shape `(*batch, prompts, outputs)`; the ground truth if not given.
    - `max_steps`: a problem that needs more is censored.

    **Returns** a `Hitting` of shape `(*batch)` whose `time` counts steps (exact, hence a `relative_error` of zero where
    reached), as does `evaluations`. Where failed, it is the last step with finite log-probabilities. `never` is not
    used: discrete steps need not be monotone.

    **Raises** `InvalidInputError` for an increase or reward that is not finite or does not fit, for what is no
    optimiser, or for counts that are not whole.

    >>> import numpy as np, optax
    >>> from sims import parameter_ascent_hitting_steps
    >>> from theory import make_policy_problem
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(1, 3, 1)  # one prompt, three tokens, outputs of one token
    >>> problem = make_policy_problem(
    ...     policy, np.zeros((1, 1, 3)), proxy_reward=[1, 0, -1], ground_truth_reward=[1, 0, -1]
    ... )
    >>> found = parameter_ascent_hitting_steps(problem, 0.5, optimizer=optax.adam(0.1), max_steps=100)
    >>> found.reached.tolist(), int(found.time)
    (True, 8)
    """
    shape = problems.batch_shape
    gamma = np.broadcast_to(np.asarray(increase), shape)
    sizes = np.shape(problems.proxy_reward)
    watched = np.asarray(problems.ground_truth_reward if watched_reward is None else watched_reward)
    chosen = as_output_index("prompt", prompt, (), sizes[-2])
    with jax.enable_x64(True):
        axes = len(shape)
        flat = jax.tree.map(lambda leaf: np.asarray(leaf).reshape(-1, *np.shape(leaf)[axes:]), problems)
        each = watched.reshape(-1, *sizes[-2:])
        code, count = _first_steps(flat, optimizer, each, gamma.reshape(-1), chosen, jnp.asarray(max_steps))
        status, number = np.asarray(code, np.int8).reshape(shape), np.asarray(count, np.int64).reshape(shape)
    error = np.where(status == Status.REACHED, 0.0, np.nan)
    return Hitting(number.astype(np.float64), error, status, number)
