"""The rewards of a run: less by the divergence, left out where there are none, teaching what they reward."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sims.llm import CalledReward, completion_log_probabilities
from sims.llm.training import checkpoint
from sims.llm.training import run as run_module
from sims.llm.training.run import CHECKPOINT
from tests.small_training import SMALL, called, lengths, small_model, training_run
from theory.errors import InvalidInputError


class Seen:
    """What an update computes with, as it does so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shift: float = 0.0) -> None:
        self.rollouts: list[Any] = []
        self.rewards: list[np.ndarray] = []
        passed, advantages = run_module.reference_pass, run_module.group_advantages

        def reference_pass(parameters: Any, config: Any, rollout: Any, **others: Any) -> Any:
            self.rollouts.append(rollout)
            found = passed(parameters, config, rollout, **others)
            random = np.random.default_rng(len(self.rollouts))
            noise = (shift * random.normal(size=found.log_probabilities.shape)).astype(np.float32)
            return found._replace(log_probabilities=found.log_probabilities + noise)

        def group_advantages(rewards: Any, method: Any) -> Any:
            self.rewards.append(rewards)
            return advantages(rewards, method)

        monkeypatch.setattr(run_module, "reference_pass", reference_pass)
        monkeypatch.setattr(run_module, "group_advantages", group_advantages)


@pytest.mark.parametrize("coefficient", [0.0, 0.7])
def test_the_reward_is_less_by_the_divergence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coefficient: float
) -> None:
    """`r - lambda ln(pi / pi_ref)` (paper, Eq (1)), with both policies' log-probabilities taken by another path."""
    seen = Seen(monkeypatch)
    proxy = called(lambda call, completions: lengths(completions))
    training_run(tmp_path, proxy=proxy, kl_coefficient=coefficient, learning_rate=0.1, steps=3).run()
    # Evaluations come after 0, 2 and 3 updates.
    updates = [seen.rollouts[place] for place in (1, 2, 4)]
    assert len(seen.rewards) == 3
    for rollout, rewards in zip(updates, seen.rewards, strict=True):
        first = rollout.token_ids.shape[1] - SMALL.max_tokens
        ids = [
            (row[:first][kept[:first]].tolist(), row[first:][kept[first:]].tolist())
            for row, kept in zip(rollout.token_ids, rollout.kept, strict=True)
        ]
        initial = [float(v.sum()) for v in completion_log_probabilities(small_model(), *zip(*ids, strict=True))]
        wanted = lengths(rollout.completions) - coefficient * (rollout.log_probabilities - np.array(initial))
        np.testing.assert_allclose(rewards.ravel(), wanted, atol=1e-4)
    assert np.abs(updates[-1].log_probabilities - initial).max() > 1e-2


def test_without_a_coefficient_nothing_of_the_reference_enters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curves = []
    for number, shift in enumerate((0.0, 5.0)):
        with monkeypatch.context() as patch:
            Seen(patch, shift)
            run = replace(training_run(tmp_path / str(number), kl_coefficient=0.0), keep_trained=True)
            curves.append(run.run())
    kept = [checkpoint.load_checkpoint(tmp_path / str(number) / CHECKPOINT) for number in range(2)]
    assert kept[0] is not None
    assert kept[1] is not None
    assert all(np.array_equal(kept[0][1][name], kept[1][1][name]) for name in kept[0][1])
    steps = [curve.step_table() for curve in curves]
    assert steps[0].drop("kl").equals(steps[1].drop("kl"))
    assert not steps[0].equals(steps[1])


def dropping(call: int, completions: list[str]) -> list[float | None]:
    """The number of words, and nothing for completions that end in a letter of the first half of the alphabet."""
    return [None if text[-1:] < "n" else float(len(text)) for text in completions]


def test_completions_without_a_reward_are_counted_and_left_out(tmp_path: Path) -> None:
    proxy = called(dropping, on_failure="drop", batch_size=1)
    curve = training_run(tmp_path, proxy=proxy, steps=6).run()
    table, evaluations = curve.step_table(), curve.evaluation_table()
    assert 0 < table["unscored"].to_numpy().sum() < 6 * 4
    missing = 2 * len(evaluations) - int(evaluations["scored"].to_numpy().sum())
    assert proxy.failures.total() == int(table["unscored"].to_numpy().sum()) + missing
    assert table["gradient_norm"].is_finite().all()
    for row in evaluations.filter(scored=0).iter_rows(named=True):
        assert np.isnan([row["proxy"], row["truth"], row["kl"]]).all()


def test_a_reward_that_is_never_there_changes_nothing(tmp_path: Path) -> None:
    proxy = called(lambda call, completions: [float("nan")] * len(completions), on_failure="drop")
    run = replace(training_run(tmp_path, proxy=proxy, steps=2), keep_trained=True)
    curve = run.run()
    assert [row[1] for row in curve.steps] == pytest.approx([np.nan] * 2, nan_ok=True)
    assert [row[4] for row in curve.steps] == [0.0, 0.0]
    assert [row[6] for row in curve.steps] == [4, 4]
    kept = checkpoint.load_checkpoint(tmp_path / CHECKPOINT)
    assert kept is not None
    assert np.abs(kept[1][".trainable['query'].up"]).max() == 0


class Infinite:
    """A reward that is infinite, against the protocol."""

    name, needs_features = "proxy", False

    def __call__(self, texts):
        return np.full(len(texts.completions), np.inf)


def test_an_infinite_reward_counts_as_none(tmp_path: Path) -> None:
    curve = training_run(tmp_path, proxy=Infinite(), steps=1).run()
    assert [row[6] for row in curve.steps] == [4]


def test_a_reward_that_hangs_is_left_out_or_ends_the_run(tmp_path: Path) -> None:
    def hangs(call: int, completions: list[str]) -> np.ndarray:
        if call >= 2:
            time.sleep(1000)
        return lengths(completions)

    def hangs_once(call: int, completions: list[str]) -> np.ndarray:
        return hangs(0 if call != 5 else 2, completions)

    proxy = called(hangs_once, timeout=0.5, batch_size=1, on_failure="drop")
    curve = training_run(tmp_path / "a", proxy=proxy, steps=1).run()
    assert [row[6] for row in curve.steps] == [1], "the second completion of the first update"
    assert [row[5] for row in curve.evaluations] == [2, 2, 2, 2]
    with pytest.raises(InvalidInputError, match=r"reward 'proxy' of a completion.*It failed: time-out"):
        training_run(tmp_path / "b", proxy=called(hangs, timeout=0.5), steps=1).run()
    assert not (tmp_path / "b" / CHECKPOINT).exists()


def test_rewards_of_another_shape_are_refused(tmp_path: Path) -> None:
    class One:
        name, needs_features = "proxy", False

        def __call__(self, texts):
            return 0.5

    with pytest.raises(InvalidInputError, match=r"reward 'proxy': got shape \(\)\. Give one number per completion"):
        training_run(tmp_path, proxy=One()).run()


def test_a_called_reward_teaches(tmp_path: Path) -> None:
    """Words become frequent that are rewarded: the gradient points upwards."""
    proxy = called(lambda call, completions: [sum(word < "m" for word in text.split()) for text in completions])
    assert isinstance(proxy, CalledReward)
    changes: dict[str, Any] = {"steps": 60, "trained": "all", "evaluate_every": 60, "checkpoint_every": 60}
    curve = training_run(tmp_path, proxy=proxy, truth=proxy, kl_coefficient=0.0, **changes).run()
    proxies = [row[1] for row in curve.steps]
    assert np.mean(proxies[-10:]) > np.mean(proxies[:10]) + 1
