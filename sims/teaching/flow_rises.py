"""When the truth has risen by so much along the flow: each prompt's, and the mean of all."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from jaxtyping import Float

from sims.exact_flow.integrable_flow import integrable_hitting_times
from sims.hitting import Hitting
from sims.regularized_flow.hitting_times import regularized_hitting_times
from sims.teaching.blocks import cut, make_block, size_classes
from sims.teaching.groups import ScoredGroups
from sims.teaching.mean_rise import rises_of_flow
from sims.teaching.records import Records
from sims.teaching.run import Task, run
from theory.arrays import AnyArray

CHUNK_NUMBERS = 2**20
"""Prompts times outputs that are solved in one call."""

GOOD_ENOUGH = 1e-3
"""Relative error of a time of a mean rise below which no further times are looked at."""

MOST_ROUNDS = 4
"""Runs at further times; a round squares the error, about."""


def prompt_rises(
    groups: ScoredGroups, gains: Float[AnyArray, " gains"], kl_coefficient: float, horizon: float
) -> Hitting:
    """Hitting times of every prompt under every model, shape `(gains, prompts, models)`, `|S| = 1`.

    Up to `horizon`; relative errors aimed at are 1e-10 (see `sims.hitting_times`, of which these are the same).
    """
    shape = (len(gains), groups.prompts, groups.models)
    found = Hitting(np.empty(shape), np.empty(shape), np.empty(shape, np.int8), np.empty(shape, np.int64))
    for outputs, members in size_classes(groups):
        for prompts in cut(members, max(1, CHUNK_NUMBERS // outputs)):
            block = make_block(groups, prompts, outputs, len(prompts))
            start, ones = block.initial_log_probabilities.T, np.ones(len(prompts))
            for model in range(groups.models):
                proxy, truth = block.rewards[:, model].T, block.rewards[:, -1].T
                for k, gain in enumerate(np.asarray(gains)):
                    problem = (start, proxy, truth, gain * ones, ones)
                    hitting = (
                        regularized_hitting_times(*problem, kl_coefficient * ones, horizon=horizon)
                        if kl_coefficient > 0
                        else integrable_hitting_times(*problem, horizon=horizon)
                    )
                    for field in fields(Hitting):
                        getattr(found, field.name)[k, prompts, model] = getattr(hitting, field.name)
    return found


def mean_rises(task: Task, records: Records) -> Hitting:
    """The first times at which the mean truth has risen by each of `task.gains`, shape `(gains, models)`.

    **Arguments**: `records`, of the flow at `task.times`, with a truth.
    """
    groups = task.groups
    assert groups.truth is not None
    start = float(np.exp(groups.initial_log_probabilities) @ groups.truth)
    times, truth, rate = task.times, records.judged[:, :, -1], records.truth_rate

    def rises() -> Hitting:
        return rises_of_flow(times, (truth - start).T / groups.prompts, rate.T / groups.prompts, task.gains)

    found = rises()
    for _ in range(MOST_ROUNDS):
        vague = found.reached & (found.relative_error > GOOD_ENOUGH)
        further = np.setdiff1d(found.time[vague], times)
        if not further.size:
            break
        more = run(task._replace(times=further, kept=np.zeros(0, np.int64), gains=np.zeros(0)))
        merged = np.concatenate([times, further])
        order = np.argsort(merged)
        truth = np.concatenate([truth, more.judged[:, :, -1]])[order]
        rate = np.concatenate([rate, more.truth_rate])[order]
        times, before = merged[order], found
        found = rises()
        # By how much a further time has moved it: more than what is left.
        moved = np.abs(found.time - before.time) / found.time
        error = np.where(vague & found.reached, moved, np.where(found.reached, before.relative_error, np.nan))
        found = replace(found, relative_error=error)
    return found
