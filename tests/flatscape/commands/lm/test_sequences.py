"""`flatscape lm sequences` on a tiny model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flatscape.commands.lm import sequences as sequences_command
from flatscape.commands.lm.app import app
from flatscape.process.outcome import Outcome
from sims.llm.sequences.check import SequenceCheck
from theory.errors import InvalidInputError

CHECKPOINTS = Path(__file__).parents[3] / "sims" / "llm" / "golden" / "checkpoints"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sequences", *arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with room for the prompts."""
    folder = tmp_path_factory.mktemp("model") / "model"
    shutil.copytree(CHECKPOINTS / "llama-tied", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"max_position_embeddings": 256}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("out") / "new" / "sequences.json"
    asked = ["--prompts", "2", "--completions", "5", "--max-tokens", "3", "--seed", "1", "--json", str(out)]
    return run("--model", str(folder), *asked), out


def test_sequences_of_a_small_model(made: tuple[Result, Path]) -> None:
    result, out = made
    assert result.exit_code == 0, result.exception
    assert "No bound is contradicted." in result.stdout
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["format"] == 1
    assert record["reward"] == "VADER's compound score"
    assert record["settings"] == {"prompts": 2, "completions": 5, "max_tokens": 3, "seed": 1, "confidence": 0.95}
    assert [len(prompt["completions"]) for prompt in record["prompts"]] == [5, 5]
    assert len(SequenceCheck.from_record(record).landscape) == 3


def test_a_contradiction_is_the_exit_code(
    made: tuple[Result, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SequenceCheck.from_record(json.loads(made[1].read_text(encoding="utf-8")))
    row = found.landscape[0]
    wrong = row._replace(bounds=[bound._replace(upper=-1e9) for bound in row.bounds])
    monkeypatch.setattr(sequences_command, "run", lambda *_: (found._replace(landscape=[wrong]), {}))
    result = run("--model", str(folder), "--prompts", "2")
    assert result.exit_code == Outcome.UNSOUND
    assert "CONTRADICTED: s0: all prompts" in result.stdout
    assert "No bound is contradicted." not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prompts", "13"], "--prompts: got 13"),
        (["--prompts", "1"], "--prompts: got 1"),
        (["--completions", "4"], "--completions: got 4"),
        (["--max-tokens", "0"], "--max-tokens: got 0"),
        (["--seed", "-1"], "--seed: got -1"),
        (["--json", "."], "--json: got an empty name"),
    ],
)
def test_bad_input_is_found_before_the_model_is_loaded(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequences_command, "load_model", lambda _: pytest.fail("loaded"))
    result = run(*arguments)
    assert isinstance(result.exception, InvalidInputError)
    assert message in str(result.exception)
