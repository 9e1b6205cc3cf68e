"""Hitting times of gradient ascent in all parameters of a language model, beside the bounds that hold for them."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import numpy as np

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from theory.bounds.fisher_time import fisher_time_by_advantage, fisher_time_by_score
from theory.bounds.parameter_space import contrast_theorem_4, sharpened_theorem_4, theorem_4

from .ascent import AscentPath, ascend
from .batch import PromptBatch
from .expectations import Rewards
from .operator_norms import fisher_norm

PATH_TOLERANCE = 0.05
"""How far apart the bounds on `Lambda` along a path may be, as a share."""


class StartNorms(NamedTuple):
    """What bounds need of the initial policy, each from above over the training prompts.

    **Fields**: `fisher`, of the mean Fisher information; `jacobian`; `contrast`, at most the norm of the centred
    Jacobian and at most `sqrt 2` times the longest score; `score`, the longest score.
    """

    fisher: float
    jacobian: float
    contrast: float
    score: float


class Lesson(NamedTuple):
    """One teacher: how long gradient ascent takes, and at least has to take.

    **Fields**

    - `teacher`: its name; `initial_variance`, `gradient_norm`: at the start, of the mean over prompts.
    - `hitting_time`: with the smaller step; `coarse_hitting_time`: with steps twice as long; None if not reached.
    - `steps`: of the finer path; `path_fisher_norm`: the largest upper bound on `Lambda` on it, at the start and after
      each quarter of gamma; `largest_advantage`: `B`.
    - `bounds`: from below on the hitting time, by the statement's id.
    - `time`, `truth`, `variance`: the finer path, point by point.
    """

    teacher: str
    initial_variance: float
    gradient_norm: float
    hitting_time: float | None
    coarse_hitting_time: float | None
    steps: int
    path_fisher_norm: float
    largest_advantage: float
    bounds: dict[str, float]
    time: list[float]
    truth: list[float]
    variance: list[float]

    @property
    def violated(self) -> list[str]:
        """The statements whose bound exceeds the time by more than the error of its steps."""
        if self.hitting_time is None or self.coarse_hitting_time is None:
            return []
        error = abs(self.hitting_time - self.coarse_hitting_time)
        return [id for id, bound in self.bounds.items() if bound > self.hitting_time + 2 * error]


def teach(
    parameters: DecoderParameters,
    config: DecoderConfig,
    batch: PromptBatch,
    teacher: str,
    reward: Rewards,
    truth: Rewards,
    start: StartNorms,
    *,
    increase: float,
    step: float,
    most_steps: int,
    seed: int,
) -> Lesson:
    """Train on one reward model twice, with steps of `step` and of half of it.

    **Arguments**

    - `parameters`, `config`, `batch`, `truth`, `increase`, `most_steps`: as for `ascend`.
    - `teacher`, `reward`: its name and its rewards. `start`: norms at the initial policy.
    - `seed`: of the random starts of `Lambda`'s bounds.

    The time is that at which the truth averaged over the training prompts has risen by gamma. S7 and S8 hold for it
    with `Lambda` in place of `Lambda_x` (docs/sharpened.md), and Theorem 4, S4 and S6 since some prompt has then risen
    by as much. `Lambda` is the largest that was met on the path; Jacobians and scores are those at the start, which
    makes the bounds larger, never smaller.
    """
    race = partial(ascend, parameters, config, batch, reward, truth, increase=increase, fisher_norm=start.fisher)
    coarse = race(step=step, most_steps=most_steps)
    met = [start.fisher]
    if coarse.hitting_time is None:
        fine = coarse
    else:

        def visit(quarter: int, theta: DecoderParameters) -> None:
            key = jax.random.fold_in(jax.random.key(seed), quarter)
            met.append(float(fisher_norm(theta, config, batch, key, tolerance=PATH_TOLERANCE).upper))

        fine = race(step=step / 2, most_steps=4 * most_steps, visit=visit)
    spread = float(np.max(np.ptp(np.asarray(reward, np.float64), axis=-1)))
    return Lesson(
        teacher=teacher,
        initial_variance=fine.variance[0],
        gradient_norm=fine.gradient_norm[0],
        hitting_time=fine.hitting_time,
        coarse_hitting_time=coarse.hitting_time,
        steps=len(fine.time) - 1,
        path_fisher_norm=max(met),
        largest_advantage=spread,
        bounds=time_bounds(increase, fine, start, max(met), spread),
        time=fine.time,
        truth=fine.truth,
        variance=fine.variance,
    )


def time_bounds(
    increase: float, path: AscentPath, start: StartNorms, path_fisher_norm: float, largest_advantage: float
) -> dict[str, float]:
    """Bounds from below on the time at which the mean truth has risen by gamma, for outputs of one token."""
    variance, truth = path.variance[0], path.truth[0]
    fisher = (increase, truth, variance, path_fisher_norm, path_fisher_norm)
    bounds = {
        "thm4": theorem_4(increase, variance, start.jacobian, 1, 0.0),
        "s4": sharpened_theorem_4(increase, variance, start.jacobian, 1),
        "s6": contrast_theorem_4(increase, variance, start.contrast, 1),
        "s7": fisher_time_by_advantage(*fisher, largest_advantage),
        "s8": fisher_time_by_score(*fisher, start.score),
    }
    return {id: float(bound) for id, bound in bounds.items()}
