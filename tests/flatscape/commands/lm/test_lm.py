"""The `flatscape lm` commands."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flatscape.commands.lm.app import app
from sims.llm import loading
from theory.errors import InvalidInputError


@pytest.fixture(scope="module", autouse=True)
def _load_once() -> Iterator[None]:
    """Each command would read the same 98 MB again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "load_language_model", functools.cache(loading.load_language_model))
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def fetched() -> str:
    """What `lm fetch` printed; without the model tests are skipped, but fail where CI is set."""
    result = run("fetch")
    if isinstance(result.exception, InvalidInputError) and os.environ.get("CI") != "true":
        pytest.skip(f"the model cannot be had: {result.exception}")
    assert result.exit_code == 0, result.exception
    return result.stdout


@pytest.mark.model
def test_fetch_prints_path_and_checksum(fetched: str) -> None:
    path, checksum = fetched.splitlines()
    assert Path(path).stat().st_size == 98_362_432
    assert checksum.startswith("sha256 ")
    assert checksum.endswith(" verified")


@pytest.mark.model
@pytest.mark.usefixtures("fetched")
def test_next_names_paris() -> None:
    result = run("next", "The capital of France is", "-k", "5", "--json")
    tokens = json.loads(result.stdout)
    assert len(tokens) == 5
    assert all(set(token) == {"token", "id", "probability", "logit"} for token in tokens)
    assert " Paris" in [token["token"] for token in tokens[:2]]
    assert [token["probability"] for token in tokens] == sorted((t["probability"] for t in tokens), reverse=True)
    assert all(isinstance(token["id"], int) and 0 < token["probability"] < 1 for token in tokens)


@pytest.mark.model
@pytest.mark.usefixtures("fetched")
def test_next_prints_a_line_a_token() -> None:
    lines = run("next", "The capital of France is", "-k", "3").stdout.splitlines()
    assert len(lines) == 3
    assert any('" Paris"' in line for line in lines[:2])


def test_check_of_a_small_model(tmp_path: Path) -> None:
    folder, out = tmp_path / "model", tmp_path / "new" / "lm.json"
    shutil.copytree(CHECKPOINTS / "llama-tied", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"max_position_embeddings": 256}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    asked = ["check", "--model", str(folder), "--prompts", "2", "--gamma", "0.01", "--json", str(out)]
    result = run(*asked)
    assert result.exit_code == 0, result.exception
    assert "No bound is violated." in result.stdout
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["format"] == 1
    assert len(record["prompts"]) == 2
    assert [len(prompt["rows"]) for prompt in record["prompts"]] == [5, 5]
    assert record["settings"]["increase"] == 0.01


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["next", "x", "-k", "0"], "-k: got 0"),
        (["next", "x", "-k", "-3"], "-k: got -3"),
        (["next", ""], "empty prompt"),
    ],
)
def test_bad_input_is_found_before_the_model_is_loaded(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, InvalidInputError)
    assert message in str(result.exception)


def test_a_damaged_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path))
    (tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF")
    loading.load_language_model.cache_clear()  # type: ignore[attr-defined]
    result = run("next", "x")
    assert isinstance(result.exception, InvalidInputError)
    assert "flatscape lm fetch" in str(result.exception)


def test_importing_the_commands_loads_nothing_heavy() -> None:
    heavy = "{'jax', 'gguf', 'tokenizers', 'numpy', 'sims.llm.decoder'}"
    code = f"import sys, flatscape.commands.lm.app; print(sorted({heavy} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


CHECKPOINTS = Path(__file__).parents[3] / "sims" / "llm" / "golden" / "checkpoints"
GOLDEN = json.loads((CHECKPOINTS / "golden.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["gemma2-untied", "gpt_neox-tied"])
def test_next_of_token_ids_needs_no_tokenizer(name: str) -> None:
    tokens = json.loads(
        run("next", "--model", str(CHECKPOINTS / name), "--tokens", "5,17,3", "-k", "97", "--json").stdout
    )
    assert sum(token["probability"] for token in tokens) == pytest.approx(1)
    assert {token["token"] for token in tokens} == {None}
    logits = {token["id"]: token["logit"] for token in tokens}
    assert [logits[k] for k in range(97)] == pytest.approx(GOLDEN["cases"][name]["outputs"][0], abs=1e-4)


def test_score_prints_the_score() -> None:
    folder = str(CHECKPOINTS / "qwen3-score")
    expected = GOLDEN["cases"]["qwen3-score"]["outputs"][0][0]
    printed = json.loads(run("score", "--model", folder, "--tokens", "5,17,3", "--json").stdout)
    assert printed == {"score": pytest.approx(expected, abs=1e-4)}
    assert float(run("score", "--model", folder, "--tokens", "5,17,3").stdout) == pytest.approx(expected, abs=1e-4)


def test_log_probabilities_add_up() -> None:
    folder = str(CHECKPOINTS / "llama-tied")
    texts = json.loads(run("logprob", "the cat", "and the", "--model", folder, "--json").stdout)
    values = [token["log_probability"] for token in texts["tokens"]]
    assert texts["log_probability"] == pytest.approx(sum(values))
    ids = ",".join(str(token["id"]) for token in texts["tokens"])
    again = run("logprob", "the cat", "--completion-tokens", ids, "--model", folder).stdout
    assert float(again.splitlines()[0]) == pytest.approx(texts["log_probability"], rel=1e-5)
    mixed = run("logprob", "and the", "--tokens", "1,4", "--model", folder)
    assert mixed.exit_code == 0, mixed.exception


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["next"], "text / --tokens: got neither"),
        (["check", "--prompts", "13"], "--prompts: got 13"),
        (["check", "--gamma", "2"], "--gamma: got 2"),
        (["check", "--json", "."], "--json: got an empty name"),
        (["next", "x", "--tokens", "1"], "text / --tokens: got both"),
        (["next", "--tokens", "1,x"], "--tokens: got 1,x"),
        (["next", "--tokens", ""], "--tokens: got "),
        (["next", "--tokens", "3,-1"], "not negative"),
        (["next", "--model", "llama-tied", "--tokens", "97"], "token id 97"),
        (["next", "--model", "llama-tied", "--tokens", ",".join(["1"] * 129)], "at most 128"),
        (["next", "--model", "llama-tied", "-k", "98", "x"], "from 1 to 97"),
        (["next", "--model", "qwen3-tied", "x"], "without tokenizer.json"),
        (["next", "--model", "qwen3-score", "--tokens", "1"], "predicts no tokens"),
        (["next", "--model", "nowhere", "x"], "cannot be read"),
        (["next", "--model", "no/where", "x"], "all 40 digits"),
        (["score", "--tokens", "1"], "--model: got none"),
        (["score", "--model", "llama-tied", "--tokens", "1"], "gives no scores"),
        (["score", "--model", "qwen2-score", "--tokens", "1"], "a classifier of 3 labels"),
        (["logprob", "x"], "completion / --completion-tokens: got neither"),
        (
            ["logprob", "x", "--model", "llama-tied", "--completion-tokens", "99"],
            "--completion-tokens: got token id 99",
        ),
    ],
)
def test_bad_input_is_one_error(arguments: list[str], message: str) -> None:
    known = {path.name: str(path) for path in CHECKPOINTS.iterdir()}
    result = run(*[known.get(argument, argument) for argument in arguments])
    assert isinstance(result.exception, InvalidInputError)
    assert message in str(result.exception)


def test_sample_goes_on_from_its_folder(tmp_path: Path) -> None:
    command = [
        "sample",
        "the cat",
        "-n",
        "3",
        "--max-tokens",
        "4",
        "--model",
        str(CHECKPOINTS / "llama-tied"),
        "--json",
    ]
    first = json.loads(run(*command, "--out", str(tmp_path / "drawn")).stdout)
    assert len(first) == 3
    assert all(row["log_probability"] == pytest.approx(sum(row["log_probabilities"])) for row in first)
    assert json.loads(run(*command, "--out", str(tmp_path / "drawn")).stdout) == first
    assert json.loads(run(*command).stdout) == first
    other = run(*command, "--seed", "1", "--out", str(tmp_path / "drawn"))
    assert isinstance(other.exception, InvalidInputError)
    chat = run("sample", "the cat", "--chat", "--max-tokens", "2", "--model", str(CHECKPOINTS / "llama-tied"))
    assert chat.exit_code == 0, chat.exception


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "x", "-n", "0"], "completions: got 0"),
        (["sample", "x", "--max-tokens", "0"], "max_tokens: got 0"),
        (["sample", "x", "--top-p", "2"], "top_p: got 2"),
        (["sample", "x", "--temperature", "-1"], "temperature: got -1"),
        (["sample", "x", "--stop-tokens", "97"], "stop_tokens: got token id 97"),
        (["sample", "--chat", "--tokens", "3"], "--chat: got token ids"),
    ],
)
def test_bad_sampling_is_one_error(arguments: list[str], message: str) -> None:
    result = run(*arguments, "--model", str(CHECKPOINTS / "llama-tied"))
    assert isinstance(result.exception, InvalidInputError)
    assert message in str(result.exception)
