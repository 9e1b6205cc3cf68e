"""All measures of an audit: their values on the conformance data, and that statistics of means are the estimators."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.ragged_rewards import CONFORMANCE, ragged_rewards
from theory.comparison.measures import audit_measures
from theory.errors import InvalidInputError
from theory.estimators.group_moments import defined_mean
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.pairs import pair_sums
from theory.estimators.ranking_accuracy import ranking_accuracy
from theory.estimators.reward_variance import prompt_variances, whitened_variances, within_prompt_share
from theory.estimators.truth_classes import truth_class_variance


def values_of(data, **options):
    return {
        measure.name: measure.statistic(*(defined_mean(column) for column in measure.columns))
        for measure in audit_measures(data, **options)
    }


def test_conformance():
    found = values_of(CONFORMANCE)
    wanted = {
        "reward variance": [1 / 6, 0.365 / 3],
        "zero variance": [1 / 2, 0],
        "accuracy, strict, pooled": [1 / 3, 2 / 3],
        "accuracy, half credit, pooled": [2 / 3, 2 / 3],
        "accuracy, strict, by prompt": [1 / 4, 1 / 2],
        "accuracy, half credit, by prompt": [5 / 8, 1 / 2],
        "accuracy, equal signs, pooled": [1 / 4, 2 / 4],
    }
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-14, err_msg=name)


@given(ragged_rewards(weighted=True))
def test_statistics_of_means_are_the_estimators(data):
    found = values_of(data)
    variances, sums = prompt_variances(data), pair_sums(data, weighted=True)
    wanted = {
        "whitened reward variance": defined_mean(whitened_variances(variances)),
        "within-prompt share": within_prompt_share(variances),
        "weighted accuracy, half credit, pooled": ranking_accuracy(sums, "half_credit").pooled,
        "weighted accuracy, harm aware, by prompt": ranking_accuracy(sums, "harm_aware").by_prompt,
        "share within truths": truth_class_variance(data).within_share,
    }
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-12, err_msg=name)


def test_what_the_data_allow():
    bare = make_grouped_rewards([[1.0, 0.0]], [0, 2])
    names = set(values_of(bare))
    assert not any("accuracy" in name or "truth" in name for name in names)
    assert "best-of-2 reward" in names
    with_truth = set(values_of(bare._replace(truth=np.array([1.0, 0.0]))))
    assert "accuracy, strict, pooled" in with_truth
    assert not any("weighted" in name for name in with_truth)
    fewer = set(values_of(CONFORMANCE, subset_sizes=(3,), group_sizes=(), trainer="verl"))
    assert "best-of-3 truth" in fewer
    assert "shrink factor, verl" in fewer
    assert not any("no signal" in name for name in fewer)


def test_another_trainer():
    with pytest.raises(InvalidInputError, match="trainer"):
        audit_measures(CONFORMANCE, trainer="ours")
