"""The outcome of simulated teaching: expectations along the way, by teacher and judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from sims.hitting import Hitting
from sims.teaching.method import TeachingMethod
from theory.errors import InvalidInputError


@dataclass(frozen=True, eq=False)
class TeachingOutcome:
    """What happens when each reward model teaches the policy of the samples. Made by `simulate_teaching`.

    **Fields** (NumPy, float64)

    - `method`, and `kl_coefficient`, `lambda`.
    - `times`: of the flow, or numbers of steps, shape `(times,)`.
    - `judged`: mean over prompts of `E_pi[r]`, `(models, models, times)`: the first model taught `pi`, the second
      judges it; in the units in which rewards teach.
    - `truth`: mean over prompts of the expected truth, `(models, times)`; None if it is not known, as below.
    - `divergence`: mean over prompts of `KL(pi || pi_0)` in nats, `(models, times)`.
    - `kept_times`: the numbers of the times at which every prompt is kept, `(kept,)`.
    - `prompt_truth`: the expected truth of every prompt, `(prompts, models, kept)`; None if the truth is not known, and
      then `prompt_judged`, `(prompts, models, models, kept)`, is there instead.
    - `gains`: rises of the truth that are awaited, `(gains,)`.
    - `mean_rise`: when the mean truth has risen by them, `(gains, models)`; `prompt_rise`: when each prompt's has,
      `(gains, prompts, models)`; None without gains, the latter also if it was not wanted. In units of `times`.
    """

    method: TeachingMethod
    kl_coefficient: float
    times: Float[np.ndarray, " times"]
    judged: Float[np.ndarray, "models judges times"]
    truth: Float[np.ndarray, "models times"] | None
    divergence: Float[np.ndarray, "models times"]
    kept_times: Int[np.ndarray, " kept"]
    prompt_truth: Float[np.ndarray, "prompts models kept"] | None
    prompt_judged: Float[np.ndarray, "prompts models judges kept"] | None
    gains: Float[np.ndarray, " gains"]
    mean_rise: Hitting | None
    prompt_rise: Hitting | None

    @property
    def proxy(self) -> Float[np.ndarray, "models times"]:
        """What each teacher expects of the policy that it taught."""
        return np.asarray(np.einsum("mmt->mt", self.judged))

    def truth_at(self, budget: float) -> Float[np.ndarray, " models"]:
        """The mean truth that each teacher has reached at one of the times, shape `(models,)`.

        **Raises** `InvalidInputError` if the truth is not known, or the policies at that time are not.
        """
        if self.truth is None:
            raise InvalidInputError("truth", "none", "Give the ground truth to ask for what is reached of it.")
        place = np.flatnonzero(self.times == budget)
        if not place.size:
            raise InvalidInputError("budget", budget, f"Give one of the times: {self.times.tolist()}.")
        return self.truth[:, place[0]]
