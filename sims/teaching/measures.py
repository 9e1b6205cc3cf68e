"""The measures of taught policies: what every judge expects of them, and how far they have moved."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float

from theory.arrays import AnyArray


class Lesson(NamedTuple):
    """What a block of prompts is taught, and by which models; a lane is a model and a prompt, prompts running fastest.

    **Fields**

    - `initial_log_probabilities`, of the prompts, `(outputs, block)`; `weight`, zero for repeats, `(block,)`.
    - `judges`: rewards of models and truth, `(outputs, judges, block)`; `proxy_reward`: of the models that teach,
      `(outputs, models, block)`.
    - `kl_coefficient`: `lambda`, `()`.
    """

    initial_log_probabilities: Float[AnyArray, "outputs block"]
    weight: Float[AnyArray, " block"]
    judges: Float[AnyArray, "outputs judges block"]
    proxy_reward: Float[AnyArray, "outputs models block"]
    kl_coefficient: Float[AnyArray, ""]

    def lanes(self, array: Float[AnyArray, "outputs models block"]) -> jax.Array:
        """The same array with one axis of lanes."""
        return jnp.reshape(array, (array.shape[0], -1))

    def by_model(self, array: Float[AnyArray, "outputs lanes"]) -> jax.Array:
        """And back."""
        return jnp.reshape(array, self.proxy_reward.shape)

    @property
    def start_lanes(self) -> jax.Array:
        """The initial log-probabilities of every lane, `(outputs, lanes)`."""
        given = self.initial_log_probabilities[:, None]
        return self.lanes(jnp.broadcast_to(given, self.proxy_reward.shape))


class Measures(NamedTuple):
    """Sums over the prompts of a block, and what is kept of each prompt.

    **Fields**: `judged`, `E_pi[r]` of every judge, `(models, judges)`; `divergence`, `KL(pi || pi_0)`, `(models,)`;
    `truth_rate`, the flow's `d/dt` of the last judge's expectation, `(models,)`; `expected`, of every prompt,
    `(models, judges, block)`.
    """

    judged: Float[AnyArray, "models judges"]
    divergence: Float[AnyArray, " models"]
    truth_rate: Float[AnyArray, " models"]
    expected: Float[AnyArray, "models judges block"]


def measure(lesson: Lesson, policy: Float[AnyArray, "outputs lanes"]) -> Measures:
    """The measures of the policies that a block's models have taught (traceable)."""
    p = lesson.by_model(policy)
    expected = jnp.sum(p[:, :, None] * lesson.judges[:, None], axis=0)
    start = lesson.initial_log_probabilities[:, None]
    log_ratio = jnp.where(p > 0, jnp.log(jnp.where(p > 0, p, 1.0)) - start, 0.0)
    divergence = jnp.sum(p * log_ratio, axis=0)
    # Lemma 7: d theta / dt = p (r_KL - E r_KL), and d E[g] / dt = sum p (g - E g) d theta / dt.
    driving = lesson.proxy_reward - lesson.kl_coefficient * log_ratio
    gradient = p * (driving - jnp.sum(p * driving, axis=0, keepdims=True))
    watched = lesson.judges[:, None, -1] - expected[None, :, -1]
    rate = jnp.sum(p * watched * gradient, axis=0)
    return Measures(
        jnp.sum(lesson.weight[None, None] * expected, axis=-1),
        jnp.sum(lesson.weight[None] * divergence, axis=-1),
        jnp.sum(lesson.weight[None] * rate, axis=-1),
        expected,
    )
