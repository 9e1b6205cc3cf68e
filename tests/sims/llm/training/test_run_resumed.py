"""A run that was interrupted, by whatever, goes on as if nothing had happened; another run is refused."""

from __future__ import annotations

import errno
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sims.llm import Curve, GroundTruth, Prompts, word_model
from sims.llm.training import checkpoint
from sims.llm.training.run import CHECKPOINT, EVALUATIONS, STEPS
from tests.processes import PATIENCE, start
from tests.small_training import PROMPTS, tables, training_run
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
from tests.small_training import PROMPTS, SMALL, called, lengths, small_model, tables, training_run
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
