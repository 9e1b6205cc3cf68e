"""First passages: the step at which sampled policy gradient first raises a prompt's ground-truth reward by so much.

The stochastic counterpart of `sims.hitting_times`: no path is stored, and a run ends when its last prompt is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Bool, Float, Int

from sims.parallel.threads import compiled_for_parts, side_by_side
from sims.policy_gradient.method import Method
from sims.policy_gradient.step import Learner, new_learner, policy_gradient_step
from sims.policy_gradient.teaching import Teaching, new_teaching
from sims.policy_gradient.training_input import LARGEST_INTEGER, check_training_input
from theory.arguments.checks import as_float64, check_positive, check_whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.moments import expectation
from theory.policies.policy import Parameters, Policy, output_log_probabilities


class FirstPassage(NamedTuple):
    """**Fields**, each of shape `(seeds, prompts)`

    - `steps`: of policy gradient after which `E[r_G]` of the prompt had first risen enough; the horizon if never. It is
      computed after every step, and a step of a method with inner epochs is all of them: a rise and fall within a step
      does not count.
    - `reached`: whether it was, at or before the horizon.
    - `ground_truth_reward`: `E[r_G]` of the prompt at the end of the run.
    """

    steps: Int[np.ndarray, "seeds prompts"]
    reached: Bool[np.ndarray, "seeds prompts"]
    ground_truth_reward: Float[np.ndarray, "seeds prompts"]


def first_passage(
    policy: Policy,
    parameters: Parameters,
    increase: float,
    *,
    reward_model: object,
    ground_truth_reward: object,
    optimizer: optax.GradientTransformation,
    method: Method,
    horizon: int,
    kl_coefficient: float = 0.0,
    seeds: Iterable[int] = range(3),
) -> FirstPassage:
    """Trains on all prompts at once until each has gained `increase` of expected ground-truth reward, once per seed.

    **Arguments**

    - `policy`, `parameters`: where training starts; the reference policy, too.
    - `increase`: `gamma > 0`.
    - `reward_model`, `ground_truth_reward`: shape `(prompts, outputs)`.
    - `optimizer`: from optax, written for descent. A new object compiles anew: make it once for several calls.
    - `horizon`: steps after which to give up, below 2^31; another value does not compile
      anew.
    - `seeds`: of the samples.

    **Raises** `InvalidInputError` for arrays that do not fit or are not finite, and for counts below one.

    >>> import numpy as np, optax
    >>> from sims.policy_gradient import exact_gradient, first_passage
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(2, 3, 1)  # two prompts, three outputs each
    >>> reward = np.array([[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]])
    >>> found = first_passage(
    ...     policy,
    ...     np.zeros((2, 1, 3)),
    ...     0.2,
    ...     reward_model=reward,
    ...     ground_truth_reward=reward,
    ...     optimizer=optax.sgd(0.5),
    ...     method=exact_gradient(),
    ...     horizon=100,
    ...     seeds=[0],
    ... )
    >>> found.reached.tolist(), found.steps.tolist()
    ([[True, True]], [[4, 4]])
    """
    seed_list = list(seeds)
    gamma = as_float64("increase", increase)
    check_positive("increase", gamma)
    if gamma.ndim:
        raise InvalidInputError("increase", f"shape {gamma.shape}", "Give one number.")
    if check_whole("horizon", horizon, least=1) >= LARGEST_INTEGER:
        raise InvalidInputError("horizon", horizon, f"Give a number of steps below {LARGEST_INTEGER}.")
    proxies, truth = check_training_input(
        policy,
        parameters,
        reward_models=np.asarray(reward_model)[None],
        ground_truth_reward=ground_truth_reward,
        log_reference=None,
        optimizer=optimizer,
        method=method,
        epochs=1,
        record_every=1,
        batch_size=policy.prompts,
        kl_coefficient=kl_coefficient,
        seeds=seed_list,
        prompts=np.arange(policy.prompts),
        evaluation_samples=0,
    )
    start = jax.tree.map(lambda leaf: jnp.asarray(leaf, float), parameters)
    teaching = new_teaching(
        policy,
        start,
        prompts=np.arange(policy.prompts),
        log_reference=None,
        proxy_reward=proxies[0],
        ground_truth_reward=truth,
        kl_coefficient=kl_coefficient,
    )
    keys = jax.vmap(jax.random.key)(jnp.asarray(seed_list))
    limits = jnp.asarray(float(gamma)), jnp.asarray(horizon)
    program = compiled_for_parts(_run, len(seed_list), static_argnums=(0, 1))
    steps, reward = side_by_side(
        lambda part: program(method, optimizer, teaching, start, *limits, keys[part]), len(seed_list)
    )
    return FirstPassage(np.minimum(steps, horizon), np.asarray(steps <= horizon), np.asarray(reward))


def _run(
    method: Method,
    optimizer: optax.GradientTransformation,
    teaching: Teaching,
    start: Parameters,
    increase: jax.Array,
    horizon: jax.Array,
    keys: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """First steps, `horizon + 1` if there is none, and the last expected rewards."""

    def reward(parameters: Parameters) -> AnyArray:
        policy = jnp.exp(jnp.asarray(output_log_probabilities(teaching.policy, parameters)))
        return expectation(policy, teaching.ground_truth_reward)

    target = reward(start) + increase

    def one(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        def unfinished(state: tuple[jax.Array, jax.Array, Learner]) -> jax.Array:
            step, first, _ = state
            return (step < horizon) & jnp.any(first > horizon)

        def advance(state: tuple[jax.Array, jax.Array, Learner]) -> tuple[jax.Array, jax.Array, Learner]:
            step, first, learner = state
            uniform = jax.random.uniform(jax.random.fold_in(key, step), (len(teaching.prompts), method.samples))
            learner = policy_gradient_step(method, optimizer, teaching, learner, teaching.prompts, uniform)
            there = reward(learner.parameters) >= target
            return step + 1, jnp.where(there, jnp.minimum(first, step + 1), first), learner

        nothing = jnp.zeros((), horizon.dtype)
        never = jnp.full(teaching.prompts.shape, horizon + 1)
        _, first, learner = jax.lax.while_loop(unfinished, advance, (nothing, never, new_learner(optimizer, start)))
        return first, jnp.asarray(reward(learner.parameters))

    return jax.vmap(one)(keys)
