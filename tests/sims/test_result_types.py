"""The records that public functions return, by the names under which they are exported."""

from __future__ import annotations

import jax
import numpy as np
import optax
import pytest

import sims
from sims.reward_models import LinearRewardModel, PreferencePairs, TrainedRewardModels, train_reward_models
from sims.rlhf import (
    TEACHERS,
    BestOfNIncrease,
    InitialPolicy,
    PolicyComparison,
    PublicRewardModel,
    Replication,
    Setting,
    Teachers,
    World,
    best_of_n_increases,
    compare_policies,
    draw_world,
    replicate,
    train_teachers,
)
from theory import make_policy_problem, make_problem
from theory.policies import TabularPerPrefixPolicy

SETTING = Setting(prompts=20, batch_size=4)
MODELS = [PublicRewardModel("broad", own_share=0.5, prompt_component=0.6)]


def test_of_simulators() -> None:
    problem = make_problem(initial_probabilities=[0.1, 0.9], proxy_reward=[1, -1], ground_truth_reward=[1, -1])
    path = sims.trajectory(problem, np.array([0.0, 1.0]))
    assert isinstance(path, sims.Trajectory)
    assert path.error is not None
    assert isinstance(sims.gradient_ascent(problem, 0.1, 2), sims.Trajectory)
    found = sims.hitting_times(problem, 0.1)
    assert isinstance(found, sims.Hitting)
    assert found.reached.shape == found.time.shape == ()
    assert sims.Status(int(found.status)) is sims.Status.REACHED


def test_in_parameter_space() -> None:
    policy, reward = TabularPerPrefixPolicy(1, 3, 1), np.array([1.0, 0.0, -1.0])
    problem = make_policy_problem(policy, np.zeros((1, 1, 3)), proxy_reward=reward, ground_truth_reward=reward)
    path = sims.follow_flow(problem, 1.0)
    assert isinstance(path, sims.FlowPath)
    assert path.end == 1.0
    ascent = sims.parameter_ascent(problem, optax.sgd(0.1), 2)
    assert isinstance(ascent, sims.ParameterAscent)
    assert ascent.last_step == 2


def test_of_reward_models() -> None:
    model = LinearRewardModel(np.array([[[1.0, 0.0], [0.0, 1.0]]]))
    pairs = PreferencePairs(np.array([[0]]), np.array([[1]]), np.array([[0]]), np.array([[True]]))
    found = train_reward_models(jax.random.key(0), model, pairs, optimizer=optax.sgd(0.5), steps=3)
    assert isinstance(found, TrainedRewardModels)
    assert found.loss.shape == (1, 4)


def test_of_worlds_and_teachers() -> None:
    world = draw_world(SETTING, np.random.default_rng(0))
    assert isinstance(world, World)
    teachers = train_teachers(SETTING, world, jax.random.key(0))
    assert isinstance(teachers, Teachers)
    assert teachers.rewards.shape == (len(TEACHERS), SETTING.prompts, SETTING.outputs)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda: replicate(SETTING, 0, seeds=1, epochs=1), Replication),
        (lambda: best_of_n_increases(SETTING, 0, [1, 2]), BestOfNIncrease),
        (
            lambda: compare_policies(SETTING, [InitialPolicy("own", 3.0)], MODELS, 0, seeds=1, epochs=1),
            PolicyComparison,
        ),
    ],
    ids=["replicate", "best_of_n_increases", "compare_policies"],
)
def test_of_experiments(made: object, kind: type) -> None:
    assert callable(made)
    found = made()
    assert isinstance(found, kind)
    assert all(np.isfinite(values).all() for values in jax.tree.leaves(found))
