"""What makes an instance of Proposition 4 hard is found in instances that were made to have it, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from theory.instances.tabular import HittingTimeInstance
from theory.statements.tabular.hitting_time_hypotheses import (
    KL_FEATURES,
    PROPOSITION_4_FEATURES,
    SHARPENED_PROPOSITION_4_FEATURES,
)
from theory.tabular.problem import make_problem

BAD, SEVERAL, KL, ABOVE = "bad outputs", "several good outputs", "a KL term", "an output ranked above a good one"
TOGETHER = {
    "bad outputs and a KL term": {BAD, KL},
    "several good outputs and a KL term": {SEVERAL, KL},
    "bad outputs, several good ones": {BAD, SEVERAL},
    "bad outputs, several good ones and a KL term": {BAD, SEVERAL, KL},
}
# Four outputs of equal probability: their proxy rewards, and how many of the first are good for `r_G`.
CASES = [
    ([1.0, -0.2, -0.4, -0.4], 1, set()),
    ([0.5, 1.0, -0.7, -0.8], 1, {BAD, ABOVE}),
    ([1.0, 0.5, -0.7, -0.8], 1, {BAD}),
    ([1.0, 0.5, -0.7, -0.8], 2, {SEVERAL}),
    ([1.0, 0.4, 0.5, -1.0], 2, {SEVERAL, BAD, ABOVE}),
    ([1.0, 0.4, 0.4, -1.0], 2, {SEVERAL, BAD}),
    ([1.0, 0.4, 0.3, -1.0], 3, {SEVERAL}),
]


@pytest.mark.parametrize("kl_coefficient", [0.0, 1e-12, 0.5])
@pytest.mark.parametrize(
    "features", [PROPOSITION_4_FEATURES, SHARPENED_PROPOSITION_4_FEATURES], ids=["prop4", "s-prop4"]
)
def test_each_feature_is_found_just_where_it_is(features, kl_coefficient):
    members = np.array([np.arange(4) < count for _, count, _ in CASES])
    problem = make_problem(
        initial_probabilities=np.full(members.shape, 0.25),
        proxy_reward=[proxy for proxy, _, _ in CASES],
        ground_truth_reward=np.where(members, 1.0, -1.0),
        kl_coefficient=kl_coefficient,
    )
    instance = HittingTimeInstance(problem=problem, increase=np.full(len(CASES), 1e-3), good_set=members)
    found = {feature.name: np.asarray(feature.present(instance)).tolist() for feature in features}
    assert set(found) == {KL, BAD, SEVERAL, ABOVE, *TOGETHER}
    for place, (_, _, single) in enumerate(CASES):
        there = single | ({KL} if kl_coefficient else set())
        there |= {name for name, parts in TOGETHER.items() if parts <= there}
        assert {name for name, present in found.items() if present[place]} == there, place
    assert [feature.name for feature in KL_FEATURES] == [KL]
