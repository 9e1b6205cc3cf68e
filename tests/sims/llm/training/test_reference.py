"""The initial model on drawn completions: log-probabilities and features by hand, however many rows go together."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import completion_log_probabilities, hidden_states
from sims.llm.training.placement import placement
from sims.llm.training.reference import ReferencePass, reference_pass
from sims.llm.training.rollout import Rollout
from tests.small_training import small_model

FIRST = 4
IDS = np.array(
    [[0, 0, 5, 9, 12, 7, 0], [3, 8, 1, 6, 20, 0, 0], [0, 0, 0, 2, 30, 31, 32], [0, 4, 4, 4, 4, 4, 0]], np.int32
)
LENGTHS = np.array([2, 1, 3, 2], np.int32)
PADDING = [2, 0, 3, 1]


@pytest.fixture(scope="module")
def rollout() -> Rollout:
    places = np.arange(IDS.shape[1])
    kept = (places >= np.array(PADDING)[:, None]) & (places < FIRST + LENGTHS[:, None])
    return Rollout(IDS, kept, LENGTHS, np.zeros(4, np.float32), ("",) * 4)


def passed(rollout: Rollout, rows_at_once: int) -> ReferencePass:
    model = small_model()
    return reference_pass(
        model.parameters,
        model.config,
        rollout,
        prompt_length=FIRST,
        rows_at_once=rows_at_once,
        placement=placement(),
    )


def test_log_probabilities_are_those_of_the_completions(rollout: Rollout) -> None:
    prompts = [IDS[row, PADDING[row] : FIRST].tolist() for row in range(4)]
    completions = [IDS[row, FIRST : FIRST + LENGTHS[row]].tolist() for row in range(4)]
    wanted = [float(values.sum()) for values in completion_log_probabilities(small_model(), prompts, completions)]
    np.testing.assert_allclose(passed(rollout, 4).log_probabilities, wanted, atol=2e-5)


def test_features_are_the_mean_hidden_state_of_the_completion(rollout: Rollout) -> None:
    model, found = small_model(), passed(rollout, 4)
    assert found.features.shape == (4, model.config.embedding_size)
    for row in range(4):
        # Without any padding, and without what other rows there are.
        whole = IDS[row, PADDING[row] : FIRST + LENGTHS[row]][None]
        states = hidden_states(model.parameters, model.config, jnp.asarray(whole), jnp.ones(whole.shape, bool))
        wanted = np.asarray(states[0, -LENGTHS[row] :], np.float64).mean(axis=0)
        np.testing.assert_allclose(found.features[row], wanted, atol=1e-5)


@pytest.mark.parametrize("rows_at_once", [1, 2, 3])
def test_rows_are_the_same_in_blocks(rollout: Rollout, rows_at_once: int) -> None:
    for whole, in_blocks in zip(passed(rollout, 4), passed(rollout, rows_at_once), strict=True):
        np.testing.assert_allclose(in_blocks, whole, atol=1e-5)
