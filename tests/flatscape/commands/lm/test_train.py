"""`flatscape lm train`: a killed run goes on, and what is wrong is said in one line."""

from __future__ import annotations

import io
import re
import signal
import subprocess
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from flatscape.commands.lm import train as train_command
from flatscape.commands.lm.app import app
from sims.llm.experiment.config import ExperimentConfig
from sims.llm.experiment.grid import Experiment
from sims.llm.experiment.presets import FULL, QUICK
from tests.processes import PATIENCE, start, wait_until
from theory.errors import InvalidInputError

CONFIG = """
[model]
path = "word model"

[prompts]
reward_model = 6
taught = 4
held_out = 2

[initial]
completions = 4
off_policy_completions = 4

[[reward]]
name = "ground truth"
kind = "vader"

[[reward]]
name = "squashed truth"
kind = "squashed"

[training]
steps = 12
prompts_per_step = 2
max_tokens = 4
rows_at_once = 4
evaluate_every = 4
checkpoint_every = 2

[[course]]
rewards = ["ground truth", "squashed truth"]
trained = "all"
learning_rate = 0.003
"""
TABLES = ("samples.parquet", "measures.parquet", "steps.parquet", "evaluations.parquet")
ARGUMENTS = ("-m", "flatscape", "lm", "train", "--config", "experiment.toml", "--out")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["train", *arguments])


def finished(process: subprocess.Popen[str]) -> str:
    said, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode == 0, errors
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("train")
    (found / "experiment.toml").write_text(CONFIG, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    """What a run without interruption prints."""
    return finished(start(*ARGUMENTS, "whole", folder=folder))


def test_tables_are_shown_and_written(folder: Path, said: str) -> None:
    assert "Reward models under the initial policy, with 95% intervals over prompts" in said
    assert "Changes on held-out prompts from the first evaluation to the last" in said
    assert re.search(r"squashed truth │ rloo +│ all +│ +1 │ +[+-]\d\.\d{3} │", said)
    assert "All of it: whole (samples, measures, steps and evaluations as Parquet)." in said
    for name in TABLES:
        assert (folder / "whole" / name).stat().st_size > 0


def test_prompts_without_a_scored_completion_are_left_out_of_means() -> None:
    nan = float("nan")
    rows = [
        ("a", 0, 0, 0.0, 0.0, 0.0),
        ("a", 0, 1, nan, nan, nan),
        ("a", 5, 0, nan, nan, nan),
        ("a", 5, 1, 1.5, 0.5, 0.25),
        ("b", 0, 0, nan, nan, nan),
        ("b", 5, 0, 1.0, 1.0, 1.0),
    ]
    schema = ["reward", "step", "prompt", "proxy", "truth", "kl"]
    told = [pl.lit(value).alias(name) for name, value in (("method", "rloo"), ("trained", "all"), ("seed", 0))]
    evaluations = pl.DataFrame(rows, schema=schema, orient="row").with_columns(*told)
    screen = Console(file=io.StringIO(), width=120)
    train_command._show_runs(Experiment(pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), evaluations), screen)
    assert isinstance(screen.file, io.StringIO)
    lines = [re.findall(r"[\w.+-]+", line) for line in screen.file.getvalue().splitlines()]
    assert ["a", "rloo", "all", "1", "+0.500", "+1.500", "+0.250"] in lines
    assert ["b", "rloo", "all", "1", "+nan", "+nan", "+nan"] in lines


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_ended_goes_on(folder: Path, said: str, number: signal.Signals) -> None:
    out = folder / number.name
    process = start(*ARGUMENTS, number.name, folder=folder)
    try:
        first = out / "runs" / "ground-truth-rloo-all-0" / "checkpoint.npz"
        wait_until(lambda: first.exists() or process.poll() is not None, "a checkpoint")
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert not (out / "evaluations.parquet").exists(), "it was ended too late"
    if number is signal.SIGTERM:
        assert process.returncode == 128 + number, errors
        assert f"To go on from there: flatscape {' '.join(ARGUMENTS[2:])} {number.name}" in errors
    else:
        assert process.returncode == -number
    again = finished(start(*ARGUMENTS, number.name, folder=folder))
    assert again == said.replace("All of it: whole", f"All of it: {number.name}")
    for name in TABLES:
        assert (out / name).read_bytes() == (folder / "whole" / name).read_bytes()


def test_without_a_configuration_it_is_the_full_experiment() -> None:
    assert train_command._configuration(None, False) is FULL
    assert train_command._configuration(None, True) is QUICK
    assert FULL.model is None
    assert QUICK.model == "word model"


def test_the_quick_experiment_is_the_one_on_the_word_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is run as it is asked for; the two minutes of computing it are another's."""

    class Reached(Exception):
        pass

    def experiment(config: ExperimentConfig, out: Path, **options: object) -> None:
        assert config is QUICK
        assert out == tmp_path / "out"
        assert options["keep_trained"] is True
        raise Reached

    monkeypatch.setattr("sims.llm.experiment.grid.run_experiment", experiment)
    result = run("--quick", "--keep", "--out", str(tmp_path / "out"))
    assert isinstance(result.exception, Reached), result.exception


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--quick", "--config", "a.toml"), r"^--quick: got a configuration too\. Give one of the two"),
        (("--config", "none.toml"), r"^config: got none\.toml: .*Give a TOML file"),
        (("--quick", "--processes", "2"), r"^--coordinator: got --coordinator None --processes 2 .*Give all three"),
        (("--quick", "--coordinator", "localhost:1"), r"^--coordinator: got .*Give all three"),
        (("--quick", "--process", "1"), r"^--coordinator: got .*--process 1"),
        (("--quick", "--coordinator", "localhost:1", "--processes", "2", "--process", "2"), r"^--coordinator: got"),
        (("--quick", "--data", "99"), r"^devices: got 99 x 1\. There are"),
        (("--quick", "--model-axis", "3"), r"^(devices|model): got"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert isinstance(result.exception, InvalidInputError), (result.output, result.exception)
    assert re.search(message, str(result.exception))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("--data", "0"), ("--processes", "-1"), ("--data", "two"), ("--loud",), ("a",)])
def test_options_out_of_range_are_refused(arguments: tuple[str, ...]) -> None:
    assert run("--quick", *arguments).exit_code == 2
