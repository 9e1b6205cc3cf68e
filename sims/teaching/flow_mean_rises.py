"""When the mean truth has risen by so much along the flow, with further times where the given ones lie far apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sims.hitting import Hitting
from sims.teaching.mean_rise import rises_of_flow
from sims.teaching.records import Records
from sims.teaching.run import Task, run

GOOD_ENOUGH = 1e-3
"""Relative error of a time of a mean rise below which no further times are looked at."""

MOST_ROUNDS = 4
"""Runs at further times; a round squares the error, about."""


def flow_mean_rises(task: Task, records: Records) -> Hitting:
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
