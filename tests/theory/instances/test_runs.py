"""Instances of training in steps: what no simulator has found yet is not there to be used."""

from __future__ import annotations

import numpy as np
import pytest

from theory.instances.runs import RUN_GROUP, RUN_STEPS, RunInstance, known
from theory.tabular.problem import make_problem


def test_what_no_simulator_has_found_is_refused() -> None:
    with pytest.raises(ValueError, match="These steps have not been taken"):
        known(None)
    assert known(0.0) == 0


def test_an_instance_starts_without_what_simulators_find() -> None:
    problem = make_problem(initial_probabilities=[0.5, 0.5], proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0])
    instance = RunInstance(
        problem=problem,
        step_sizes=np.ones(RUN_STEPS),
        samples=np.zeros((RUN_STEPS, RUN_GROUP), np.int64),
        epsilon=np.float64(1e-8),
    )
    assert (instance.change, instance.sign_change, instance.standardised_change) == (None, None, None)
