"""A run: its curve, what it keeps, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sims.llm import Curve, Prompts
from sims.llm.training import checkpoint
from sims.llm.training.curve import EVALUATION_COLUMNS, STEP_COLUMNS
from sims.llm.training.evaluation import StartingEvaluation
from sims.llm.training.run import CHECKPOINT, EVALUATIONS, STEPS, taught_prompts
from tests.small_training import PROMPTS, SMALL, small_model, tables, training_run
from theory.errors import InvalidInputError


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
