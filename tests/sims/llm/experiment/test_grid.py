"""All runs of an experiment in a folder: found again, gone on with, and never mixed with another's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sims.llm.experiment import grid
from sims.llm.experiment.config import WORD_MODEL, Course, ExperimentConfig
from sims.llm.experiment.grid import CONFIG, EVALUATIONS, MEASURES, SAMPLES, SECONDS, STEPS, Experiment, run_experiment
from sims.llm.experiment.reward_choice import RewardChoice
from sims.llm.training.checkpoint import load_checkpoint
from sims.llm.training.run import TrainingRun
from tests.small_training import SMALL, small_model
from theory.errors import InvalidInputError

SETTINGS = replace(SMALL, steps=3)
ASKED = ExperimentConfig(
    model=WORD_MODEL,
    truth=RewardChoice("ground truth", "vader"),
    rewards=(
        RewardChoice("ground truth", "vader"),
        RewardChoice("squashed truth", "squashed"),
        RewardChoice("pairs", "preferences"),
    ),
    courses=(Course(("squashed truth", "pairs"), (0,), SETTINGS), Course(("ground truth",), (0, 1), SETTINGS)),
    reward_model_prompts=6,
    taught_prompts=4,
    held_out_prompts=2,
    initial_completions=4,
    off_policy_completions=4,
)
RUNS = ["squashed-truth-rloo-lora-0", "pairs-rloo-lora-0", "ground-truth-rloo-lora-0", "ground-truth-rloo-lora-1"]


def run(folder: Path, config: ExperimentConfig = ASKED, **options: Any) -> Experiment:
    return run_experiment(config, folder, model=small_model(), **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Experiment]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, run(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """What is computed, and not how long it took."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != SECONDS
    }


def test_the_folder_holds_every_table(whole: tuple[Path, Experiment]) -> None:
    folder, found = whole
    files = {CONFIG, SAMPLES, MEASURES, STEPS, EVALUATIONS, SECONDS}
    assert {path.name for path in folder.iterdir()} == files | {"initial", "runs"}
    assert {path.name for path in (folder / "runs").iterdir()} == set(RUNS)
    for name, table in zip((SAMPLES, MEASURES, STEPS, EVALUATIONS), found, strict=True):
        assert pl.read_parquet(folder / name).equals(table)
    assert found.steps["run"].unique(maintain_order=True).to_list() == RUNS
    assert found.steps.height == 4 * 3
    assert found.evaluations.height == 4 * 3 * 2
    told = found.steps.filter(run=RUNS[3]).select("reward", "method", "trained", "seed").unique().rows()
    assert told == [("ground truth", "rloo", "lora", 1)]
    start = found.evaluations.filter(step=0).group_by("prompt").agg(pl.col("truth").n_unique())
    assert start["truth"].to_list() == [1, 1], "all runs begin with the same completions"


def test_what_is_done_is_not_done_again(whole: tuple[Path, Experiment], monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(whole[0])
    monkeypatch.setattr(TrainingRun, "_update", None)
    monkeypatch.setattr("sims.llm.experiment.initial_samples.Sampler", None)
    found = run(whole[0])
    assert all(left.equals(right) for left, right in zip(found, whole[1], strict=True))
    assert contents(whole[0]) == before


@pytest.mark.parametrize("updates", [0, 1, 4, 11])
def test_an_interrupted_experiment_goes_on(
    whole: tuple[Path, Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: int
) -> None:
    done: list[int] = []
    update = TrainingRun._update

    def interrupting(self: TrainingRun, state: Any, step: int, curve: Any) -> Any:
        if len(done) == updates:
            raise KeyboardInterrupt
        done.append(step)
        return update(self, state, step, curve)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingRun, "_update", interrupting)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    shares: list[float] = []
    run(tmp_path, progress=lambda what, share: shares.append(share))
    assert contents(tmp_path) == contents(whole[0])
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"held_out_prompts": 3}, "held_out_prompts"),
        ({"truth": RewardChoice("other", "vader")}, "name"),
        ({"rewards": (*ASKED.rewards, RewardChoice("half", "half lexicon"))}, "rewards"),
        ({"courses": ASKED.courses[:1]}, "courses"),
        ({"off_policy_prefix": "Other. "}, "off_policy_prefix"),
    ],
)
def test_a_folder_of_another_experiment_is_refused(
    whole: tuple[Path, Experiment], change: dict[str, Any], name: str
) -> None:
    before = contents(whole[0])
    with pytest.raises(InvalidInputError, match=rf"^{name}: got .* or give another folder"):
        run(whole[0], replace(ASKED, **change))
    assert contents(whole[0]) == before


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all that I have")
    with pytest.raises(InvalidInputError, match=r"^out: got .*, which holds something else\. Give a new folder"):
        run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("content", [b"", b"[1, 2", b"\xff"])
def test_a_damaged_folder_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CONFIG).write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"^out: got .*experiment\.json.*Give another folder"):
        run(tmp_path)


def test_what_cannot_be_run_is_refused_before_the_folder_is_made(tmp_path: Path) -> None:
    courses = (Course(("pairs",), (0,), replace(SETTINGS, max_tokens=255)),)
    with pytest.raises(InvalidInputError, match="as 255 more are to follow"):
        run(tmp_path / "new", replace(ASKED, courses=courses))
    unknown = RewardChoice("truth", "python", {"function": "no_such_module:f"})
    with pytest.raises(InvalidInputError, match="no_such_module"):
        run(tmp_path / "new", replace(ASKED, truth=unknown))
    assert not (tmp_path / "new").exists()


def test_what_was_trained_is_kept_if_wanted(tmp_path: Path) -> None:
    config = replace(ASKED, rewards=ASKED.rewards[:1], courses=(Course(("ground truth",), (1,), SETTINGS),))
    run(tmp_path, config, keep_trained=True)
    kept = load_checkpoint(tmp_path / "runs" / RUNS[3] / "checkpoint.npz")
    assert kept is not None
    assert any(name.startswith(".trainable") for name in kept[1])


def test_the_word_model_has_the_precision_asked_for() -> None:
    model = grid.load_policy(replace(ASKED, precision="bfloat16"))
    assert str(model.parameters.embedding.dtype) == "bfloat16"
    assert str(grid.load_policy(ASKED).parameters.embedding.dtype) == "float32"
