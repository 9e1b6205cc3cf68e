"""Policy gradient training by many reward models and seeds at once, in one compiled program (paper, Section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float, Int

from sims.parallel.threads import compiled_for_parts, side_by_side, work_in_parts
from sims.policy_gradient.method import Method, rloo
from sims.policy_gradient.metrics import Metrics, measure
from sims.policy_gradient.sampling import shuffled_batches
from sims.policy_gradient.step import Learner, new_learner, policy_gradient_step
from sims.policy_gradient.teaching import Teaching, new_teaching
from sims.policy_gradient.training_input import check_training_input
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.policies.policy import Parameters, Policy

MOST_DRAWN = 2**14
"""Uniform numbers that are drawn at once by each seed."""

PAPER_KL_COEFFICIENT = 0.05
"""`lambda` of the paper's experiments (Section 4, RLOO)."""


class Training(NamedTuple):
    """A policy along its training, by every reward model and with every seed.

    **Fields**

    - `epochs`: how many epochs before each record, shape `(records,)`, starting with zero.
    - `steps`: how many steps the optimiser had taken, `(records,)`: `inner_epochs` for each minibatch.
    - The fields of `sims.policy_gradient.metrics.Metrics`, each of shape `(reward_models, seeds, records)`.
    - `parameters`: at the end, a pytree with two first axes `(reward_models, seeds)`.
    """

    epochs: Int[np.ndarray, " records"]
    steps: Int[np.ndarray, " records"]
    proxy_reward: Float[np.ndarray, "reward_models seeds records"]
    ground_truth_reward: Float[np.ndarray, "reward_models seeds records"]
    kl_divergence: Float[np.ndarray, "reward_models seeds records"]
    reward_variance: Float[np.ndarray, "reward_models seeds records"]
    gradient_norm: Float[np.ndarray, "reward_models seeds records"]
    degenerate_probability: Float[np.ndarray, "reward_models seeds records"]
    sampled_proxy_reward: Float[np.ndarray, "reward_models seeds records"]
    sampled_ground_truth_reward: Float[np.ndarray, "reward_models seeds records"]
    parameters: Parameters


def train(
    policy: Policy,
    parameters: Parameters,
    *,
    reward_models: object,
    ground_truth_reward: object,
    optimizer: optax.GradientTransformation,
    method: Method | None = None,
    epochs: int = 1,
    batch_size: int | None = None,
    kl_coefficient: float = PAPER_KL_COEFFICIENT,
    seeds: Iterable[int] = range(3),
    prompts: Int[AnyArray, " chosen"] | None = None,
    log_reference: object | None = None,
    record_every: int = 1,
    evaluation_samples: int = 0,
    measure_degenerate: bool = True,
) -> Training:
    """Trains a policy by policy gradient, once for every reward model and seed, and measures it after every epoch.

    **Arguments**

    - `policy`, `parameters`: where training starts, for all alike; outputs are in alphabetical order.
    - `reward_models`: shape `(models, prompts, outputs)`; used as they are (`sims.reward_models` normalises them).
    - `ground_truth_reward`: shape `(prompts, outputs)`.
    - `optimizer`: from optax, written for descent. A new object compiles anew: make it once for several calls.
    - `method`: `rloo(2)` if not given, as in the paper.
    - `epochs`: how often every prompt is visited, in an order that is new each time.
    - `batch_size`: prompts per step, a divisor of their number; all of them if not given, so that an epoch is a step.
    - `seeds`: of orders and samples, whole numbers from 0 to 2^31 - 1. A seed means the same prompts and random numbers
      under every reward model, so that models are compared in pairs with less noise; seeds are independent.
    - `prompts`: the numbers of the prompts that are trained on and measured; all if not given.
    - `log_reference`: log-probabilities of the reference policy, normalised; those at `parameters` if not given.
    - `record_every`: epochs between records, a divisor of `epochs`.
    - `evaluation_samples`: outputs per prompt of the sampled evaluation (10 in the paper); zero for none.
    - `measure_degenerate`: whether the probability of degenerate groups is measured, which costs `outputs ** 2`.

    **Returns** a `Training`, NumPy arrays in the precision that JAX is set to.

    **Raises** `InvalidInputError` for arrays or parameters that do not fit or are not finite, for counts that do not
    divide, for what is no optimiser, method or seed, or if a run diverges (naming the reward model and the seed).

    >>> import numpy as np, optax
    >>> from sims.policy_gradient import rloo, train
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(2, 3, 1)  # two prompts, three outputs each
    >>> reward = np.array([[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]])
    >>> result = train(
    ...     policy,
    ...     np.zeros((2, 1, 3)),
    ...     reward_models=np.stack([0.1 * reward, reward]),
    ...     ground_truth_reward=reward,
    ...     optimizer=optax.sgd(0.5),
    ...     method=rloo(4),
    ...     epochs=20,
    ...     seeds=range(5),
    ... )
    >>> gain = result.ground_truth_reward - result.ground_truth_reward[..., :1]
    >>> gain.shape, bool(gain[1, :, -1].mean() > gain[0, :, -1].mean())
    ((2, 5, 21), True)
    """
    method = rloo() if method is None else method
    numbers = np.arange(policy.prompts) if prompts is None else np.asarray(prompts)
    batch_size = len(numbers) if batch_size is None else batch_size
    seed_list = list(seeds)
    proxies, truth = check_training_input(
        policy,
        parameters,
        reward_models=reward_models,
        ground_truth_reward=ground_truth_reward,
        log_reference=log_reference,
        optimizer=optimizer,
        method=method,
        epochs=epochs,
        record_every=record_every,
        batch_size=batch_size,
        kl_coefficient=kl_coefficient,
        seeds=seed_list,
        prompts=numbers,
        evaluation_samples=evaluation_samples,
    )
    start = jax.tree.map(lambda leaf: jnp.asarray(leaf, float), parameters)
    teaching = new_teaching(
        policy,
        start,
        prompts=numbers,
        log_reference=log_reference,
        proxy_reward=proxies[0],
        ground_truth_reward=truth,
        kl_coefficient=kl_coefficient,
    )
    sizes = (epochs // record_every, record_every, batch_size, evaluation_samples, measure_degenerate)
    end, metrics = _train_in_parts(method, optimizer, sizes, teaching, proxies, start, seed_list)
    _check_finite(metrics, seed_list)
    recorded = np.arange(0, epochs + 1, record_every)
    steps = recorded * (len(numbers) // batch_size) * method.inner_epochs
    return Training(recorded, steps, parameters=end, **metrics._asdict())


def _train_in_parts(
    method: Method,
    optimizer: optax.GradientTransformation,
    sizes: tuple[int, int, int, int, bool],
    teaching: Teaching,
    proxies: np.ndarray,
    start: Parameters,
    seeds: list[int],
) -> tuple[Parameters, Metrics]:
    """Parameters at the end and metrics of all reward models and seeds, shared out to the threads."""
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds))
    models = jnp.asarray(proxies, float)

    by_seeds = work_in_parts(len(keys)) <= work_in_parts(len(models))
    program = compiled_for_parts(_train_all, len(keys if by_seeds else models), static_argnums=(0, 1, 2))

    def taught(chosen: np.ndarray | slice, seeded: np.ndarray | slice) -> tuple[Parameters, Metrics]:
        return program(method, optimizer, sizes, teaching, models[chosen], start, keys[seeded])

    # Seeds rather than models are divided, for models share their seeds' random numbers, unless that repeats more.
    if by_seeds:
        return side_by_side(lambda part: taught(slice(None), part), len(keys), axis=1)
    return side_by_side(lambda part: taught(part, slice(None)), len(models), axis=0)


def _train_all(
    method: Method,
    optimizer: optax.GradientTransformation,
    sizes: tuple[int, int, int, int, bool],
    teaching: Teaching,
    proxies: jax.Array,
    parameters: Parameters,
    keys: jax.Array,
) -> tuple[Parameters, Metrics]:
    """Parameters at the end and metrics of some models and seeds; the first three arguments are compiled in."""

    # Orders and uniform numbers depend on the key alone: with the models inside, they are computed once for all models.
    def one(key: jax.Array, proxy: jax.Array) -> tuple[Parameters, Metrics]:
        return _train_one(method, optimizer, sizes, teaching._replace(proxy_reward=proxy), parameters, key)

    over_models = jax.vmap(one, in_axes=(None, 0))
    return jax.vmap(over_models, in_axes=(0, None), out_axes=1)(keys, proxies)


def _train_one(
    method: Method,
    optimizer: optax.GradientTransformation,
    sizes: tuple[int, int, int, int, bool],
    teaching: Teaching,
    parameters: Parameters,
    key: jax.Array,
) -> tuple[Parameters, Metrics]:
    """The parameters at the end and the metrics at every record, the first axis of each field."""
    records, record_every, batch_size, evaluation_samples, measure_degenerate = sizes
    training_key, evaluation_key = jax.random.split(key)

    def measured(learner: Learner, record: jax.Array) -> Metrics:
        key = jax.random.fold_in(evaluation_key, record)
        group_size = method.samples if measure_degenerate else 0
        return measure(teaching, learner.parameters, key, group_size, evaluation_samples)

    together = _epochs_drawn_together(record_every, teaching.prompts.shape[0] * max(method.samples, 1))

    def some_epochs(learner: Learner, numbers: jax.Array) -> tuple[Learner, None]:
        keys = jax.vmap(partial(jax.random.fold_in, training_key))(numbers)
        drawn = jax.vmap(partial(_draw_epoch, prompts=teaching.prompts, size=batch_size, samples=method.samples))(keys)
        steps = jax.tree.map(lambda array: jax.lax.collapse(array, 0, 2), drawn)

        def step(learner: Learner, given: tuple[jax.Array, jax.Array]) -> tuple[Learner, None]:
            return policy_gradient_step(method, optimizer, teaching, learner, *given), None

        return jax.lax.scan(step, learner, steps)

    def record(learner: Learner, number: jax.Array) -> tuple[Learner, Metrics]:
        epochs = (number - 1) * record_every + jnp.arange(record_every).reshape(-1, together)
        learner, _ = jax.lax.scan(some_epochs, learner, epochs)
        return learner, measured(learner, number)

    start = new_learner(optimizer, parameters)
    end, path = jax.lax.scan(record, start, jnp.arange(1, records + 1))
    first = measured(start, jnp.zeros((), int))
    return end.parameters, jax.tree.map(lambda one, later: jnp.concatenate([one[None], later]), first, path)


def _draw_epoch(
    key: jax.Array, prompts: Int[AnyArray, " prompts"], size: int, samples: int
) -> tuple[Int[AnyArray, "batches size"], Float[AnyArray, "batches size samples"]]:
    """The minibatches of an epoch, and the uniform numbers that choose their samples."""
    order_key, sample_key = jax.random.split(key)
    batches = shuffled_batches(order_key, prompts, size)
    keys = jax.random.split(sample_key, len(batches))
    return batches, jax.vmap(lambda key: jax.random.uniform(key, (size, samples)))(keys)


def _epochs_drawn_together(epochs: int, numbers: int) -> int:
    """For how many epochs random numbers are drawn at once, a divisor of `epochs`.

    A generator's rounds are a loop whose start takes longer than a few hundred numbers do.
    """
    divisors = [count for count in range(1, min(epochs, MOST_DRAWN) + 1) if epochs % count == 0]
    return max(count for count in divisors if count == 1 or count * numbers <= MOST_DRAWN)


def _check_finite(metrics: Metrics, seeds: list[int]) -> None:
    finite = np.isfinite(metrics.proxy_reward) & np.isfinite(metrics.gradient_norm)
    if not finite.all():
        model, seed, record = (int(k) for k in np.argwhere(~finite)[0])
        raise InvalidInputError(
            "optimizer",
            f"a policy that is no longer finite (reward model {model}, seed {seeds[seed]}, record {record})",
            "Training diverged: lower the learning rate or scale the reward down.",
        )
