"""Simulated teaching: every reward model teaches the policy of the samples, and the truth is watched."""

from __future__ import annotations

import jax
import numpy as np

from sims.hitting import OnFinished
from sims.teaching.flow_rises import mean_rises, prompt_rises
from sims.teaching.groups import ScoredGroups
from sims.teaching.mean_rise import rises_of_steps, step_hitting
from sims.teaching.method import TeachingMethod
from sims.teaching.outcome import TeachingOutcome
from sims.teaching.records import Records
from sims.teaching.run import Task, run
from theory.arguments.checks import as_float64, check_finite, check_number, check_positive
from theory.errors import InvalidInputError


def simulate_teaching(
    groups: ScoredGroups,
    method: TeachingMethod,
    times: object,
    *,
    kl_coefficient: float = 0.0,
    gains: object = (),
    kept_times: object = (-1,),
    rises_of_prompts: bool = True,
    block_numbers: int | None = None,
    on_finished: OnFinished | None = None,
) -> TeachingOutcome:
    """What every reward model of `groups` makes of the policy, if it alone teaches it.

    The completions of a prompt are all that its policy can say: a softmax with one logit for each. Prompts share no
    parameters. Memory does not grow with the number of prompts, but for what is kept of each.

    **Arguments**

    - `groups`: made by `scored_groups`.
    - `method`: made by `exact_flow`, `exact_ascent`, `expected_rloo` or `expected_grpo`.
    - `times`: increasing, at least zero: of the flow, or whole numbers of steps.
    - `kl_coefficient`: `lambda >= 0`, in the units in which rewards teach.
    - `gains`: rises of the expected truth whose times are wanted, greater than zero, in units of the truth.
    - `kept_times`: numbers of the times at which every prompt's expectations are kept.
    - `rises_of_prompts`: whether the times of the rises of each prompt are wanted, which cost the flow most.
    - `block_numbers`: models times prompts times outputs that are computed together (a default that fits the cache).
    - `on_finished`: called now and then with how many more prompts are finished by a teacher, by several threads.

    **Returns** a `TeachingOutcome`. Without KL the flow is exact to rounding (statement S5), with it to about 1e-8;
    steps are exact to rounding, but for mean GRPO updates of three rewards or more in a prompt, whose advantages are
    exact to 3e-4 (`sims.teaching.group_integral`). When the mean has risen in the flow is read off between times, some
    of which are added there, to about 1e-3, with its estimated error. Other rises are those of the simulated policies.

    **Raises** `InvalidInputError` for times that fall, are negative or no whole steps, for gains without a truth, and
    numbers out of range; `RuntimeError` if a policy leaves float64, as by a step size that is far too large.

    >>> import numpy as np
    >>> from sims.teaching import exact_flow, scored_groups, simulate_teaching
    >>> truth = np.array([1.0, 0.7, -0.8, -0.8, -0.8])
    >>> proxy = np.array([1.0, -0.8, -0.8, -0.8, -0.8])
    >>> start = np.log([0.08, 0.52, 0.16, 0.12, 0.12])
    >>> groups = scored_groups(
    ...     np.stack([truth, proxy]), np.array([0, 5]), truth=truth, initial_log_probabilities=start
    ... )
    >>> simulate_teaching(groups, exact_flow(), [0.0, 10.0, 20.0]).truth.round(2).tolist()
    [[0.12, 0.61, 0.66], [0.12, 0.78, 0.95]]
    """
    grid = _checked_times(times, whole=method.step_size is not None)
    awaited = _checked_gains(gains, groups)
    kept = _checked_places(kept_times, len(grid))
    coefficient = check_number("kl_coefficient", kl_coefficient)
    if not (np.isfinite(coefficient) and coefficient >= 0):
        raise InvalidInputError("kl_coefficient", coefficient, "Give a number of at least zero.")
    if block_numbers is not None and block_numbers < 1:
        raise InvalidInputError("block_numbers", block_numbers, "Give a number of at least one, or none.")
    task = Task(groups, method, grid, kept, awaited, coefficient)
    with jax.enable_x64(True):
        return _outcome(task, run(task, block_numbers, on_finished), rises_of_prompts)


def _outcome(task: Task, records: Records, of_prompts: bool) -> TeachingOutcome:
    groups, times, gains = task.groups, task.times, task.gains
    judged = np.moveaxis(records.judged, 0, -1) / groups.prompts
    known = groups.truth is not None
    mean_rise = prompt_rise = None
    if gains.size and task.method.step_size is None:
        mean_rise = mean_rises(task, records)
        if of_prompts:
            prompt_rise = prompt_rises(groups, gains, task.kl_coefficient, float(times[-1]))
    elif gains.size:
        mean_rise = rises_of_steps(records.curve / groups.prompts, gains)
        prompt_rise = step_hitting(records.reached, int(times[-1])) if of_prompts else None
    kept_prompts = np.moveaxis(records.expected, 0, -1)
    return TeachingOutcome(
        method=task.method,
        kl_coefficient=task.kl_coefficient,
        times=times,
        judged=judged[:, : groups.models],
        truth=judged[:, -1] if known else None,
        divergence=records.divergence.T / groups.prompts,
        kept_times=task.kept,
        prompt_truth=kept_prompts[:, :, -1] if known else None,
        prompt_judged=None if known else kept_prompts,
        gains=gains,
        mean_rise=mean_rise,
        prompt_rise=prompt_rise,
    )


def _checked_times(times: object, *, whole: bool) -> np.ndarray:
    grid = as_float64("times", times)
    if grid.ndim != 1 or not grid.size:
        raise InvalidInputError("times", f"shape {grid.shape}", "Give a list of at least one time.")
    check_finite("times", grid)
    if grid[0] < 0 or (np.diff(grid) <= 0).any():
        raise InvalidInputError("times", grid[:4].tolist(), "Let them rise, from zero or later.")
    if whole and (grid != np.round(grid)).any():
        raise InvalidInputError("times", grid[:4].tolist(), "Give whole numbers of steps.")
    if whole and grid[-1] < 1:
        raise InvalidInputError("times", grid.tolist(), "Take one step at least.")
    return grid


def _checked_gains(gains: object, groups: ScoredGroups) -> np.ndarray:
    awaited = as_float64("gains", gains)
    if awaited.ndim != 1:
        raise InvalidInputError("gains", f"shape {awaited.shape}", "Give a list of numbers.")
    check_positive("gains", awaited)
    if awaited.size and groups.truth is None:
        raise InvalidInputError("gains", awaited.tolist(), "Give the ground truth too: they are rises of it.")
    return awaited


def _checked_places(places: object, count: int) -> np.ndarray:
    given = as_float64("kept_times", places)
    chosen = given.astype(np.int64)
    if given.ndim != 1 or (chosen != given).any() or ((chosen < -count) | (chosen >= count)).any():
        remedy = f"Give a list of numbers of the {count} times, from 0 on, or -1 for the last."
        raise InvalidInputError("kept_times", given.tolist(), remedy)
    return np.where(chosen < 0, chosen + count, chosen)
