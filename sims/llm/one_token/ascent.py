"""Gradient ascent in all parameters with exact expectations, up to the time at which the truth has risen by gamma.

Training time is the sum of the learning rates, as for gradient flow. The rates are chosen so that each step is about as
long in the metric of the Fisher information: `eta = step / (sqrt(Lambda_0) || grad ||)`. The path does not depend on
that choice but for the error of the steps, which the same path with half the step shows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from theory.errors import InvalidInputError

from .batch import PromptBatch
from .expectations import Rewards, euclidean_norm, objective_gradient, reward_moments

Visit = Callable[[int, DecoderParameters], None]
"""Called with how many quarters of gamma the truth has gained, and the parameters there."""


class AscentPath(NamedTuple):
    """What was met after each step, the start first.

    **Fields**: `time`, the sum of learning rates; `truth`, `variance`: the expected ground truth and the variance of
    the reward that is maximised, both averaged over prompts; `gradient_norm`. `hitting_time`: by linear interpolation
    within the step in which the truth has gained gamma; None if it has not.
    """

    time: list[float]
    truth: list[float]
    variance: list[float]
    gradient_norm: list[float]
    hitting_time: float | None


def ascend(
    parameters: DecoderParameters,
    config: DecoderConfig,
    batch: PromptBatch,
    reward: Rewards,
    truth: Rewards,
    *,
    increase: float,
    step: float,
    fisher_norm: float,
    most_steps: int,
    visit: Visit | None = None,
) -> AscentPath:
    """Gradient ascent on the mean expected reward until the mean expected truth has risen by `increase`.

    **Arguments**

    - `parameters`, `config`: the model; the parameters stay as they are.
    - `batch`: the training prompts, which share the network.
    - `reward`, `truth`: of every next token, (prompts, vocabulary).
    - `increase`: `gamma`, positive.
    - `step`: the length of a step in the Fisher metric, at most about that of the way in `arcsin V`.
    - `fisher_norm`: `Lambda_0`, the largest eigenvalue of the mean Fisher information at the start.
    - `most_steps`: give up after that many.
    - `visit`: see `Visit`; called once for each of 1 to 4 quarters.

    **Raises** `InvalidInputError` for numbers that are not positive, and when the path meets values that are not
    finite.
    """
    for name, value in (("increase", increase), ("step", step), ("most_steps", most_steps)):
        if not value > 0:
            raise InvalidInputError(name, value, "Give a positive number.")
    advance = partial(_advance, config=config, batch=batch, reward=jnp.asarray(reward, jnp.float32))
    length = jnp.asarray(step / fisher_norm**0.5, jnp.float32)
    judged = np.asarray(truth, np.float64)
    path = AscentPath([], [], [], [], None)
    theta, time, visited = jax.tree.map(jnp.copy, parameters), 0.0, 0
    for _ in range(most_steps + 1):
        # The parameters after the step are not needed once the target is met, but cost little.
        log_policy, variance, norm, rate, following = advance(theta, length)
        value = float(np.mean(np.sum(np.exp(np.asarray(log_policy, np.float64)) * judged, axis=-1)))
        _record(path, time, value, float(variance), float(norm))
        gained = value - path.truth[0]
        while visit is not None and visited < 4 and gained >= increase * (visited + 1) / 4:
            visited += 1
            visit(visited, theta)
        if gained >= increase:
            return path._replace(hitting_time=_crossing(path, increase))
        theta, time = following, time + float(rate)
    return path


def _record(path: AscentPath, time: float, truth: float, variance: float, norm: float) -> None:
    if not all(map(np.isfinite, (time, truth, variance, norm))):
        raise InvalidInputError("model", f"values that are not finite at time {time:g}", "Give an intact model file.")
    for values, value in zip(path[:4], (time, truth, variance, norm), strict=True):
        values.append(value)


def _crossing(path: AscentPath, increase: float) -> float:
    (before, after), (low, high) = path.time[-2:], path.truth[-2:]
    return before + (after - before) * (path.truth[0] + increase - low) / (high - low)


@partial(jax.jit, static_argnames="config")
def _advance(
    theta: DecoderParameters,
    length: Float[Array, ""],
    *,
    config: DecoderConfig,
    batch: PromptBatch,
    reward: Array,
) -> tuple[Array, Array, Array, Array, DecoderParameters]:
    """Log-probabilities, mean variance, gradient norm and learning rate here, and the parameters after a step."""
    log_policy, gradient = objective_gradient(theta, config, batch, reward)
    variance = jnp.mean(reward_moments(log_policy, reward).variance)
    norm = euclidean_norm(gradient)
    rate = jnp.where(norm > 0, length / norm, 0.0)
    following = jax.tree.map(lambda leaf, slope: leaf + rate.astype(leaf.dtype) * slope, theta, gradient)
    return log_policy, variance, norm, rate, following
