"""When each prompt's truth has risen by so much along the flow: the hitting times of one tabular problem each."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from sims.exact_flow.integrable_flow import integrable_hitting_times
from sims.hitting import Hitting
from sims.regularized_flow.hitting_times import regularized_hitting_times
from sims.teaching.blocks import cut, make_block, size_classes
from sims.teaching.scored_groups import ScoredGroups
from theory.arrays import AnyArray

CHUNK_NUMBERS = 2**20
"""Prompts times outputs that are solved in one call."""


def flow_rises(
    groups: ScoredGroups, gains: Float[AnyArray, " gains"], kl_coefficient: float, horizon: float
) -> Hitting:
    """Hitting times of every prompt under every model, shape `(gains, prompts, models)`, `|S| = 1`.

    Up to `horizon`; relative errors aimed at are 1e-10 (see `sims.hitting_times`, of which these are the same).
    """
    shape = (len(gains), groups.prompts, groups.models)
    found = {
        "time": np.empty(shape),
        "relative_error": np.empty(shape),
        "status": np.empty(shape, np.int8),
        "evaluations": np.empty(shape, np.int64),
    }
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
                    for name, values in found.items():
                        values[k, prompts, model] = getattr(hitting, name)
    return Hitting(**found)
