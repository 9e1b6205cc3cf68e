"""A run: its curve, its checkpoints, and that interruptions of any kind change nothing."""

from __future__ import annotations

import errno
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sims.llm import CalledReward, Curve, GroundTruth, Prompts, completion_log_probabilities, word_model
from sims.llm.training import checkpoint
from sims.llm.training import run as run_module
from sims.llm.training.curve import EVALUATION_COLUMNS, STEP_COLUMNS
from sims.llm.training.evaluation import StartingEvaluation
from sims.llm.training.run import CHECKPOINT, EVALUATIONS, STEPS, taught_prompts
from tests.processes import PATIENCE, start
from tests.small_training import PROMPTS, SMALL, called, lengths, small_model, training_run
from theory.errors import InvalidInputError


class Interrupted(Exception):
    """Raised by a reward in the middle of a run."""


def interrupting(at: int) -> Any:
    """The ground truth, which raises at a call."""

    class Interrupting:
        name, needs_features, calls = "proxy", False, 0

        def __call__(self, texts):
            self.calls += 1
            if self.calls > at:
                raise Interrupted
            return GroundTruth()(texts)

    return Interrupting()


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (STEPS, EVALUATIONS)}


@pytest.fixture(scope="module", params=["lora", "all"])
def trained(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, trained: str) -> tuple[Path, Curve]:
    """A run without interruption, whose parameters are kept."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, replace(training_run(folder, trained=trained), keep_trained=True).run()


def test_the_curve_has_every_step_and_every_evaluation(whole: tuple[Path, Curve]) -> None:
    folder, curve = whole
    steps, evaluations = pl.read_parquet(folder / STEPS), pl.read_parquet(folder / EVALUATIONS)
    assert steps.schema == STEP_COLUMNS
    assert evaluations.schema == EVALUATION_COLUMNS
    assert steps.equals(curve.step_table())
    assert evaluations.equals(curve.evaluation_table())
    assert steps["step"].to_list() == [0, 1, 2, 3, 4]
    assert evaluations.select("step", "prompt").rows() == [(step, p) for step in (0, 2, 4, 5) for p in (0, 1)]
    assert steps["proxy"].to_list() == steps["truth"].to_list(), "the same function under two names"
    assert steps["unscored"].to_list() == [0] * 5
    assert evaluations["scored"].to_list() == [2] * 8
    assert steps["kl"][0] == pytest.approx(0, abs=1e-4)
    assert evaluations.filter(step=0)["kl"].to_list() == pytest.approx([0, 0], abs=1e-4)
    assert np.abs(evaluations.filter(step=5)["kl"].to_numpy()).max() > 1e-3


def test_the_file_is_there_once(whole: tuple[Path, Curve]) -> None:
    assert sorted(path.name for path in whole[0].iterdir()) == sorted([CHECKPOINT, STEPS, EVALUATIONS])


@pytest.mark.parametrize("calls", [0, 1, 4, 7])
def test_an_error_in_a_reward_and_another_try_change_nothing(
    whole: tuple[Path, Curve], trained: str, tmp_path: Path, calls: int
) -> None:
    with pytest.raises(Interrupted):
        training_run(tmp_path, proxy=interrupting(calls), trained=trained).run()
    assert (tmp_path / CHECKPOINT).exists() == (calls >= 4)
    seen: list[int] = []
    replace(training_run(tmp_path, trained=trained), keep_trained=True).run(seen.append)
    assert seen[0] == (0 if calls < 4 else 2 if calls < 7 else 4)
    assert seen == list(range(seen[0], 6))
    assert tables(tmp_path) == tables(whole[0])
    found, wanted = (checkpoint.load_checkpoint(folder / CHECKPOINT) for folder in (tmp_path, whole[0]))
    assert found is not None
    assert wanted is not None
    assert found[1].keys() == wanted[1].keys()
    assert all(np.array_equal(found[1][name], wanted[1][name]) for name in wanted[1])


KILLED = """
import os, signal, sys
from pathlib import Path
import jax
jax.config.update("jax_enable_x64", True)
from flatscape.process.runtime import prepare_worker
prepare_worker(1)
from tests.small_training import training_run
from sims.llm import GroundTruth

class Killing:
    name, needs_features, calls = "proxy", False, 0
    def __call__(self, texts):
        self.calls += 1
        if self.calls > 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return GroundTruth()(texts)

training_run(Path(sys.argv[1]), proxy=Killing(), trained=sys.argv[2]).run()
"""


def test_a_run_that_is_killed_goes_on_as_if_nothing_had_happened(
    whole: tuple[Path, Curve], trained: str, tmp_path: Path
) -> None:
    process = start("-c", KILLED, str(tmp_path / "run"), trained, folder=tmp_path)
    _, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode == -signal.SIGKILL, errors
    assert [path.name for path in (tmp_path / "run").iterdir()] == [CHECKPOINT]
    seen: list[int] = []
    training_run(tmp_path / "run", trained=trained).run(seen.append)
    assert seen == [2, 3, 4, 5]
    assert tables(tmp_path / "run") == tables(whole[0])


def test_a_run_that_is_done_is_found(whole: tuple[Path, Curve], trained: str, tmp_path: Path) -> None:
    folder, curve = whole
    for name in (CHECKPOINT, STEPS, EVALUATIONS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    again = training_run(tmp_path, proxy=interrupting(0), trained=trained)
    assert again.run() == curve
    (tmp_path / STEPS).unlink()
    assert again.run() == curve
    assert tables(tmp_path) == tables(folder), "a table that is gone is written again"


def test_what_was_trained_is_kept_only_if_wanted(trained: str, whole: tuple[Path, Curve], tmp_path: Path) -> None:
    kept = checkpoint.load_checkpoint(whole[0] / CHECKPOINT)
    assert kept is not None
    if trained == "lora":
        up = kept[1][".trainable['query'].up"]
        assert np.abs(up).max() > 0
        assert up.dtype == np.float32
    else:
        assert np.abs(kept[1][".trainable.embedding"] - np.asarray(small_model().parameters.embedding)).max() > 0
    run = training_run(tmp_path, trained=trained)
    assert run.run() == whole[1]
    kept = checkpoint.load_checkpoint(tmp_path / CHECKPOINT)
    assert kept is not None
    assert kept[1] == {}
    assert run.run() == whole[1], "and a run without it is found all the same"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has been interrupted after its first checkpoint."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.raises(Interrupted):
        training_run(folder, proxy=interrupting(5), about={"source": [1, 2]}).run()
    return folder


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda run: replace(run, settings=replace(run.settings, learning_rate=0.5)), "learning_rate"),
        (lambda run: replace(run, settings=replace(run.settings, steps=20)), "steps"),
        (lambda run: replace(run, settings=replace(run.settings, trained="all")), "trained"),
        (lambda run: replace(run, prompts=Prompts(PROMPTS.taught[::-1], PROMPTS.held_out)), "taught"),
        (lambda run: replace(run, prompts=Prompts(PROMPTS.taught, PROMPTS.held_out[:1])), "held_out"),
        (lambda run: replace(run, model=word_model(1)), "model"),
        (lambda run: replace(run, model=word_model(dtype="bfloat16")), "precision"),
        (lambda run: replace(run, proxy=GroundTruth("another")), "proxy"),
        (lambda run: replace(run, truth=GroundTruth("another")), "truth"),
        (lambda run: replace(run, about={"source": [1, 3]}), "source"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(begun: Path, change: Callable[[Any], Any], name: str) -> None:
    before = (begun / CHECKPOINT).read_bytes()
    run = change(training_run(begun, about={"source": [1, 2]}))
    with pytest.raises(InvalidInputError, match=rf"^{name}: got .* go on with that, or give another folder"):
        run.run()
    assert (begun / CHECKPOINT).read_bytes() == before


def test_what_json_does_not_tell_apart_is_no_difference(begun: Path, tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes((begun / CHECKPOINT).read_bytes())
    seen: list[int] = []
    training_run(tmp_path, about={"source": (1, 2)}).run(seen.append)
    assert seen[0] == 2


def test_a_file_that_is_no_checkpoint_of_a_run_is_refused(tmp_path: Path) -> None:
    checkpoint.save_checkpoint(tmp_path / CHECKPOINT, {"asked": 1}, {"features": np.zeros(3)})
    with pytest.raises(InvalidInputError, match=r"checkpoint\.npz, which has no 'run'\. Remove it"):
        training_run(tmp_path).run()
    (tmp_path / CHECKPOINT).write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        training_run(tmp_path).run()


def test_a_full_disk_ends_the_run_and_loses_nothing_before(
    whole: tuple[Path, Curve], trained: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, savez = [], np.savez

    def second_fails(file: Any, **arrays: Any) -> None:
        saved.append(1)
        if len(saved) == 2:
            file.write(b"half of it")
            raise OSError(errno.ENOSPC, "No space left on device")
        savez(file, **arrays)

    monkeypatch.setattr(np, "savez", second_fails)
    with pytest.raises(OSError, match="No space left"):
        training_run(tmp_path, trained=trained).run()
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    seen: list[int] = []
    training_run(tmp_path, trained=trained).run(seen.append)
    assert seen[0] == 2
    assert tables(tmp_path) == tables(whole[0])


def test_runs_share_the_completions_of_the_initial_policy(
    whole: tuple[Path, Curve], trained: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = StartingEvaluation()
    for number, seed in enumerate((SMALL.seed, 8)):
        replace(training_run(tmp_path / str(number), trained=trained, seed=seed), start=start).run()
    assert len(start.drawn) == 1
    assert tables(tmp_path / "0") == tables(whole[0])
    tables_of = [pl.read_parquet(tmp_path / name / EVALUATIONS) for name in "01"]
    assert tables_of[0].filter(step=0).equals(tables_of[1].filter(step=0))
    assert not tables_of[0].filter(step=5).equals(tables_of[1].filter(step=5))


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


def test_a_policy_that_diverges_ends_the_run_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"not finite\. Lower the learning rate|Lower it: step"):
        training_run(tmp_path, learning_rate=1e30, trained="all").run()


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"prompts_per_step": 5, "rows_at_once": 10}, "prompts_per_step"),
        ({"max_tokens": 255}, "prompt 0"),
    ],
)
def test_what_cannot_be_run_is_refused_first(tmp_path: Path, changes: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        training_run(tmp_path / "none", **changes).run()
    assert caught.value.argument == argument
    assert not (tmp_path / "none").exists()


def test_a_run_needs_held_out_prompts(tmp_path: Path) -> None:
    run = replace(training_run(tmp_path), prompts=Prompts(PROMPTS.taught, ()))
    with pytest.raises(InvalidInputError, match="held_out"):
        run.run()


def test_each_pass_goes_through_all_prompts() -> None:
    settings = replace(SMALL, prompts_per_step=3, rows_at_once=6)
    for first in (0, 2, 4):
        seen = taught_prompts(7, settings, first) + taught_prompts(7, settings, first + 1)
        assert len(set(seen)) == 6
    passes = [taught_prompts(7, settings, step) for step in range(0, 20, 2)]
    assert len({tuple(numbers) for numbers in passes}) > 5
    assert taught_prompts(7, replace(settings, seed=9), 0) != passes[0]
    assert taught_prompts(7, settings, 0) == passes[0]


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
